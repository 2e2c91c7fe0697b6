import { sql, type SqlBool } from "kysely";
import type { Searched, Token, WordMatch } from "../word-match.ts";

/** FTS5 walks its matches in the order of their rows, and stops where the query does. */
export const wordMatch: WordMatch = {
  from: (column) => sql`${index(column)} CROSS JOIN contact_words AS w ON w.n = ${index(column)}.rowid`,
  where: (column, query) => sql<SqlBool>`${index(column)} MATCH ${query.map((group) => `(${group.map(termOf).join(" OR ")})`).join(" AND ")}`,
  order: (column) => sql`${index(column)}.rowid`,
  // The contact itself may be gone: then its neighbour on the far side marks the place.
  beyond: (column, workspaceId, contactId, after) =>
    after
      ? sql<SqlBool>`${index(column)}.rowid > coalesce((SELECT n FROM contact_words WHERE workspace_id = ${workspaceId} AND contact_id <= ${contactId} ORDER BY contact_id DESC LIMIT 1), 0)`
      : sql<SqlBool>`${index(column)}.rowid < coalesce((SELECT n FROM contact_words WHERE workspace_id = ${workspaceId} AND contact_id >= ${contactId} ORDER BY contact_id LIMIT 1), 9007199254740991)`,
};

const index = (column: Searched) => sql.raw(`contact_${column}_index`);
const termOf = ({ text, prefix }: Token) => `"${text.replaceAll('"', '""')}"${prefix ? "*" : ""}`;
