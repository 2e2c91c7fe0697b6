import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import type { Mapping } from "../../core/mapping-words.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit } from "../../store/events.ts";
import { enqueue } from "../../store/queue.ts";
import type { Write } from "../../store/store.ts";
import type { InboundHookRow } from "../../store/tables-events.ts";
import type { presetWords, Verification } from "./contract.ts";
import { replayKind } from "./jobs.ts";
import { presets } from "./presets.ts";
import * as queries from "./queries.ts";
import { digestOfToken, newToken, openToken, sealField, secretFor } from "./secrets.ts";

const hourMs = 3_600_000;
const hooksMax = 100;
const overlapsMs = { "0": 0, "1h": hourMs, "24h": 24 * hourMs, "7d": 168 * hourMs } as const;

/** What hooks need of the server. */
interface Needs {
  secret: string;
  publicUrl(): string;
}

export async function listHooks(ctx: Ctx, needs: Needs, cursors: Cursors, query: { limit: number; cursor?: string | undefined }) {
  const bound = [ctx.workspace.id, "inbound-hooks"];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await queries.selectHooks(ctx.store.read, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { inboundHooks: page.map((row) => toHook(needs, row, ctx.clock.now())), ...more };
}

export async function getHook(ctx: Ctx, needs: Needs, id: string) {
  return toHook(needs, found(await queries.findHook(ctx.store.read, ctx.workspace.id, id)), ctx.clock.now());
}

interface NewHook {
  name: string;
  preset?: (typeof presetWords)[number] | undefined;
  mapping?: Mapping | undefined;
  verification: Verification;
  secret?: string | undefined;
}

export async function createHook(ctx: Ctx, tx: Write, needs: Needs, input: NewHook) {
  if ((await queries.countHooks(tx, ctx.workspace.id)) >= hooksMax) throw invalid("", "too_many", `A workspace has at most ${hooksMax} inbound hooks. Remove one first.`);
  const now = ctx.clock.now();
  const id = newId(now);
  const secret = secretFor(input.verification, input.secret);
  const token = newToken();
  const mapping = input.mapping ?? presets[input.preset ?? "form"].mapping;
  const sealed = (field: "token" | "secret", text: string) => sealField(needs.secret, ctx.workspace.id, id, field, text);
  const row: InboundHookRow = {
    workspace_id: ctx.workspace.id, id, name: input.name, status: "enabled", token: sealed("token", token), verification: JSON.stringify(input.verification), secret: secret === null ? null : sealed("secret", secret),
    old_secret: null, old_secret_until: null, mapping: JSON.stringify(mapping), received: 0, rejected: 0, last_received_at: null, last_rejected_at: null, created_at: now, updated_at: now,
  };
  await queries.insertHook(tx, row, digestOfToken(token));
  await recordAudit(tx, ctx, "inbound_hook.created", { inboundHookId: id, verification: input.verification.mode });
  return { ...toHook(needs, row, now), secret };
}

export async function updateHook(ctx: Ctx, tx: Write, needs: Needs, id: string, { mapping, ...input }: { name?: string | undefined; mapping?: Mapping | undefined; status?: "enabled" | "disabled" | undefined }) {
  const now = ctx.clock.now();
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const row = found(await queries.updateHook(tx, ctx.workspace.id, id, { ...given, ...(mapping === undefined ? {} : { mapping: JSON.stringify(mapping) }), updated_at: now }));
  await recordAudit(tx, ctx, "inbound_hook.updated", { inboundHookId: id, fields: [...Object.keys(given), ...(mapping === undefined ? [] : ["mapping"])] });
  return toHook(needs, row, now);
}

export async function deleteHook(ctx: Ctx, tx: Write, needs: Needs, id: string) {
  const row = found(await queries.deleteHook(tx, ctx.workspace.id, id));
  await recordAudit(tx, ctx, "inbound_hook.deleted", { inboundHookId: id });
  return toHook(needs, row, ctx.clock.now());
}

/** Another secret, theirs or a new one; the one before holds beside it for the overlap. */
export async function rotateHook(ctx: Ctx, tx: Write, needs: Needs, id: string, input: { secret?: string | undefined; overlap: keyof typeof overlapsMs }) {
  const old = found(await queries.findHook(tx, ctx.workspace.id, id));
  const verification = JSON.parse(old.verification) as Verification;
  if (verification.mode === "none") throw invalid("", "not_signed", "Requests of this hook are not signed. See POST /inbound-hooks/:id/renew-url.");
  const secret = secretFor(verification, input.secret);
  const now = ctx.clock.now();
  const until = overlapsMs[input.overlap] === 0 ? null : now + overlapsMs[input.overlap];
  const sealed = secret === null ? null : sealField(needs.secret, ctx.workspace.id, id, "secret", secret);
  const row = found(await queries.updateHook(tx, ctx.workspace.id, id, { secret: sealed, old_secret: until === null ? null : old.secret, old_secret_until: until, updated_at: now }));
  await recordAudit(tx, ctx, "inbound_hook.rotated", { inboundHookId: id, overlap: input.overlap });
  return { ...toHook(needs, row, now), secret };
}

export async function renewUrl(ctx: Ctx, tx: Write, needs: Needs, id: string) {
  const now = ctx.clock.now();
  const token = newToken();
  const row = found(await queries.updateHook(tx, ctx.workspace.id, id, { token: sealField(needs.secret, ctx.workspace.id, id, "token", token), updated_at: now }));
  await queries.replaceToken(tx, ctx.workspace.id, id, digestOfToken(token));
  await recordAudit(tx, ctx, "inbound_hook.url_renewed", { inboundHookId: id });
  return toHook(needs, row, now);
}

/** A job does it, since it may be many. */
export async function replayHook(ctx: Ctx, tx: Write, id: string, input: { from?: number | undefined; to?: number | undefined }) {
  found(await queries.findHook(tx, ctx.workspace.id, id));
  const now = ctx.clock.now();
  // Payloads that come back into quarantine by it are not taken once more.
  await enqueue(tx, { workspaceId: ctx.workspace.id, kind: replayKind, payload: { hookId: id, from: input.from ?? 0, to: Math.min(input.to ?? now, now) }, runAt: now, now });
  await recordAudit(tx, ctx, "inbound_hook.replayed", { inboundHookId: id });
  return { inboundHookId: id };
}

export function listPresets() {
  const entries = Object.entries(presets) as [keyof typeof presets, (typeof presets)[keyof typeof presets]][];
  return Promise.resolve({ presets: entries.map(([name, { what, mapping }]) => ({ name, description: what, mapping })) });
}

function found(row: InboundHookRow | undefined): InboundHookRow {
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

function toHook(needs: Needs, row: InboundHookRow, now: number) {
  return {
    id: row.id,
    name: row.name,
    url: row.token === "" ? null : `${needs.publicUrl()}/inbound/${openToken(needs.secret, row)}`,
    status: row.status,
    verification: JSON.parse(row.verification) as Verification,
    mapping: JSON.parse(row.mapping) as Mapping,
    oldSecretUntil: row.old_secret_until !== null && row.old_secret_until > now ? row.old_secret_until : null,
    received: row.received,
    rejected: row.rejected,
    lastReceivedAt: row.last_received_at,
    lastRejectedAt: row.last_rejected_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

