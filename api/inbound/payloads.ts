import type { Cursors } from "../../core/cursor.ts";
import { ApiError, type ErrorDetail } from "../../core/errors.ts";
import type { Mapping } from "../../core/mapping-words.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import type { InboundPayloadRow } from "../../store/tables-events.ts";
import { mapRow } from "./map.ts";
import { findHook, findPayload, selectPayloads, selectQuarantine } from "./queries.ts";
import { rowsOf } from "./rows.ts";

const previewPayloads = 10;
const previewRows = 20;

export async function listPayloads(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined; inboundHookId?: string | undefined; status?: InboundPayloadRow["status"] | undefined }) {
  const bound = [ctx.workspace.id, "inbound-payloads", query.inboundHookId, query.status];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectPayloads(ctx.store.slow, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before, hookId: query.inboundHookId, status: query.status });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { payloads: page.map(toPayload), ...more };
}

export async function getPayload(ctx: Ctx, id: string) {
  const row = await findPayload(ctx.store.read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const quarantine = (await selectQuarantine(ctx.store.read, ctx.workspace.id, id)).map((bad) => ({ row: bad.idx, reasons: JSON.parse(bad.reasons) as ErrorDetail[] }));
  return { ...toPayload(row), contentType: row.content_type, body: row.body, quarantine };
}

/** What the last payloads become by a mapping. */
export async function preview(ctx: Ctx, hookId: string, given: Mapping | undefined) {
  const hook = await findHook(ctx.store.read, ctx.workspace.id, hookId);
  if (!hook) throw new ApiError("NOT_FOUND");
  const mapping = given ?? (JSON.parse(hook.mapping) as Mapping);
  const payloads = await selectPayloads(ctx.store.slow, { workspaceId: ctx.workspace.id, hookId, limit: previewPayloads });
  return { payloads: payloads.map((payload) => previewOf(payload, mapping)) };
}

function previewOf(payload: InboundPayloadRow, mapping: Mapping) {
  const of = { id: payload.id, receivedAt: payload.received_at };
  const found = rowsOf(payload.body, payload.content_type, mapping);
  if (!found.ok) return { ...of, rows: 0, error: found.reason, mapped: [] };
  const mapped = found.rows.slice(0, previewRows).map((row, i) => {
    const one = mapRow(row, mapping);
    return one.ok ? { row: i, ok: true, signal: { ...one.signal }, contact: { ...one.contact }, ...absent(one), reasons: [] } : { row: i, ok: false, signal: null, contact: null, reasons: one.reasons };
  });
  return { ...of, rows: found.rows.length, error: null, mapped };
}

/** What a row does not become is null, not empty. */
const absent = (one: { signal: unknown; contact: unknown }) => ({ ...(one.signal === null ? { signal: null } : {}), ...(one.contact === null ? { contact: null } : {}) });

function toPayload(row: InboundPayloadRow) {
  return {
    id: row.id,
    inboundHookId: row.hook_id,
    status: row.status,
    rows: row.rows,
    stored: row.stored,
    quarantined: row.quarantined,
    receivedAt: row.received_at,
    processedAt: row.processed_at,
  };
}
