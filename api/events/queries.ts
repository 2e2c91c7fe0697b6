import { sql, type SqlBool } from "kysely";
import type { Read } from "../../store/store.ts";
import type { EventRow } from "../../store/tables-events.ts";

/** How far the feed reaches, and what is deleted already. */
export async function findHead(db: Read, workspaceId: string): Promise<{ last: number; purged: number }> {
  const row = await db.selectFrom("event_heads").selectAll().where("workspace_id", "=", workspaceId).executeTakeFirst();
  return { last: Number(row?.last_seq ?? 0), purged: Number(row?.purged_seq ?? 0) };
}

/** Events with a place after `after`, up to `until`. */
export async function selectEvents(db: Read, page: { workspaceId: string; after: number; until: number; limit: number; types: readonly string[] | undefined }): Promise<EventRow[]> {
  let query = db.selectFrom("events").selectAll().where("workspace_id", "=", page.workspaceId).where("seq", ">", page.after).where("seq", "<=", page.until);
  const types = page.types?.includes("*") === true ? undefined : page.types;
  if (types) query = query.where(sql<SqlBool>`(${sql.join(types.map(kindIs), sql` OR `)})`);
  return query.orderBy("seq").limit(page.limit).execute();
}

/** `contact.*` is a range, since texts compare by byte. */
function kindIs(type: string) {
  if (!type.endsWith(".*")) return sql`kind = ${type}`;
  const stem = type.slice(0, -2);
  return sql`(kind > ${`${stem}.`} AND kind < ${`${stem}/`})`;
}
