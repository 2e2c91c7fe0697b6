import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Read } from "../../../store/store.ts";
import type { WordMatch, WordQuery } from "../../../store/word-match.ts";

export interface SearchPage {
  workspaceId: string;
  limit: number;
  status?: string | undefined;
  /** Archived contacts as well: whether one is stands in a row of its own, and reading that costs as much as finding the contact. */
  unsifted?: boolean | undefined;
}

/** A contact's id and the words that it is found by: a process of its own looks for them, and rows are costly to hand over. */
export interface Hit {
  id: string;
  words: string;
}

const none = sql``;
const contactOf = (table: string, { unsifted }: SearchPage) => (unsifted ? none : sql`JOIN contacts AS c ON c.workspace_id = ${sql.ref(`${table}.workspace_id`)} AND c.id = ${sql.ref(`${table}.contact_id`)}`);

/**
 * Contacts that match the first of `tiers`, the newest first, then those of the next, up to the limit.
 * Each tier stops at the limit, so nothing is ranked that is not answered.
 */
export async function searchTiers(db: Read, match: WordMatch, tiers: readonly WordQuery[], page: SearchPage): Promise<Hit[]> {
  const selects = tiers.map((tier, i) => sql`SELECT * FROM (${newest(match, tier, page, sql`w.contact_id AS id, w.words, ${sql.lit(i)} AS tier`)}) AS ${sql.raw(`t${i}`)}`);
  const { rows } = await sql<Hit & { tier: number }>`${sql.join(selects, sql` UNION ALL `)}`.execute(db);
  const found = new Map<string, Hit>();
  for (const { tier: _, ...row } of rows.toSorted((a, b) => a.tier - b.tier)) if (!found.has(row.id)) found.set(row.id, row);
  return [...found.values()].slice(0, page.limit);
}

/** The newest that match. */
export async function searchNewest(db: Read, match: WordMatch, query: WordQuery, page: SearchPage): Promise<Hit[]> {
  return (await sql<Hit>`${newest(match, query, page, sql`w.contact_id AS id, w.words`)}`.execute(db)).rows;
}

/** One group of texts for each word, any of which has to stand in a contact's words. */
export type Parts = readonly (readonly string[])[];

/** Of the `most` newest that match, those whose words hold one of each group of `parts` too; and how many were looked at. */
export async function searchNear(db: Read, match: WordMatch, query: WordQuery, parts: Parts, most: number, page: SearchPage): Promise<{ hits: Hit[]; lookedAt: number }> {
  const near = selected(match, [match.where("words", query)], { ...page, status: undefined, unsifted: true, limit: most }, sql`w.workspace_id, w.contact_id, w.words, ${match.order("words")} AS place`);
  const all = [...parts.map((group) => holdsOne("near", group)), ...conditions(page)];
  const hits = sql`SELECT near.contact_id AS id, near.words, near.place FROM near ${contactOf("near", page)} WHERE ${sql.join(all, sql` AND `)} ORDER BY near.place DESC LIMIT ${page.limit}`;
  const { rows } = await sql<Hit & { n: number }>`WITH near AS MATERIALIZED (${near}), hit AS (${hits})
    SELECT looked.n, hit.id, hit.words FROM (SELECT count(*) AS n FROM near) AS looked LEFT JOIN hit ON true ORDER BY hit.place DESC`.execute(db);
  return { hits: rows.flatMap(({ id, words }) => ((id as string | null) === null ? [] : { id, words })), lookedAt: Number(rows[0]?.n) };
}

/** What matches and whose words hold one of each group of `parts` too. */
export interface Holding {
  matches: RawBuilder<SqlBool>;
  parts: Parts;
}

/** The newest of each of `groups`, each contact once; the newest first. */
export async function searchHolding(db: Read, match: WordMatch, groups: readonly Holding[], page: SearchPage): Promise<Hit[]> {
  const selects = groups.map((group, i) => sql`SELECT * FROM (${holding(match, group, page)} ORDER BY place DESC LIMIT ${page.limit}) AS ${sql.raw(`g${i}`)}`);
  return (await sql<Hit>`SELECT id, words FROM (${sql.join(selects, sql` UNION `)}) AS hit ORDER BY place DESC`.execute(db)).rows;
}

/** All that hold it, the newest first; as many as the limit may be any of them. An index walked forwards reads half of what it does backwards. */
export async function searchAllHolding(db: Read, match: WordMatch, group: Holding, page: SearchPage): Promise<Hit[]> {
  return (await sql<Hit>`SELECT id, words FROM (${holding(match, group, page)} LIMIT ${page.limit}) AS hit ORDER BY place DESC`.execute(db)).rows;
}

function holding(match: WordMatch, { matches, parts }: Holding, page: SearchPage): RawBuilder<unknown> {
  const all = [matches, ...parts.map((group) => holdsOne("w", group))];
  return unordered(match, all, page, sql`w.contact_id AS id, w.words, ${match.order("words")} AS place`);
}

const holdsOne = (table: string, group: readonly string[]) => sql<SqlBool>`(${sql.join(group.map((part) => sql`${sql.ref(`${table}.words`)} LIKE ${`%${part}%`}`), sql` OR `)})`;

const newest = (match: WordMatch, query: WordQuery, page: SearchPage, columns: RawBuilder<unknown>) => selected(match, [match.where("words", query)], page, columns);

const selected = (match: WordMatch, matches: RawBuilder<SqlBool>[], page: SearchPage, columns: RawBuilder<unknown>) => sql`${unordered(match, matches, page, columns)} ORDER BY ${match.order("words")} DESC LIMIT ${page.limit}`;

function unordered(match: WordMatch, matches: RawBuilder<SqlBool>[], page: SearchPage, columns: RawBuilder<unknown>): RawBuilder<unknown> {
  const all = [sql<SqlBool>`w.workspace_id = ${page.workspaceId}`, ...matches, ...conditions(page)];
  return sql`SELECT ${columns} FROM ${match.from("words")} ${contactOf("w", page)} WHERE ${sql.join(all, sql` AND `)}`;
}

function conditions({ status, unsifted }: SearchPage): RawBuilder<SqlBool>[] {
  if (unsifted) return [];
  const live = sql<SqlBool>`c.archived_at IS NULL`;
  return status === undefined ? [live] : [live, sql<SqlBool>`c.status = ${status}`];
}
