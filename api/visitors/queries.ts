import { sql } from "kysely";
import type { Read } from "../../store/store.ts";
import type { SessionRow, VisitorRow } from "../../store/tables.ts";

export type SummedVisitor = VisitorRow & { signals: number };
export type SummedSession = Pick<SessionRow, "id" | "started_at" | "entry_path" | "referrer_kind"> & { last_at: number; signals: number };

/** Visitors, settled before, with what their signals sum up to. */
const summed = (db: Read, workspaceId: string) => {
  const own = sql`i.workspace_id = visitors.workspace_id AND i.visitor_id = visitors.id`;
  return db
    .selectFrom("visitors")
    .selectAll()
    .select([
      sql<number>`(SELECT count(*) FROM visitor_signals i WHERE ${own})`.as("signals"),
      sql<number>`coalesce((SELECT s.received_at FROM visitor_signals i JOIN signals s ON s.workspace_id = i.workspace_id AND s.id = i.signal_id
        WHERE ${own} ORDER BY i.signal_id DESC LIMIT 1), visitors.first_seen_at)`.as("last_seen_at"),
    ])
    .where("workspace_id", "=", workspaceId);
};

/** Visitors by their current session, newest first: a visitor stands where the latest session started. */
export async function selectVisitors(
  db: Read,
  page: { workspaceId: string; limit: number; before: string | undefined; knownOnly: boolean; includeBots: boolean },
): Promise<SummedVisitor[]> {
  let query = summed(db, page.workspaceId);
  if (page.before !== undefined) query = query.where("session_id", "<", page.before);
  if (page.knownOnly) query = query.where("contact_id", "is not", null);
  if (!page.includeBots) query = query.where("bot", "is", null);
  return (await query.orderBy("session_id", "desc").limit(page.limit).execute()).map(counted);
}

export async function selectVisitor(db: Read, workspaceId: string, id: string): Promise<SummedVisitor | undefined> {
  const row = await summed(db, workspaceId).where("id", "=", id).executeTakeFirst();
  return row && counted(row);
}

/** The latest sessions of a visitor, summed up from the signals. */
export async function selectSessions(db: Read, workspaceId: string, visitorId: string, limit: number): Promise<SummedSession[]> {
  const sums = db
    .selectFrom("visitor_signals as i")
    .innerJoin("signals as s", (on) => on.onRef("s.workspace_id", "=", "i.workspace_id").onRef("s.id", "=", "i.signal_id"))
    .select((eb) => ["s.session_id", eb.fn.max("s.received_at").as("last_at"), eb.fn.countAll<number>().as("signals")])
    .where("i.workspace_id", "=", workspaceId)
    .where("i.visitor_id", "=", visitorId)
    .where("s.session_id", "is not", null)
    .groupBy("session_id")
    .orderBy("session_id", "desc")
    .limit(limit)
    .as("sums");
  const rows = await db
    .selectFrom("sessions")
    .innerJoin(sums, "sums.session_id", "sessions.id")
    .select(["sessions.id", "sessions.started_at", "sessions.entry_path", "sessions.referrer_kind", "sums.last_at", "sums.signals"])
    .where("sessions.workspace_id", "=", workspaceId)
    .orderBy("sessions.id", "desc")
    .execute();
  return rows.map(counted);
}

/** PostgreSQL answers counts as text. */
function counted<T extends { signals: number }>(row: T): T {
  return { ...row, signals: Number(row.signals) };
}
