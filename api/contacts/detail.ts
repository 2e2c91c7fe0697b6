import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { Written } from "../http/context.ts";
import { findCompany } from "../companies/index.ts";
import { enrichedValues } from "../enrichment/index.ts";
import { latestScores } from "../scoring/index.ts";
import { selectRecent } from "../signals/index.ts";
import { toContact } from "./fields.ts";
import { findContact } from "./queries.ts";

/** One contact with all that is known; as it was made the last time, where nothing has changed since. Throws NOT_FOUND. */
export async function getContact(ctx: Ctx, id: string): Promise<Written<Detail>> {
  const { read, contactCache } = ctx.store;
  const kept = contactCache?.get(ctx.workspace.id, id);
  if (kept !== undefined) return new Written(kept);
  const moment = contactCache?.moment() ?? 0;
  const row = await findContact(read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const text = JSON.stringify(await detailOf(read, row));
  contactCache?.keep(ctx.workspace.id, id, text, moment);
  return new Written(text);
}

type Detail = Awaited<ReturnType<typeof detailOf>>;

/** A contact's row with what other capabilities know of it. */
export async function detailOf(db: Read | Write, row: ContactRow) {
  // One after the other: a transaction has one connection, which takes one statement at a time.
  const company = row.company_id === null ? undefined : await findCompany(db, row.workspace_id, row.company_id);
  const enrichment = await enrichedValues(db, row.workspace_id, row.id);
  const scores = await latestScores(db, row.workspace_id, row.id);
  const signals = await selectRecent(db, row.workspace_id, row.id);
  return {
    ...toContact(row),
    notes: row.notes,
    attributes: JSON.parse(row.attributes) as Record<string, unknown>,
    archiveReason: row.archive_reason,
    mergedInto: row.merged_into,
    enrichment,
    scores,
    // Nothing is stored of it before its engine runs.
    connection: { status: "unknown" as const },
    companyDetails: company ? { id: company.id, name: company.name, domain: company.domain, industry: company.industry } : null,
    recentSignals: signals.map((s) => ({ id: s.id, type: s.type, priority: s.priority, source: s.source, receivedAt: s.received_at, data: JSON.parse(s.data) as Record<string, unknown> })),
  };
}
