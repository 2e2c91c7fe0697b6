import { sql } from "kysely";
import { idFloor } from "../../core/id.ts";
import type { Priority, SignalType } from "../../core/signal-words.ts";
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
  companyId?: string | undefined;
  visitorId?: string | undefined;
  types?: readonly SignalType[] | undefined;
  knownOnly?: boolean;
}

/** Newest first by id, which sorts by time of receipt. */
export async function selectSignals(db: Read, page: SignalPage): Promise<SignalRow[]> {
  const { companyId, ...rest } = page;
  if (companyId === undefined) return matching(db, page).execute();
  // Two ways lead to a company, each by its own index; of both the newest are the newest of all.
  const own = await matching(db, rest).where("company_id", "=", companyId).execute();
  const people = await matching(db, rest, companyId).execute();
  const rows = new Map([...own, ...people].map((row) => [row.id, row]));
  return [...rows.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, page.limit);
}

/** `peopleOf`: only signals of this company's contacts. */
function matching(db: Read, page: SignalPage, peopleOf?: string) {
  let query = db.selectFrom("signals").selectAll().where("workspace_id", "=", page.workspaceId);
  if (peopleOf !== undefined) {
    query = query.where("contact_id", "in", (eb) => eb.selectFrom("contacts").select("id").where("workspace_id", "=", page.workspaceId).where("company_id", "=", peopleOf));
  }
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
  // Sorted by what no index holds, it goes from the contacts to their signals instead of over all signals of the workspace.
  return (peopleOf === undefined ? query.orderBy("id", "desc") : query.orderBy(sql`id || ''`, "desc")).limit(page.limit);
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
