import { type SelectQueryBuilder, sql, type SqlBool } from "kysely";
import { idFloor } from "../../core/id.ts";
import { boundedCache } from "../../core/lru.ts";
import { isSocial, priorities, type Priority, type StoredType, storedTypes } from "../../core/signal-words.ts";
import { prepared } from "../../store/prepared.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { EngagementRow, IdentityClaimRow, SignalRow, Tables } from "../../store/tables.ts";
import type { SignalActionRow } from "../../store/tables-intel.ts";
import type { WorkflowRunRow, WorkflowRunStepRow } from "../../store/tables-runs.ts";

interface SignalPage {
  workspaceId: string;
  limit: number;
  /** Only ids below. */
  before?: string | undefined;
  type?: StoredType | undefined;
  priority?: Priority | undefined;
  unactionedOnly?: boolean;
  includeBots?: boolean;
  from?: number | undefined;
  to?: number | undefined;
  contactId?: string | undefined;
  companyId?: string | undefined;
  visitorId?: string | undefined;
  kind?: "intent" | "social" | undefined;
}

/** Newest first by id, which sorts by time of receipt. */
export async function selectSignals(db: Read, page: SignalPage): Promise<SignalRow[]> {
  if (typesOf(page).length === 0) return [];
  const { companyId } = page;
  if (companyId === undefined) return signalsPage(db, page).execute();
  // Two ways lead to a company, each by its own index; of both the newest are the newest of all.
  const own = await signalsPage(db, page, "own").execute();
  const people = await signalsPage(db, page, "people").execute();
  const rows = new Map([...own, ...people].map((row) => [row.id, row]));
  return [...rows.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, page.limit);
}

/** Those that a page may hold; none for a social type among the intents. */
const typesOf = (page: SignalPage) => storedTypes.filter((type) => (page.type === undefined || type === page.type) && (page.kind === undefined || isSocial(type) === (page.kind === "social")));

/**
 * `way`: a company's own signals, or those of its contacts.
 * @internal used by tests, which look at its plan.
 */
export function signalsPage(db: Read, page: SignalPage, way?: "own" | "people") {
  const types = typesOf(page);
  const all = types.length === storedTypes.length && page.priority === undefined;
  let query = db.selectFrom("signals").selectAll().where("workspace_id", "=", page.workspaceId);
  // A contact's, visitor's or company's own signals are few: they are found first and sifted.
  if (all || page.contactId !== undefined || page.visitorId !== undefined || way !== undefined) {
    if (types.length < storedTypes.length) query = query.where("type", "in", types);
    if (page.priority !== undefined) query = query.where("priority", "=", page.priority);
    query = narrowed(query, page);
  } else {
    query = query.where("id", "in", idsOf(db, page, types));
  }
  const { companyId = "" } = page;
  if (way === "own") query = query.where("company_id", "=", companyId);
  if (way === "people") query = query.where("contact_id", "in", (eb) => eb.selectFrom("contacts").select("id").where("workspace_id", "=", page.workspaceId).where("company_id", "=", companyId));
  if (page.contactId !== undefined) query = query.where("contact_id", "=", page.contactId);
  const { visitorId } = page;
  if (visitorId !== undefined) query = query.where("id", "in", (eb) => eb.selectFrom("visitor_signals").select("signal_id").where("workspace_id", "=", page.workspaceId).where("visitor_id", "=", visitorId));
  if (page.includeBots !== true) query = query.where("bot", "is", null);
  // Sorted by what no index holds, it goes from the contacts to their signals instead of over all signals of the workspace.
  return (way === "people" ? query.orderBy(sql`id || ''`, "desc") : query.orderBy("id", "desc")).limit(page.limit);
}

type Signals<O> = SelectQueryBuilder<Tables, "signals", O>;

/** Whatever sifts further belongs here, so that it does so before a page is cut. */
function narrowed<O>(query: Signals<O>, page: SignalPage): Signals<O> {
  let narrow = query;
  if (page.before !== undefined) narrow = narrow.where("id", "<", page.before);
  if (page.from !== undefined) narrow = narrow.where("id", ">=", idFloor(page.from));
  if (page.to !== undefined) narrow = narrow.where("id", "<", idFloor(page.to + 1));
  return page.unactionedOnly === true ? narrow.where("actioned_at", "is", null) : narrow;
}

/** The words of the indexes of filters: without them no planner considers those, which would serve other queries badly. */
const opensIndex = sql<SqlBool>`received_at >= 0`;
const opensPriorities = sql<SqlBool>`priority <> 'medium'`;

