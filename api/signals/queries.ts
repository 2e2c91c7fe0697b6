import { sql } from "kysely";
import { idFloor } from "../../core/id.ts";
import type { Priority, SignalType } from "../../core/signal-words.ts";
import { prepared } from "../../store/prepared.ts";
import type { Read } from "../../store/store.ts";
import type { EngagementRow, SignalRow } from "../../store/tables.ts";

interface SignalPage {
  workspaceId: string;
  limit: number;
  /** Only ids below. */
  before?: string | undefined;
  type?: SignalType | undefined;
  priority?: Priority | undefined;
  unactionedOnly?: boolean;
  includeBots?: boolean;
  from?: number | undefined;
  to?: number | undefined;
  contactId?: string | undefined;
  visitorId?: string | undefined;
  types?: readonly SignalType[] | undefined;
  knownOnly?: boolean;
}

/** Newest first by id, which sorts by time of receipt. */
export async function selectSignals(db: Read, page: SignalPage): Promise<SignalRow[]> {
  let query = db.selectFrom("signals").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.from !== undefined) query = query.where("id", ">=", idFloor(page.from));
  if (page.to !== undefined) query = query.where("id", "<", idFloor(page.to + 1));
  if (page.type !== undefined) query = query.where("type", "=", page.type);
  if (page.priority !== undefined) query = query.where("priority", "=", page.priority);
  if (page.contactId !== undefined) query = query.where("contact_id", "=", page.contactId);
  const { visitorId } = page;
  if (visitorId !== undefined) query = query.where("id", "in", (eb) => eb.selectFrom("visitor_signals").select("signal_id").where("workspace_id", "=", page.workspaceId).where("visitor_id", "=", visitorId));
  if (page.knownOnly === true) query = query.where("contact_id", "is not", null);
  if (page.unactionedOnly === true) query = query.where("actioned_at", "is", null);
  if (page.includeBots !== true) query = query.where("bot", "is", null);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

const recentOfContact = prepared((db, argument) =>
  db
    .selectFrom("signals")
    .select(["id", "type", "priority", "source", "received_at", "data"])
    .where("workspace_id", "=", argument(0))
    .where("contact_id", "=", argument(1))
    .where("bot", "is", null)
    .orderBy("id", "desc")
    .limit(10),
);

/** A contact's ten latest signals, bots left out. */
export async function selectRecent(db: Read, workspaceId: string, contactId: string): Promise<Pick<SignalRow, "id" | "type" | "priority" | "source" | "received_at" | "data">[]> {
  return recentOfContact(db, workspaceId, contactId);
}

export async function findSignal(db: Read, workspaceId: string, id: string): Promise<SignalRow | undefined> {
  return db.selectFrom("signals").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function findRoutedAt(db: Read, workspaceId: string, batchId: string): Promise<number | null> {
  const row = await db.selectFrom("signal_batches").select("routed_at").where("workspace_id", "=", workspaceId).where("id", "=", batchId).executeTakeFirst();
  return row?.routed_at ?? null;
}

export async function findEngagement(db: Read, workspaceId: string, messageId: string): Promise<EngagementRow | undefined> {
  return db.selectFrom("engagement").selectAll().where("workspace_id", "=", workspaceId).where("message_id", "=", messageId).executeTakeFirst();
}

export interface CountedHour {
  hour: number;
  type: SignalType;
  priority: Priority;
  count: number;
}

/** Whole hours from the roll-up. */
export async function selectHours(db: Read, workspaceId: string, fromHour: number): Promise<CountedHour[]> {
  return db
    .selectFrom("signal_hours")
    .select(["hour", "type", "priority", "count"])
    .where("workspace_id", "=", workspaceId)
    .where("hour", ">=", fromHour)
    .orderBy("hour")
    .execute();
}

/** Whole hours of one day summed up, as if they were their first. */
export async function sumHours(db: Read, workspaceId: string, fromHour: number, untilHour: number): Promise<CountedHour[]> {
  const rows = await db
    .selectFrom("signal_hours")
    .select(["type", "priority", (eb) => eb.fn.sum<number>("count").as("count")])
    .where("workspace_id", "=", workspaceId)
    .where("hour", ">=", fromHour)
    .where("hour", "<", untilHour)
    .groupBy(["type", "priority"])
    .execute();
  return rows.map((row) => ({ ...row, hour: fromHour, count: Number(row.count) }));
}

/** Whole days (UTC), each as its first hour. */
export async function selectDays(db: Read, workspaceId: string, fromDay: number): Promise<CountedHour[]> {
  return db.selectFrom("signal_days").select(["day as hour", "type", "priority", "count"]).where("workspace_id", "=", workspaceId).where("day", ">=", fromDay).orderBy("day").execute();
}

/** Raw counts of a stretch shorter than an hour: the edge that the roll-up can't split. */
export async function countRaw(db: Read, workspaceId: string, from: number, until: number): Promise<Omit<CountedHour, "hour">[]> {
  const rows = await db
    .selectFrom("signals")
    .select(["type", "priority", (eb) => eb.fn.countAll<number>().as("count")])
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(from))
    .where("id", "<", idFloor(until))
    .where("bot", "is", null)
    .groupBy(["type", "priority"])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

export async function countActioned(db: Read, workspaceId: string, from: number): Promise<number> {
  const row = await db
    .selectFrom("signals")
    .select(sql<number>`count(*)`.as("n"))
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(from))
    .where("actioned_at", "is not", null)
    .where("bot", "is", null)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}
