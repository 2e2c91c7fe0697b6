import { createHash } from "node:crypto";
import { ApiError, invalid } from "../../core/errors.ts";
import { seal, unseal } from "../../core/seal.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { IdempotencyRow } from "../../store/tables.ts";
import { claimIdempotencyKey, dropIdempotencyKey, findIdempotencyKey, finishIdempotencyKey } from "./queries.ts";

/** A first request that a crash cut off blocks its key for this long. */
const staleMs = 60_000;

export interface Answer {
  status: number;
  /** The whole JSON text. */
  body: string;
  replayed?: true;
}

export interface IdempotentCall {
  workspaceId: string;
  /** Method and path, base path left out, so that both aliases share it. */
  scope: string;
  key: string | undefined;
  /** Whatever makes it the same request: the body, and what else counts. */
  bodyText: string;
  now: number;
}

/** One effect per Idempotency-Key, workspace, method and path within 24 h; for every write, by the machinery that all share. */
export interface Idempotency {
  /**
   * Runs `work` once. A repeat answers the stored bytes, at no cost; another body is IDEMPOTENCY_CONFLICT; a second call meanwhile
   * IDEMPOTENCY_IN_PROGRESS. Failures are not stored.
   */
  once(call: IdempotentCall, work: () => Promise<Answer>): Promise<Answer>;
  /**
   * The same promise inside the transaction of the effect: claims the key, or answers what the first call answered. A second
   * call meanwhile waits for the first one's commit, and then finds its answer.
   */
  claimOnce(tx: Write, call: IdempotentCall): Promise<{ first: Answer | undefined; finish(answer: Answer): Promise<void> }>;
}

/** Answers are kept sealed (security row 38): some show a secret, and all may tell of a person. `secret` lies outside the database. */
export function createIdempotency(store: Store, secret: string): Idempotency {
  const finish = (tx: Write, id: Id, answer: Answer) => finishIdempotencyKey(tx, id, answer.status, seal(secret, bindingOf(id), answer.body));

  async function replay(db: Read | Write, id: Id, digest: string): Promise<Answer> {
    const first = await findIdempotencyKey(db, id.workspaceId, id.scope, id.key);
    if (first && first.body_digest !== digest) throw new ApiError("IDEMPOTENCY_CONFLICT");
    if (!first || first.status === null || first.answer === null) throw new ApiError("IDEMPOTENCY_IN_PROGRESS", { retryAfterS: 1 });
    return { status: first.status, body: atNoCost(opened(secret, id, first.answer)), replayed: true };
  }

  return {
    once: async (call, work) => {
      if (call.key === undefined) return work();
      const { id, digest, row } = claimOf(call, call.key);
      if (!(await store.write((tx) => claimIdempotencyKey(tx, row, call.now - staleMs)))) return replay(store.read, id, digest);
      try {
        const answer = await work();
        await store.write((tx) => finish(tx, id, answer));
        return answer;
      } catch (error) {
        await store.write((tx) => dropIdempotencyKey(tx, id)).catch(() => {});
        throw error;
      }
    },
    claimOnce: async (tx, call) => {
      if (call.key === undefined) return { first: undefined, finish: () => Promise.resolve() };
      const { id, digest, row } = claimOf(call, call.key);
      const claimed = await claimIdempotencyKey(tx, row, call.now - staleMs);
      return { first: claimed ? undefined : await replay(tx, id, digest), finish: (answer) => finish(tx, id, answer) };
    },
  };
}

interface Id {
  workspaceId: string;
  scope: string;
  key: string;
}

function claimOf(call: IdempotentCall, key: string): { id: Id; digest: string; row: IdempotencyRow } {
  if (key.length === 0 || key.length > 255) throw invalid("Idempotency-Key", "invalid_length", "An Idempotency-Key has 1 to 255 characters.");
  const id = { workspaceId: call.workspaceId, scope: call.scope, key };
  const digest = createHash("sha256").update(call.bodyText).digest("hex");
  return { id, digest, row: { workspace_id: id.workspaceId, scope: id.scope, key, body_digest: digest, status: null, answer: null, created_at: call.now } };
}

/** The first answer, but for what it cost: answers' `credits.used` sum up to the ledger, replays included. */
function atNoCost(body: string): string {
  // The envelope's own `meta` comes last, and inside a text its quotes would be escaped.
  const at = body.lastIndexOf(used);
  return at < 0 ? body : body.slice(0, at) + body.slice(at).replace(/(?<=^"credits":\{"used":)-?[\d.]+/, "0");
}

const used = '"credits":{"used":';

const bindingOf = (id: Id) => [id.workspaceId, id.scope, id.key, "answer"];

function opened(secret: string, id: Id, answer: string): string {
  // Of the days before answers were sealed; a sealed one never begins so.
  if (answer.startsWith("{")) return answer;
  try {
    return unseal(secret, bindingOf(id), answer);
  } catch (error) {
    const message = "The first answer under this Idempotency-Key can't be read any more, since the instance's secret was changed. The request was carried out; use a new key for a new one.";
    throw new ApiError("IDEMPOTENCY_CONFLICT", { message, cause: error });
  }
}