/**
 * The newest ids of each pair of type and priority, each read from the end of its own stretch of an index: a value that one signal
 * in a million has costs what the commonest one does. A priority alone has an index, but for `medium`, which nearly all have.
 */
function idsOf(db: Read, page: SignalPage, types: readonly StoredType[]) {
  const stretch = (is: "is" | "is not", narrow: (query: Signals<{ id: string }>) => Signals<{ id: string }>) => {
    const newest = narrow(db.selectFrom("signals").select("id").where("workspace_id", "=", page.workspaceId).where("bot", is, null).where(opensIndex));
    return db.selectFrom(narrowed(newest, page).orderBy("id", "desc").limit(page.limit).as("newest")).select("id");
  };
  const pairs = types.flatMap((type) => (page.priority === undefined ? priorities : [page.priority]).map((priority) => ({ type, priority })));
  const byPairs = (is: "is" | "is not") => pairs.map(({ type, priority }) => stretch(is, (query) => query.where("type", "=", type).where("priority", "=", priority)));
  const { priority } = page;
  const alone = priority !== undefined && priority !== "medium" && types.length === storedTypes.length;
  const people = alone ? [stretch("is", (query) => query.where("priority", "=", priority).where(opensPriorities))] : byPairs("is");
  const [first, ...others] = [...people, ...(page.includeBots === true ? byPairs("is not") : [])];
  if (!first) throw new Error("a page without types has no signals: it is not asked for");
  return others.reduce((all, one) => all.unionAll(one), first);
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
  type: StoredType;
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

/** What was counted: by what it was, and by when. */
export interface Counts {
  kinds: readonly Omit<CountedHour, "hour">[];
  slots: { at: number; count: number }[];
}

/**
 * Whole hours or days (UTC) of the roll-ups, from one up to another. Each comes as one text of `type priority count` parts: the rows of a busy month, several
 * hundred, cost more to sort by kind and to hand over than to read.
 */
export async function sumCounts(db: Read, dialect: Store["dialect"], workspaceId: string, slot: "hour" | "day", from: number, until: number): Promise<Counts> {
  const [table, at] = [sql.table(slot === "hour" ? "signal_hours" : "signal_days"), sql.ref(slot)];
  const join = sql.raw(dialect === "postgres" ? "string_agg" : "group_concat");
  const { rows } = await sql<{ at: number; parts: string }>`
    SELECT ${at} AS at, ${join}(type || ' ' || priority || ' ' || count, ',') AS parts FROM ${table}
    WHERE workspace_id = ${workspaceId} AND ${at} >= ${from} AND ${at} < ${until} GROUP BY ${at}`.execute(db);
  const parsed = rows.map(({ at: time, parts }) => ({ at: Number(time), kinds: kindsOf(parts) }));
  return { kinds: parsed.flatMap(({ kinds }) => kinds), slots: parsed.map(({ at: time, kinds }) => ({ at: time, count: kinds.reduce((sum, { count }) => sum + count, 0) })) };
}

/** A day that is over has the same text for good. */
const kindsOfText = boundedCache<string, Counts["kinds"]>(1000);

function kindsOf(parts: string): Counts["kinds"] {
  let kinds = kindsOfText.get(parts);
  if (!kinds) {
    kinds = parts.split(",").map((part) => {
      const [type, priority, count] = part.split(" ") as [StoredType, Priority, string];
      return { type, priority, count: Number(count) };
    });
    kindsOfText.set(parts, kinds);
  }
  return kinds;
}

/**
 * What no roll-up tells, in one read: the signals of a stretch shorter than an hour, the edge that none splits, as a stretch of an index for each type and priority;
 * and how many since `from` are actioned.
 */
export async function countRest(db: Read, workspaceId: string, from: number, until: number): Promise<{ edge: Omit<CountedHour, "hour">[]; actioned: number }> {
  const named = (values: readonly string[], name: string) => sql.join(values.map((value) => sql`SELECT CAST(${value} AS TEXT) AS ${sql.raw(name)}`), sql` UNION ALL `);
  const { rows } = await sql<{ type: StoredType | null; priority: Priority | null; count: number }>`
    SELECT t.type, p.priority, (SELECT count(*) FROM signals WHERE workspace_id = ${workspaceId} AND type = t.type AND priority = p.priority
      AND bot IS NULL AND ${opensIndex} AND id >= ${idFloor(from)} AND id < ${idFloor(until)}) AS count
    FROM (${named(storedTypes, "type")}) AS t CROSS JOIN (${named(priorities, "priority")}) AS p
    UNION ALL SELECT NULL, NULL, count(*) FROM signals WHERE workspace_id = ${workspaceId} AND id >= ${idFloor(from)} AND actioned_at IS NOT NULL AND bot IS NULL`.execute(db);
  const edge: Omit<CountedHour, "hour">[] = [];
  let actioned = 0;
  for (const { type, priority, count } of rows) {
    if (type === null || priority === null) actioned = Number(count);
    else if (Number(count) > 0) edge.push({ type, priority, count: Number(count) });
  }
  return { edge, actioned };
}

/** Nobody else changes the signal until the transaction ends. */
export async function lockSignal(store: Store, tx: Write, workspaceId: string, id: string): Promise<SignalRow | undefined> {
  const query = tx.selectFrom("signals").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id);
  return (store.dialect === "postgres" ? query.forUpdate() : query).executeTakeFirst();
}

