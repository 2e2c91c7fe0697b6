import { createHash } from "node:crypto";
import { ApiError, invalid } from "../../core/errors.ts";
import type { Read, Store, Write } from "../../store/store.ts";
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
  bodyText: string;
  now: number;
}

/**
 * Runs `work` once per Idempotency-Key, workspace, method and path within 24 h. A repeat answers the stored bytes;
 * another body is IDEMPOTENCY_CONFLICT; a second call meanwhile IDEMPOTENCY_IN_PROGRESS. Failures are not stored.
 */
export async function once(store: Store, call: IdempotentCall, work: () => Promise<Answer>): Promise<Answer> {
  if (call.key === undefined) return work();
  assertKey(call.key);
  const id = { workspaceId: call.workspaceId, scope: call.scope, key: call.key };
  const digest = digestOf(call.bodyText);
  const claimed = await store.write((tx) =>
    claimIdempotencyKey(
      tx,
      { workspace_id: id.workspaceId, scope: id.scope, key: id.key, body_digest: digest, status: null, answer: null, created_at: call.now },
      call.now - staleMs,
    ),
  );
  if (!claimed) return replay(store.read, id, digest);
  try {
    const answer = await work();
    await store.write((tx) => finishIdempotencyKey(tx, id, answer.status, answer.body));
    return answer;
  } catch (error) {
    await store.write((tx) => dropIdempotencyKey(tx, id)).catch(() => {});
    throw error;
  }
}

/**
 * The same promise inside the transaction of the effect: claims the key, or answers what the first call answered. A second
 * call meanwhile waits for the first one's commit, and then finds its answer.
 */
export async function claimOnce(tx: Write, call: IdempotentCall): Promise<{ first: Answer | undefined; finish(answer: Answer): Promise<void> }> {
  if (call.key === undefined) return { first: undefined, finish: () => Promise.resolve() };
  assertKey(call.key);
  const id = { workspaceId: call.workspaceId, scope: call.scope, key: call.key };
  const digest = digestOf(call.bodyText);
  const row = { workspace_id: id.workspaceId, scope: id.scope, key: id.key, body_digest: digest, status: null, answer: null, created_at: call.now };
  const claimed = await claimIdempotencyKey(tx, row, call.now - staleMs);
  return {
    first: claimed ? undefined : await replay(tx, id, digest),
    finish: (answer) => finishIdempotencyKey(tx, id, answer.status, answer.body),
  };
}

function assertKey(key: string): void {
  if (key.length === 0 || key.length > 255) throw invalid("Idempotency-Key", "invalid_length", "An Idempotency-Key has 1 to 255 characters.");
}

const digestOf = (bodyText: string) => createHash("sha256").update(bodyText).digest("hex");

async function replay(db: Read | Write, id: { workspaceId: string; scope: string; key: string }, digest: string): Promise<Answer> {
  const first = await findIdempotencyKey(db, id.workspaceId, id.scope, id.key);
  if (first && first.body_digest !== digest) throw new ApiError("IDEMPOTENCY_CONFLICT");
  if (!first || first.status === null || first.answer === null) throw new ApiError("IDEMPOTENCY_IN_PROGRESS", { retryAfterS: 1 });
  return { status: first.status, body: first.answer, replayed: true };
}
