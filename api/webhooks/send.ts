import { type Incoming, OutboundError } from "../../core/safe-fetch.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { WebhookDeliveryRow, WebhookRow } from "../../store/tables-outreach.ts";
import type { Work } from "../../store/work.ts";
import { countFailure, endWaiting, saveTry, updateWebhook } from "./queries.ts";
import { retryAfterMs, triesMax, waitAfter } from "./schedule.ts";
import { signedHeaders } from "./signing.ts";

/** For connecting, sending and the answer's head together. */
export const tryLimitMs = 15_000;
/** A success is noted on the webhook this often at most, so that a busy one is not written at each delivery. */
const noteSuccessEveryMs = 60_000;
/** Failed tries in a row before people are told. */
const failingAfter = 5;
/** A message's last try failed and nothing else got through for this long: nobody listens any more. */
const givenUpAfterMs = 72 * 3_600_000;
const answerBytesMax = 64 * 1024;

/** Sent once, also by a webhook that is switched off; says nothing of its health. */
export const testKind = "webhook.test";

interface Tried {
  status: number | null;
  /** Null when it arrived. */
  error: string | null;
  retryAfterMs: number | undefined;
  at: number;
  durationMs: number;
}

/** Tries a claimed delivery once and writes down what became of it; throws only when the store can't take it. */
export async function sendDelivery(work: Work, webhook: WebhookRow, delivery: WebhookDeliveryRow): Promise<void> {
  const tried = await tryOnce(work, webhook, delivery);
  await work.store.write(async (tx) => {
    const attempt = { workspace_id: delivery.workspace_id, delivery_id: delivery.id, attempt: delivery.attempts + 1, at: tried.at, duration_ms: tried.durationMs, response_status: tried.status, error: tried.error };
    const change = changeBy(tried, delivery, work.clock.now());
    if (!(await saveTry(tx, delivery, change, attempt))) return;
    if (tried.error === null) await noteSuccess(tx, webhook, tried.at);
    else if (delivery.event_kind !== testKind) await noteFailure(work, tx, webhook, tried, change.status === "dead");
  });
}

async function tryOnce({ clock, outbound, secret }: Work, webhook: WebhookRow, delivery: WebhookDeliveryRow): Promise<Tried> {
  const at = clock.now();
  const started = performance.now();
  const done = (status: number | null, error: string | null, wait?: number): Tried => ({ status, error, retryAfterMs: wait, at, durationMs: Math.round(performance.now() - started) });
  try {
    const headers = { "content-type": "application/json", ...signedHeaders(secret, webhook, { id: delivery.message_id, body: delivery.payload, now: at }) };
    const answer = await outbound(webhook.url, { method: "POST", headers, body: delivery.payload, timeoutMs: tryLimitMs, bytesMax: answerBytesMax, redirectsMax: 0, statusOnly: true });
    return answer.status >= 200 && answer.status < 300 ? done(answer.status, null) : done(answer.status, refusalText(answer), retryAfterMs(answer.headers["retry-after"], at));
  } catch (error) {
    // One text for all that can go wrong on the way, so that nobody maps a network by it; a redirect is said by a public receiver.
    if (error instanceof OutboundError) return done(null, error.kind === "redirect" ? "The receiver answered with a redirect, which is not followed." : error.message);
    throw error;
  }
}

const refusalText = ({ status }: Incoming) => (status === 410 ? "The receiver answered 410 Gone: the webhook was switched off." : `The receiver answered ${status}.`);

function changeBy(tried: Tried, delivery: WebhookDeliveryRow, now: number): Partial<WebhookDeliveryRow> {
  const attempts = delivery.attempts + 1;
  const said = { attempts, response_status: tried.status, error: tried.error, updated_at: now };
  if (tried.error === null) return { ...said, status: "delivered", next_at: null };
  const wait = tried.status === 410 || delivery.event_kind === testKind ? undefined : waitAfter(attempts, Math.random());
  if (wait === undefined) return { ...said, status: "dead", next_at: null, error: attempts >= triesMax ? `${tried.error} It was the last of ${triesMax} tries.` : tried.error };
  return { ...said, status: "failed", next_at: now + Math.max(wait, tried.retryAfterMs ?? 0) };
}

async function noteSuccess(tx: Write, webhook: WebhookRow, at: number): Promise<void> {
  if (webhook.failures === 0 && webhook.last_success_at !== null && at - webhook.last_success_at < noteSuccessEveryMs) return;
  await updateWebhook(tx, webhook.workspace_id, webhook.id, { failures: 0, failing_since: null, hold_until: null, last_success_at: at });
}

async function noteFailure(work: Work, tx: Write, webhook: WebhookRow, tried: Tried, dead: boolean): Promise<void> {
  const lane = { workspaceId: webhook.workspace_id, webhookId: webhook.id };
  const now = work.clock.now();
  const asked = tried.status === 429 || tried.status === 503 ? tried.retryAfterMs : undefined;
  const after = await countFailure(tx, lane, now, asked === undefined ? undefined : now + asked);
  if (!after) return;
  if (tried.status === 410) return disable(work, tx, after, "gone");
  if (dead && after.failing_since !== null && now - after.failing_since >= givenUpAfterMs) return disable(work, tx, after, "failing");
  if (after.failures === failingAfter) await tell(work, tx, after, "webhook.failing", tried.error ?? "");
}

const reasons = { gone: "The receiver answered 410 Gone.", failing: "Nothing arrived for three days." } as const;

/** Switches a webhook off, ends what waits for it, and tells people. */
async function disable(work: Work, tx: Write, webhook: WebhookRow, why: keyof typeof reasons): Promise<void> {
  const now = work.clock.now();
  if (webhook.status === "disabled") return;
  await updateWebhook(tx, webhook.workspace_id, webhook.id, { status: "disabled", disabled_at: now, disabled_reason: reasons[why], updated_at: now });
  await endWaiting(tx, { workspaceId: webhook.workspace_id, webhookId: webhook.id }, `The webhook was switched off. ${reasons[why]}`, now);
  await tell(work, tx, webhook, "webhook.disabled", reasons[why]);
}

async function tell({ clock }: Work, tx: Write, webhook: WebhookRow, kind: "webhook.failing" | "webhook.disabled", reason: string): Promise<void> {
  const by = { workspace: { id: webhook.workspace_id }, actor: { kind: "system", id: "webhooks" }, clock } as const;
  await recordEvent(tx, by, kind, { webhookId: webhook.id, reason });
  await recordAudit(tx, by, kind, { webhookId: webhook.id, reason });
}
