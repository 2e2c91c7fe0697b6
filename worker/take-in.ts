import { createHash } from "node:crypto";
import { z } from "zod";
import { digestOf, findHook, findPayload, type MappedRow, mapRow, noteSeen, payloadKind, rowsOf, savePayload, upsertContact } from "../api/inbound/index.ts";
import { buildSignal } from "../collector/index.ts";
import { ApiError, type ErrorDetail } from "../core/errors.ts";
import { Mapping } from "../core/mapping-words.ts";
import type { Ctx } from "../store/context.ts";
import { recordEvents } from "../store/events.ts";
import type { InboundHookRow, InboundPayloadRow } from "../store/tables-events.ts";
import { contextOf, type QueueHandler } from "../store/work.ts";

const atOnce = 20;
const renewEveryMs = 20_000;

interface Taken {
  ok: true;
  digest: string;
  /** Absent when the row was done before. */
  fresh?: { key: string; contactId: string | null; signalId: string | null };
}
type Outcome = Taken | { ok: false; reasons: ErrorDetail[] };

/**
 * Maps a stored payload: contacts by upsert, signals by the ingest path. Safe to be killed anywhere: a row's signal has a messageId of its
 * own, and what the rows became is written down, with their events, in one last transaction.
 */
export const inboundPayloads: QueueHandler = {
  kind: payloadKind,
  what: "maps what an inbound hook received to signals and contacts",
  concurrency: 4,
  handle: async (work, job, renew) => {
    const { payloadId } = z.object({ payloadId: z.string() }).parse(JSON.parse(job.payload));
    const payload = await findPayload(work.store.read, job.workspace_id, payloadId);
    const hook = payload && (await findHook(work.store.read, job.workspace_id, payload.hook_id));
    const ctx = hook && (await contextOf(work, job.workspace_id, { kind: "system", id: `inbound:${hook.id}` }));
    if (!ctx || payload.status !== "queued") return;
    const mapping = Mapping.parse(JSON.parse(hook.mapping));
    const found = rowsOf(payload.body, payload.content_type, mapping);
    if (!found.ok) return finish(ctx, payload, [{ ok: false, reasons: [found.reason] }]);
    const done = new Set(JSON.parse(payload.done) as string[]);
    const outcomes: Outcome[] = [];
    let renewed = performance.now();
    for (let from = 0; from < found.rows.length; from += atOnce) {
      if (performance.now() - renewed > renewEveryMs) {
        await renew();
        renewed = performance.now();
      }
      outcomes.push(...(await Promise.all(found.rows.slice(from, from + atOnce).map((row) => takeRow(ctx, hook, payload, mapping, row, done)))));
    }
    await finish(ctx, payload, outcomes);
  },
  dead: async (work, job, error) => {
    const { payloadId } = z.object({ payloadId: z.string() }).parse(JSON.parse(job.payload));
    const payload = await findPayload(work.store.read, job.workspace_id, payloadId);
    const ctx = await contextOf(work, job.workspace_id);
    work.log.error({ payload: payloadId, error }, "an inbound payload could not be mapped");
    if (ctx && payload) await finish(ctx, payload, [{ ok: false, reasons: [{ path: "", code: "internal_error", message: "Mapping failed ten times. Replay it later." }] }]);
  },
};

async function takeRow(ctx: Ctx, hook: InboundHookRow, payload: InboundPayloadRow, mapping: Mapping, row: unknown, done: ReadonlySet<string>): Promise<Outcome> {
  const digest = digestOf(row);
  if (done.has(digest)) return { ok: true, digest };
  const mapped = mapRow(row, mapping);
  if (!mapped.ok) return mapped;
  const key = `in-${createHash("sha256").update(`${hook.id} ${mapped.id ?? ""} ${mapped.id === undefined ? digest : ""}`).digest("base64url").slice(0, 40)}`;
  try {
    const { contact } = mapped;
    const contactId = contact === null ? null : await ctx.store.write((tx) => upsertContact(ctx, tx, contact, mapping.onExisting));
    const signalId = await storeSignal(ctx, hook, payload, mapped, key, contactId);
    return { ok: true, digest, fresh: { key, contactId, signalId } };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
    return { ok: false, reasons: error.details?.map(({ path, code, message }) => ({ path, code, message })) ?? [{ path: "", code: error.code, message: error.message }] };
  }
}

/** By the ingest path, under a messageId that is the row's own: the same row is stored once. */
async function storeSignal(ctx: Ctx, hook: InboundHookRow, payload: InboundPayloadRow, { signal }: Extract<MappedRow, { ok: true }>, messageId: string, contactId: string | null): Promise<string | null> {
  if (signal === null) return null;
  const visit = { key: { type: "secret" as const, id: hook.id, privacyMode: "identified" as const, workspace: ctx.workspace }, receivedAt: ctx.clock.now(), userAgent: undefined, address: "", gpc: false, country: null, salt: Buffer.alloc(0) };
  const built = buildSignal({ ...signal, messageId, ...(contactId === null ? {} : { contactId }) }, visit);
  // By our own clock, also when it is mapped days later.
  if (signal.occurredAt === undefined) built.row.occurred_at = payload.received_at;
  const { signalId } = await ctx.store.append({ ...built, capability: "api.inbound.receive", credits: 0 });
  return signalId;
}

/** What became of the rows; each that counts for the first time is an event. */
async function finish(ctx: Ctx, payload: InboundPayloadRow, outcomes: readonly Outcome[]): Promise<void> {
  const now = ctx.clock.now();
  const good = outcomes.filter((outcome) => outcome.ok);
  const bad = outcomes.flatMap((outcome, idx) => (outcome.ok ? [] : [{ workspace_id: payload.workspace_id, payload_id: payload.id, idx, hook_id: payload.hook_id, reasons: JSON.stringify(outcome.reasons), at: now }]));
  const change = {
    status: bad.length > 0 ? ("quarantined" as const) : ("done" as const),
    rows: outcomes.length,
    stored: good.length,
    quarantined: bad.length,
    done: JSON.stringify(bad.length > 0 ? good.map(({ digest }) => digest) : []),
    processed_at: now,
  };
  await ctx.store.write(async (tx) => {
    if (!(await savePayload(tx, payload, change, bad))) return;
    const firsts = await noteSeen(tx, payload.workspace_id, payload.hook_id, good.flatMap(({ fresh }) => (fresh ? [fresh.key] : [])), now);
    const events = outcomes.flatMap((outcome, row) => {
      // Of equal rows in one payload the first counts.
      if (!outcome.ok || !outcome.fresh || !firsts.delete(outcome.fresh.key)) return [];
      const { contactId, signalId } = outcome.fresh;
      return [{ kind: "inbound.received", payload: { inboundHookId: payload.hook_id, payloadId: payload.id, row, contactId, signalId } }];
    });
    await recordEvents(tx, payload.workspace_id, now, events);
  });
}
