import { sql, type SqlBool } from "kysely";
import type { Token, WordMatch } from "../word-match.ts";

/** The planner walks the newest rows where many match, and the GIN index where few do. */
export const wordMatch: WordMatch = {
  from: () => sql`contact_words AS w`,
  index: () => sql`contact_words AS w`,
  where: (column, query) => sql<SqlBool>`w.${sql.raw(column)}_doc @@ CAST(${query.map((group) => `(${group.map(termOf).join(" | ")})`).join(" & ")} AS tsquery)`,
  order: () => sql`w.contact_id`,
  beyond: (_column, _workspaceId, contactId, after) => (after ? sql<SqlBool>`w.contact_id > ${contactId}` : sql<SqlBool>`w.contact_id < ${contactId}`),
};

const termOf = ({ text, prefix }: Token) => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'${prefix ? ":*" : ""}`;
