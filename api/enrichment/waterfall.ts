import { type EnrichmentField, enrichmentFields } from "../../core/enrichment-words.ts";
import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { Tables } from "../../store/tables.ts";
import { findWaterfall, insertWaterfall } from "./queries.ts";

type Orders = Partial<Record<EnrichmentField, readonly string[] | undefined>>;

/** THE list of enrichment providers that this server can ask. None is there yet: what names one waits, or says so. */
const providers: readonly string[] = [];

/** Nothing may be kept of a lookup, so nothing can be queued for later: without a provider it is refused. */
export function lookUp(): never {
  throw new ApiError("NO_ENRICHMENT_PROVIDER");
}

export async function getWaterfall(ctx: Ctx) {
  return toWaterfall(await findWaterfall(ctx.store.read, ctx.workspace.id));
}

/** Replaces the order of providers by its next version; the same order again changes nothing. */
export async function putWaterfall(ctx: Ctx, tx: Write, given: Orders) {
  const definition = JSON.stringify(Object.fromEntries(enrichmentFields.map((field) => [field, given[field] ?? []])));
  for (;;) {
    const before = await findWaterfall(tx, ctx.workspace.id);
    if (before?.definition === definition) return toWaterfall(before);
    const row = { workspace_id: ctx.workspace.id, version: (before?.version ?? 0) + 1, definition, created_by: `${ctx.actor.kind}:${ctx.actor.id}`, created_at: ctx.clock.now() };
    if (!(await insertWaterfall(tx, row))) continue;
    await recordAudit(tx, ctx, "enrichment.waterfall_changed", { version: row.version });
    return toWaterfall(row);
  }
}

function toWaterfall(row: Tables["enrichment_waterfalls"] | undefined) {
  const orders = JSON.parse(row?.definition ?? "{}") as Orders;
  const shown = (field: EnrichmentField) => (orders[field] ?? []).map((provider) => ({ provider, available: providers.includes(provider) }));
  return {
    version: row?.version ?? 0,
    fields: Object.fromEntries(enrichmentFields.map((field) => [field, shown(field)])) as Record<EnrichmentField, ReturnType<typeof shown>>,
    updatedAt: row?.created_at ?? null,
    updatedBy: row?.created_by ?? null,
  };
}
