import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Searched, Token, WordMatch, WordQuery } from "../word-match.ts";

/** FTS5 walks its matches in the order of their rows, and stops where the query does. */
export const wordMatch: WordMatch = {
  from: (column) => sql`${index(column)} CROSS JOIN contact_words AS w ON w.n = ${index(column)}.rowid`,
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

const index = (column: Searched) => sql.raw(`contact_${column}_index`);
const termOf = ({ text, prefix }: Token) => `"${text.replaceAll('"', '""')}"${prefix ? "*" : ""}`;
