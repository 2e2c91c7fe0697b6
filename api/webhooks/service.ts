import { randomBytes } from "node:crypto";
import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import { seal } from "../../core/seal.ts";
import { assertReachable, type SafeFetch } from "../../core/safe-fetch.ts";
import type { Ctx } from "../../store/context.ts";
import { enqueue } from "../../store/queue.ts";
import { recordAudit } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { WebhookDeliveryRow, WebhookRow } from "../../store/tables-outreach.ts";
import { deliveryOf } from "./fan-out.ts";
import { replayKind, replayOf } from "./jobs.ts";
import * as queries from "./queries.ts";
import { testKind } from "./send.ts";
import { bindingOf, sealingSecret } from "./signing.ts";

const hourMs = 3_600_000;
const webhooksMax = 100;
const overlapsMs = { "0": 0, "1h": hourMs, "24h": 24 * hourMs, "7d": 168 * hourMs } as const;

interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

export async function listWebhooks(ctx: Ctx, cursors: Cursors, query: PageQuery) {
  const bound = [ctx.workspace.id, "webhooks"];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await queries.selectWebhooks(ctx.store.read, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  const now = ctx.clock.now();
  return { webhooks: page.map((row) => toWebhook(row, now)), ...more };
}

export async function getWebhook(ctx: Ctx, id: string) {
  return toWebhook(found(await queries.findWebhook(ctx.store.read, ctx.workspace.id, id)), ctx.clock.now());
}

/** What a webhook needs of the server: its secret, which lies outside the database, and the rule of which addresses may be reached. */
interface Needs {
  secret: string;
  outbound: SafeFetch;
}

export async function createWebhook(ctx: Ctx, tx: Write, { secret: instanceSecret, outbound }: Needs, input: { url: string; events: string[]; description?: string | null | undefined }) {
  assertReachable(outbound, "url", input.url);
  // Each change is written once for each of them.
  if ((await queries.countWebhooks(tx, ctx.workspace.id)) >= webhooksMax) throw invalid("", "too_many", `A workspace has at most ${webhooksMax} webhooks. Remove one first.`);
  const now = ctx.clock.now();
  const id = newId(now);
  const { secret, sealed } = newSecret(instanceSecret, ctx.workspace.id, id);
  const row: WebhookRow = {
    workspace_id: ctx.workspace.id,
    id,
    url: input.url,
    description: input.description ?? null,
    events: JSON.stringify(input.events),
    status: "enabled",
    secret: sealed,
    old_secret: null,
    old_secret_until: null,
    failures: 0,
    failing_since: null,
    hold_until: null,
    last_success_at: null,
    disabled_at: null,
    disabled_reason: null,
    created_at: now,
    updated_at: now,
  };
  await queries.insertWebhook(tx, row);
  await recordAudit(tx, ctx, "webhook.created", { webhookId: id });
  return { ...toWebhook(row, now), secret };
}

export async function updateWebhook(ctx: Ctx, tx: Write, { outbound }: Pick<Needs, "outbound">, id: string, input: { url?: string | undefined; events?: string[] | undefined; description?: string | null | undefined; status?: WebhookRow["status"] | undefined }) {
  if (input.url !== undefined) assertReachable(outbound, "url", input.url);
  const now = ctx.clock.now();
  const { events, ...given } = input;
  const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const row = found(await queries.updateWebhook(tx, ctx.workspace.id, id, { ...change, ...(input.status === "enabled" ? wellAgain : {}), ...(events === undefined ? {} : { events: JSON.stringify(events) }), updated_at: now }));
  await recordAudit(tx, ctx, "webhook.updated", { webhookId: id, fields: Object.keys(input) });
  return toWebhook(row, now);
}

/** Switched on by a person: what was held against it is over. */
const wellAgain = { failures: 0, failing_since: null, hold_until: null, disabled_at: null, disabled_reason: null };

export async function deleteWebhook(ctx: Ctx, tx: Write, id: string) {
  const row = found(await queries.deleteWebhook(tx, ctx.workspace.id, id));
  await recordAudit(tx, ctx, "webhook.deleted", { webhookId: id });
  return toWebhook(row, ctx.clock.now());
}

/** A new secret; the one before holds beside it for the overlap, an older one no more. */
export async function rotateWebhook(ctx: Ctx, tx: Write, instanceSecret: string, id: string, overlap: keyof typeof overlapsMs) {
  const now = ctx.clock.now();
  const { secret, sealed } = newSecret(instanceSecret, ctx.workspace.id, id);
  const until = overlapsMs[overlap] === 0 ? null : now + overlapsMs[overlap];
  const row = found(await queries.rotateSecret(tx, ctx.workspace.id, id, { secret: sealed, old_secret_until: until, updated_at: now }));
  await recordAudit(tx, ctx, "webhook.rotated", { webhookId: id, overlap });
  return { ...toWebhook(row, now), secret };
}

/** Queues an event that says nothing, to see whether it arrives. */
export async function testWebhook(ctx: Ctx, tx: Write, id: string) {
  const webhook = found(await queries.findWebhook(tx, ctx.workspace.id, id));
  const payload = { type: testKind, timestamp: new Date(ctx.clock.now()).toISOString(), data: {} };
  return deliver(ctx, tx, webhook, { event_id: null, event_kind: testKind, payload: JSON.stringify(payload), contact_id: null, replay_of: null });
}

export async function replayDelivery(ctx: Ctx, tx: Write, id: string) {
  const old = await queries.findDelivery(tx, ctx.workspace.id, id);
  if (!old) throw new ApiError("NOT_FOUND");
  return deliver(ctx, tx, { workspace_id: old.workspace_id, id: old.webhook_id }, replayOf(old));
}

/** A job does it, since it may be many. */
export async function replayWebhook(ctx: Ctx, tx: Write, id: string, { from, to, status }: { from: number; to?: number | undefined; status: WebhookDeliveryRow["status"] }) {
  found(await queries.findWebhook(tx, ctx.workspace.id, id));
  const now = ctx.clock.now();
  const until = Math.min(to ?? now, now);
  if (from >= until) throw invalid("from", "empty_range", "`from` has to lie before `to`, and in the past.");
  await enqueue(tx, { workspaceId: ctx.workspace.id, kind: replayKind, payload: { webhookId: id, from, to: until, status, after: "" }, runAt: now, now });
  await recordAudit(tx, ctx, "webhook.replayed", { webhookId: id, from, to: until, status });
  return { webhookId: id, from, to: until, status };
}

export async function getDelivery(ctx: Ctx, id: string) {
  const row = await queries.findDelivery(ctx.store.read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const tries = await queries.selectAttempts(ctx.store.read, ctx.workspace.id, id);
  return {
    ...toDelivery(row),
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    tries: tries.map((one) => ({ attempt: one.attempt, at: one.at, durationMs: one.duration_ms, responseStatus: one.response_status, error: one.error })),
  };
}

export async function listDeliveries(ctx: Ctx, cursors: Cursors, query: PageQuery & { webhookId?: string | undefined; status?: WebhookDeliveryRow["status"] | undefined }) {
  const bound = [ctx.workspace.id, "webhook-deliveries", query.webhookId, query.status];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await queries.selectDeliveries(ctx.store.slow, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before, webhookId: query.webhookId, status: query.status });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { deliveries: page.map(toDelivery), ...more };
}

async function deliver(ctx: Ctx, tx: Write, webhook: Pick<WebhookRow, "workspace_id" | "id">, what: Parameters<typeof deliveryOf>[1]) {
  const row = deliveryOf(webhook, what, ctx.clock.now());
  await queries.insertDeliveries(tx, [row]);
  return { deliveryId: row.id, status: row.status };
}

/** What the sender signs with, by Standard Webhooks: 32 random bytes. */
function newSecret(instanceSecret: string, workspaceId: string, id: string): { secret: string; sealed: string } {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  return { secret, sealed: seal(sealingSecret(instanceSecret), bindingOf(workspaceId, id), secret) };
}

function found(row: WebhookRow | undefined): WebhookRow {
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

function toWebhook(row: WebhookRow, now: number) {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: JSON.parse(row.events) as string[],
    status: row.status,
    disabledAt: row.disabled_at,
    disabledReason: row.disabled_reason,
    failures: row.failures,
    failingSince: row.failing_since,
    lastSuccessAt: row.last_success_at,
    holdUntil: row.hold_until !== null && row.hold_until > now ? row.hold_until : null,
    oldSecretUntil: row.old_secret_until !== null && row.old_secret_until > now ? row.old_secret_until : null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toDelivery(row: WebhookDeliveryRow) {
  return {
    id: row.id,
    messageId: row.message_id,
    webhookId: row.webhook_id,
    event: row.event_kind,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_at,
    replayOf: row.replay_of,
    responseStatus: row.response_status,
    error: row.error,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
