import { type EnrichmentField, enrichmentFields } from "../../core/enrichment-words.ts";
import { ApiError, type ErrorDetail } from "../../core/errors.ts";
import { isId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { Tables } from "../../store/tables.ts";
import { connectorsFor } from "../connectors/index.ts";
import { findWaterfall, insertWaterfall } from "./queries.ts";

type Orders = Partial<Record<EnrichmentField, readonly string[] | undefined>>;

/** THE list of enrichment providers that this server has itself, beside connectors. None is there yet: what names one waits, or says so. */
const providers: readonly string[] = [];

/** Nothing may be kept of a lookup, so nothing can be queued for later: without a provider it is refused. */
export function lookUp(): never {
  throw new ApiError("NO_ENRICHMENT_PROVIDER");
}

export async function getWaterfall(ctx: Ctx) {
  return shown(ctx.store.read, ctx.workspace.id, await findWaterfall(ctx.store.read, ctx.workspace.id));
}

/**
 * Replaces the order of providers by its next version; the same order again changes nothing. Throws VALIDATION_ERROR for ids that
 * are not of a connector for enrichment.
 */
export async function putWaterfall(ctx: Ctx, tx: Write, given: Orders) {
  await assertConnectors(tx, ctx.workspace.id, given);
  const definition = JSON.stringify(Object.fromEntries(enrichmentFields.map((field) => [field, given[field] ?? []])));
  for (;;) {
    const before = await findWaterfall(tx, ctx.workspace.id);
    if (before?.definition === definition) return shown(tx, ctx.workspace.id, before);
    const row = { workspace_id: ctx.workspace.id, version: (before?.version ?? 0) + 1, definition, created_by: `${ctx.actor.kind}:${ctx.actor.id}`, created_at: ctx.clock.now() };
    if (!(await insertWaterfall(tx, row))) continue;
    await recordAudit(tx, ctx, "enrichment.waterfall_changed", { version: row.version });
    return shown(tx, ctx.workspace.id, row);
  }
}

/** Names of the server's own are taken as they are: which it has is another thing on another day. An id says exactly one connector. */
async function assertConnectors(tx: Write, workspaceId: string, orders: Orders): Promise<void> {
  const known = await connectorsOf(tx, workspaceId, orders);
  const details: ErrorDetail[] = enrichmentFields.flatMap((field) =>
    (orders[field] ?? []).flatMap((provider, i) => (isId(provider) && !known.has(provider) ? [{ path: `fields.${field}.${i}`, code: "unknown", message: "There is no connector for enrichment with this id." }] : [])),
  );
  if (details.length > 0) throw new ApiError("VALIDATION_ERROR", { details });
}

const connectorsOf = (db: Read | Write, workspaceId: string, orders: Orders) => connectorsFor(db, workspaceId, "lookup", [...new Set(enrichmentFields.flatMap((field) => orders[field] ?? []))].filter(isId));

async function shown(db: Read | Write, workspaceId: string, row: Tables["enrichment_waterfalls"] | undefined) {
  const orders = JSON.parse(row?.definition ?? "{}") as Orders;
  const connectors = await connectorsOf(db, workspaceId, orders);
  const isAvailable = (provider: string) => providers.includes(provider) || connectors.get(provider)?.enabled === true;
  const providersOf = (field: EnrichmentField) => (orders[field] ?? []).map((provider) => ({ provider, available: isAvailable(provider) }));
  return {
    version: row?.version ?? 0,
    fields: Object.fromEntries(enrichmentFields.map((field) => [field, providersOf(field)])) as Record<EnrichmentField, ReturnType<typeof providersOf>>,
    updatedAt: row?.created_at ?? null,
    updatedBy: row?.created_by ?? null,
  };
}
