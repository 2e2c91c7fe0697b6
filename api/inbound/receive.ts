import type { Clock } from "../../core/clock.ts";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { boundedCache } from "../../core/lru.ts";
import { admit, type WindowSpec, type WindowState } from "../../core/rate-window.ts";
import { enqueue } from "../../store/queue.ts";
import type { Store } from "../../store/store.ts";
import type { InboundHookRow } from "../../store/tables-events.ts";
import { type Limiter, RateLimitError } from "../usage/index.ts";
import type { Verification } from "./contract.ts";
import { payloadKind } from "./jobs.ts";
import { countRequests, findHookByToken, insertPayload, noteSeen } from "./queries.ts";
import { digestOfToken, openSecrets } from "./secrets.ts";
import { type SignedRequest, verify } from "./verify.ts";

/** A body over it is refused unread. */
export const inboundBytesMax = 256 * 1024;
const types = /^(application\/([\w.-]+\+)?json|text\/(plain|json)|application\/x-www-form-urlencoded)\b/i;
/** Requests of one hook, in this process. */
const windows: readonly WindowSpec[] = [{ windowMs: 60_000, limit: 1200 }];

interface Parts {
  store: Store;
  clock: Clock;
  limiter: Limiter;
  secret: string;
  wakeJobs(): void;
}

export interface InboundRequest extends SignedRequest {
  token: string;
  /** The sender's address as the limits count it. */
  bucket: string;
}

/**
 * Takes a payload in: token → limit → type → signature → stored → 200, before anybody looks into it. A message that came before is
 * answered the same and does nothing again. Unknown tokens and hooks that are off are one 404, counted by address.
 */
export function createInbound(parts: Parts): (request: InboundRequest) => Promise<{ received: true; id?: string; duplicate?: true }> {
  const counts = boundedCache<string, WindowState>(10_000);

  function limit(hookId: string): void {
    const outcome = admit(counts.get(hookId), windows, parts.clock.now());
    if (!outcome.admitted) throw new RateLimitError(outcome.retryAfterS ?? 1, undefined);
    counts.set(hookId, outcome.state);
  }

  return async (request) => {
    const { store, clock } = parts;
    const hook = /^[\w-]{43}$/.test(request.token) ? await findHookByToken(store.read, digestOfToken(request.token)) : undefined;
    if (!hook || hook.status === "disabled") {
      parts.limiter.takeFailure(request.bucket);
      throw new ApiError("NOT_FOUND", { message: "There is no such path. See GET /v1 for all endpoints." });
    }
    limit(hook.id);
    const now = clock.now();
    const count = (outcome: "received" | "rejected") => store.later((tx) => countRequests(tx, hook.workspace_id, hook.id, outcome, now));
    const contentType = String(request.headers["content-type"] ?? "application/json").slice(0, 200);
    if (!types.test(contentType) || request.headers["content-encoding"] !== undefined) throw new ApiError("UNSUPPORTED_MEDIA_TYPE", { message: "Send JSON or application/x-www-form-urlencoded, without Content-Encoding." });
    const verified = verify(request, JSON.parse(hook.verification) as Verification, openSecrets(parts.secret, hook, now), now);
    if (!verified.ok) {
      count("rejected");
      throw new ApiError("SIGNATURE_INVALID");
    }
    const id = await keep(store, hook, { seen: verified.seen, contentType, body: request.body.toString("utf8").replaceAll("\0", "\ufffd"), now });
    if (id === undefined) return { received: true, duplicate: true };
    count("received");
    parts.wakeJobs();
    return { received: true, id };
  };
}

/** The payload, the job that maps it, and the memory of its signature in one commit; undefined when it came before. */
function keep(store: Store, hook: InboundHookRow, what: { seen: string[]; contentType: string; body: string; now: number }): Promise<string | undefined> {
  const { now } = what;
  return store.write(async (tx) => {
    if (what.seen.length > 0 && (await noteSeen(tx, hook.workspace_id, hook.id, what.seen, now)).size === 0) return undefined;
    const id = newId(now);
    await insertPayload(tx, {
      workspace_id: hook.workspace_id, id, hook_id: hook.id, content_type: what.contentType, body: what.body, status: "queued",
      rows: 0, stored: 0, quarantined: 0, done: "[]", received_at: now, processed_at: null,
    });
    await enqueue(tx, { workspaceId: hook.workspace_id, kind: payloadKind, payload: { payloadId: id }, runAt: now, now });
    return id;
  });
}
