import { sql } from "kysely";
import type { Read, Write } from "./store.ts";
import type { EventRow } from "./tables-events.ts";
import type { Work } from "./work.ts";

/** An event as handlers see it: ids and words, never personal data. */
export interface DispatchedEvent {
  id: string;
  kind: string;
  /** Epoch ms of the change. */
  at: number;
  payload: Record<string, unknown>;
  /** Its place in the workspace's order of commits. */
  seq: number;
}

/** Events of one workspace, in the order in which their changes were committed. */
export interface EventBatch {
  workspaceId: string;
  events: readonly DispatchedEvent[];
}

/**
 * What happens because something happened. Each event is handed to each handler exactly once: what it writes by `tx` commits together
 * with the mark that the event was handed out. No network, and no side effects but by `tx`: it may run again after a deadlock.
 */
export interface EventHandler {
  name: string;
  /** What it is for, in a line. */
  what: string;
  handle(work: Work, tx: Write, batch: EventBatch): Promise<void>;
}

/** The first workspace after this one that has events waiting. */
export async function nextWaiting(db: Read, after: string): Promise<string | undefined> {
  const row = await db.selectFrom("events").select("workspace_id").where("seq", "is", null).where("workspace_id", ">", after).orderBy("workspace_id").limit(1).executeTakeFirst();
  return row?.workspace_id;
}

/**
 * Takes up to `max` waiting events of a workspace and gives them their places. One transaction at a time does so for a workspace (the
 * row of its head is locked until the commit), so places appear in order and without gaps on PostgreSQL as well, whatever the
 * order of the commits that recorded the events.
 */
export async function takeEvents(tx: Write, workspaceId: string, max: number): Promise<EventBatch> {
  const head = await tx
    .insertInto("event_heads")
    .values({ workspace_id: workspaceId, last_seq: 0, purged_seq: 0 })
    .onConflict((on) => on.column("workspace_id").doUpdateSet((eb) => ({ last_seq: eb.ref("event_heads.last_seq") })))
    .returning("last_seq")
    .executeTakeFirstOrThrow();
  // One statement finds, marks and answers them: on PostgreSQL others commit smaller ids between two. Joined by both columns: SQLite would read all events else.
  const { rows } = await sql<EventRow & { seq: number }>`UPDATE events SET seq = n.place FROM
    (SELECT workspace_id, id, row_number() OVER (ORDER BY id) + ${Number(head.last_seq)} AS place FROM (SELECT workspace_id, id FROM events WHERE workspace_id = ${workspaceId} AND seq IS NULL ORDER BY id LIMIT ${max}) AS waiting) AS n
    WHERE events.workspace_id = n.workspace_id AND events.id = n.id RETURNING events.id, events.kind, events.payload, events.at, events.seq`.execute(tx);
  if (rows.length === 0) return { workspaceId, events: [] };
  await tx.updateTable("event_heads").set((eb) => ({ last_seq: eb("last_seq", "+", rows.length) })).where("workspace_id", "=", workspaceId).execute();
  const events = rows.map((row) => ({ id: row.id, kind: row.kind, at: Number(row.at), payload: JSON.parse(row.payload) as Record<string, unknown>, seq: Number(row.seq) }));
  return { workspaceId, events: events.toSorted((a, b) => a.seq - b.seq) };
}