export async function setActionedAt(tx: Write, workspaceId: string, id: string, at: number | null): Promise<void> {
  await tx.updateTable("signals").set({ actioned_at: at }).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
}

export async function findAction(db: Read | Write, workspaceId: string, signalId: string): Promise<SignalActionRow | undefined> {
  return db.selectFrom("signal_actions").selectAll().where("workspace_id", "=", workspaceId).where("signal_id", "=", signalId).executeTakeFirst();
}

export async function saveAction(tx: Write, row: SignalActionRow): Promise<void> {
  const { note, outcome } = row;
  await tx
    .insertInto("signal_actions")
    .values(row)
    .onConflict((on) => on.columns(["workspace_id", "signal_id"]).doUpdateSet({ note, outcome }))
    .execute();
}

export async function deleteAction(tx: Write, workspaceId: string, signalId: string): Promise<void> {
  await tx.deleteFrom("signal_actions").where("workspace_id", "=", workspaceId).where("signal_id", "=", signalId).execute();
}

/** The commit that a signal came with. */
export async function findBatch(db: Read, workspaceId: string, batchId: string): Promise<{ stored_at: number; routed_at: number | null } | undefined> {
  return db.selectFrom("signal_batches").select(["stored_at", "routed_at"]).where("workspace_id", "=", workspaceId).where("id", "=", batchId).executeTakeFirst();
}

/** The identification by which a visitor became this contact. */
export async function findLink(db: Read, workspaceId: string, visitorId: string, contactId: string): Promise<Pick<IdentityClaimRow, "proof" | "at"> | undefined> {
  return db
    .selectFrom("identity_claims")
    .select(["proof", "at"])
    .where("workspace_id", "=", workspaceId)
    .where("visitor_id", "=", visitorId)
    .where("contact_id", "=", contactId)
    .where("state", "=", "linked")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

const runsTracedMax = 100;

/** Runs that a signal started, with the names of their workflows. */
export async function selectRunsOf(db: Read, workspaceId: string, signalId: string): Promise<(WorkflowRunRow & { workflow_name: string | null })[]> {
  return db
    .selectFrom("workflow_runs as r")
    .leftJoin("workflows as w", (on) => on.onRef("w.workspace_id", "=", "r.workspace_id").onRef("w.id", "=", "r.workflow_id"))
    .selectAll("r")
    .select("w.name as workflow_name")
    .where("r.workspace_id", "=", workspaceId)
    .where("r.signal_id", "=", signalId)
    .orderBy("r.id")
    .limit(runsTracedMax)
    .execute();
}

export async function selectStepsOf(db: Read, workspaceId: string, runIds: readonly string[]): Promise<WorkflowRunStepRow[]> {
  if (runIds.length === 0) return [];
  return db.selectFrom("workflow_run_steps").selectAll().where("workspace_id", "=", workspaceId).where("run_id", "in", runIds).orderBy("seq").orderBy("path").execute();
}

/** The signal that has this key: `signalId`, unless another had it before. */
export async function claimSocialKey(tx: Write, workspaceId: string, externalKey: string, signalId: string): Promise<string> {
  await tx.insertInto("social_keys").values({ workspace_id: workspaceId, external_key: externalKey, signal_id: signalId }).onConflict((on) => on.doNothing()).execute();
  const row = await tx.selectFrom("social_keys").select("signal_id").where("workspace_id", "=", workspaceId).where("external_key", "=", externalKey).executeTakeFirstOrThrow();
  return row.signal_id;
}

export async function contactExists(db: Read | Write, workspaceId: string, id: string): Promise<boolean> {
  return (await db.selectFrom("contacts").select("id").where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst()) !== undefined;
}
