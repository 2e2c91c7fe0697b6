import type { Read } from "../../store/store.ts";
import type { SessionRow, VisitorRow } from "../../store/tables.ts";

/** Visitors by their current session, newest first: a visitor stands where the latest session started. */
export async function selectVisitors(
  db: Read,
  page: { workspaceId: string; limit: number; before: string | undefined; knownOnly: boolean; includeBots: boolean },
): Promise<VisitorRow[]> {
  let query = db.selectFrom("visitors").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.before !== undefined) query = query.where("session_id", "<", page.before);
  if (page.knownOnly) query = query.where("contact_id", "is not", null);
  if (!page.includeBots) query = query.where("bot", "is", null);
  return query.orderBy("session_id", "desc").limit(page.limit).execute();
}

export async function selectSessions(db: Read, workspaceId: string, visitorId: string, limit: number): Promise<SessionRow[]> {
  return db
    .selectFrom("sessions")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("visitor_id", "=", visitorId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}
