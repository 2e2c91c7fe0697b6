import { sql, type SqlBool } from "kysely";
import type { Read } from "../../../store/store.ts";
import type { ContactRow } from "../../../store/tables.ts";
import type { WordMatch, WordQuery } from "../../../store/word-match.ts";

export interface SearchPage {
  workspaceId: string;
  limit: number;
  status?: string | undefined;
}

/**
 * Contacts that match the first of `tiers`, the newest first, then those of the next, up to the limit; archived ones left out.
 * Each tier stops at the limit, so nothing is ranked that is not answered.
 */
export async function searchTiers(db: Read, match: WordMatch, tiers: readonly WordQuery[], page: SearchPage): Promise<ContactRow[]> {
  const status = page.status === undefined ? sql`` : sql`AND c.status = ${page.status}`;
  const selects = tiers.map(
    (tier, i) => sql`SELECT * FROM (SELECT c.*, ${sql.lit(i)} AS tier FROM ${match.from("words")} JOIN contacts AS c ON c.workspace_id = w.workspace_id AND c.id = w.contact_id
      WHERE w.workspace_id = ${page.workspaceId} AND ${match.where("words", tier)} AND ${live} ${status} ORDER BY ${match.order("words")} DESC LIMIT ${page.limit}) AS ${sql.raw(`t${i}`)}`,
  );
  const { rows } = await sql<ContactRow & { tier: number }>`${sql.join(selects, sql` UNION ALL `)}`.execute(db);
  const found = new Map<string, ContactRow>();
  for (const { tier: _, ...row } of rows.toSorted((a, b) => a.tier - b.tier)) if (!found.has(row.id)) found.set(row.id, row);
  return [...found.values()].slice(0, page.limit);
}

const live = sql<SqlBool>`c.archived_at IS NULL`;
