import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Searched, Token, WordMatch, WordQuery } from "../word-match.ts";

/** FTS5 walks its matches in the order of their rows, and stops where the query does. */
export const wordMatch: WordMatch = {
  from: (column) => sql`${index(column)} CROSS JOIN contact_words AS w ON w.n = ${index(column)}.rowid`,
  index: (column) => index(column),
  where: (column, query) => sql<SqlBool>`${index(column)} MATCH ${expressionOf(column, query)}`,
  order: (column) => sql`${index(column)}.rowid`,
  // The contact itself may be gone: then its neighbour on the far side marks the place.
  beyond: (column, workspaceId, contactId, after) =>
    after
      ? sql<SqlBool>`${index(column)}.rowid > coalesce((SELECT n FROM contact_words WHERE workspace_id = ${workspaceId} AND contact_id <= ${contactId} ORDER BY contact_id DESC LIMIT 1), 0)`
      : sql<SqlBool>`${index(column)}.rowid < coalesce((SELECT n FROM contact_words WHERE workspace_id = ${workspaceId} AND contact_id >= ${contactId} ORDER BY contact_id LIMIT 1), 9007199254740991)`,
  names: {
    from: sql`company_names_index CROSS JOIN company_names AS n ON n.n = company_names_index.rowid`,
    where: (query) => sql<SqlBool>`company_names_index MATCH ${matchOf(spread(query))}`,
    piecesIf: (condition, query) => sql<SqlBool>`${index("pieces")} MATCH CASE WHEN ${condition} THEN ${expressionOf("pieces", query)} ELSE '""' END`,
  },
  rare: { sizes: sizesOf, where: rareAndMore },
};

/** Of more groups, only those are asked for that the fewest have. */
const askedMax = 3;
/** So many of a group's newest rows tell how rare it is. */
const lookedAt = 50;

/** Of many groups, a few from all over the text: of short lists none is worth finding the rarest for. */
const spread = (query: WordQuery) => query.filter((_, i) => i % Math.ceil(query.length / askedMax) === 0);

const expressionOf = (column: Searched, query: WordQuery) => (column === "pieces" && query.length > askedMax ? rarest(column, query) : sql`${matchOf(query)}`);
const matchOf = (query: WordQuery) => query.map(groupOf).join(" AND ");
const groupOf = (group: readonly Token[]) => `(${group.map(termOf).join(" OR ")})`;

/**
 * The expression for the rarest groups: those with few rows, or whose newest lie farthest back. A common one costs a walk through its long
 * list and leaves hardly anything out; whoever asks compares the texts themselves as well.
 */
function rarest(column: Searched, query: WordQuery): RawBuilder<string> {
  const groups = query.map((group) => {
    const text = groupOf(group);
    return sql`SELECT ${text} AS match, count(*) AS n, min(row) AS oldest FROM (SELECT rowid AS row FROM ${index(column)} WHERE ${index(column)} MATCH ${text} ORDER BY rowid DESC LIMIT ${lookedAt})`;
  });
  return sql<string>`(SELECT group_concat(match, ' AND ') FROM (SELECT match FROM (${sql.join(groups, sql` UNION ALL `)}) ORDER BY n, oldest LIMIT ${askedMax}))`;
}

/**
 * From where the beginning would stand in the list of words to where the next does, as FTS5's own index of its pages says. What stands before it
 * on as many pages as it likes is counted too; so of a field that has no such word at all nothing is.
 */
function sizesOf(query: WordQuery, short: WordQuery): RawBuilder<{ pages: number }> {
  const pageAt = (condition: RawBuilder<unknown>, direction: string) => sql`coalesce((SELECT pgno FROM contact_words_index_idx WHERE segid = piece.id AND term ${condition} ORDER BY term ${sql.raw(direction)} LIMIT 1), 0) / 2`;
  const begin = sql`CAST('0' || word.text AS BLOB)`;
  const end = sql`CAST('0' || word.text || x'ff' AS BLOB)`;
  const words = query.flatMap((group, i) => group.map(({ text }, n) => sql`(${i}, ${text}, ${matchOf([short[i]?.slice(n, n + 1) ?? []])})`));
  return sql`WITH RECURSIVE piece(id) AS (SELECT min(segid) FROM contact_words_index_idx UNION ALL SELECT (SELECT min(segid) FROM contact_words_index_idx WHERE segid > id) FROM piece WHERE id IS NOT NULL),
      word(i, text, short) AS (VALUES ${sql.join(words)}),
      span(i, short, pages) AS (SELECT word.i, word.short, sum(max(0, ${pageAt(sql`> ${end}`, "ASC")} - ${pageAt(sql`<= ${begin}`, "DESC")} - 1)) FROM word CROSS JOIN piece WHERE piece.id IS NOT NULL GROUP BY word.i, word.text)
    SELECT sum(CASE WHEN pages > 0 AND EXISTS (SELECT 1 FROM contact_words_index WHERE contact_words_index MATCH span.short) THEN pages ELSE 0 END) AS pages FROM span GROUP BY i ORDER BY i`;
}

function rareAndMore(word: readonly Token[], wide: WordQuery, few: number): RawBuilder<SqlBool> {
  const alone = groupOf(word);
  if (wide.length === 0) return sql<SqlBool>`contact_words_index MATCH ${`${alone} NOT ${groupOf(word.map(({ text }) => ({ text, prefix: false })))}`}`;
  if (few === 0) return sql<SqlBool>`contact_words_index MATCH ${matchOf([word, ...wide])}`;
  const count = sql`(SELECT count(*) FROM (SELECT 1 AS one FROM contact_words_index WHERE contact_words_index MATCH ${alone} LIMIT ${few + 1}))`;
  return sql<SqlBool>`contact_words_index MATCH CASE WHEN ${count} <= ${few} THEN ${alone} ELSE ${matchOf([word, ...wide])} END`;
}

const index = (column: Searched) => sql.raw(`contact_${column}_index`);
const termOf = ({ text, prefix }: Token) => `"${text.replaceAll('"', '""')}"${prefix ? "*" : ""}`;
