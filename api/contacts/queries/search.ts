import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Read } from "../../../store/store.ts";
import type { WordMatch, WordQuery } from "../../../store/word-match.ts";

export interface SearchPage {
  workspaceId: string;
  limit: number;
  status?: string | undefined;
}

/** A contact's id and the words that it is found by: a process of its own looks for them, and rows are costly to hand over. */
export interface Hit {
  id: string;
  words: string;
}

const contact = sql`contacts AS c`;
const of = (table: string) => sql`c.workspace_id = ${sql.ref(`${table}.workspace_id`)} AND c.id = ${sql.ref(`${table}.contact_id`)}`;

/**
 * Contacts that match the first of `tiers`, the newest first, then those of the next, up to the limit; archived ones left out.
 * Each tier stops at the limit, so nothing is ranked that is not answered.
 */
export async function searchTiers(db: Read, match: WordMatch, tiers: readonly WordQuery[], page: SearchPage): Promise<Hit[]> {
  const selects = tiers.map((tier, i) => sql`SELECT * FROM (${newest(match, tier, page, sql`c.id, w.words, ${sql.lit(i)} AS tier`)}) AS ${sql.raw(`t${i}`)}`);
  const { rows } = await sql<Hit & { tier: number }>`${sql.join(selects, sql` UNION ALL `)}`.execute(db);
  const found = new Map<string, Hit>();
  for (const { tier: _, ...row } of rows.toSorted((a, b) => a.tier - b.tier)) if (!found.has(row.id)) found.set(row.id, row);
  return [...found.values()].slice(0, page.limit);
}

/** The newest that match, archived ones left out. */
export async function searchNewest(db: Read, match: WordMatch, query: WordQuery, page: SearchPage): Promise<Hit[]> {
  return (await sql<Hit>`${newest(match, query, page, sql`c.id, w.words`)}`.execute(db)).rows;
}

/** Of the `lookedAt` newest that match, those whose words hold one of each group of `parts` too. */
export async function searchNear(db: Read, match: WordMatch, query: WordQuery, parts: readonly (readonly string[])[], lookedAt: number, page: SearchPage): Promise<Hit[]> {
  const near = sql`SELECT w.workspace_id, w.contact_id, w.words, ${match.order("words")} AS place FROM ${match.from("words")}
    WHERE w.workspace_id = ${page.workspaceId} AND ${match.where("words", query)} ORDER BY place DESC LIMIT ${lookedAt}`;
  const holds = parts.map((group) => sql<SqlBool>`(${sql.join(group.map((part) => sql`near.words LIKE ${`%${part}%`}`), sql` OR `)})`);
  return (
    await sql<Hit>`SELECT c.id, near.words FROM (${near}) AS near JOIN ${contact} ON ${of("near")}
      WHERE ${sql.join([...holds, ...conditions(page)], sql` AND `)} ORDER BY near.place DESC LIMIT ${page.limit}`.execute(db)
  ).rows;
}

function newest(match: WordMatch, query: WordQuery, page: SearchPage, columns: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`SELECT ${columns} FROM ${match.from("words")} JOIN ${contact} ON ${of("w")}
    WHERE w.workspace_id = ${page.workspaceId} AND ${match.where("words", query)} AND ${sql.join(conditions(page), sql` AND `)} ORDER BY ${match.order("words")} DESC LIMIT ${page.limit}`;
}

function conditions({ status }: SearchPage): RawBuilder<SqlBool>[] {
  const live = sql<SqlBool>`c.archived_at IS NULL`;
  return status === undefined ? [live] : [live, sql<SqlBool>`c.status = ${status}`];
}
