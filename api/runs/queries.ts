import { sql } from "kysely";
import { idFloor } from "../../core/id.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { ContactRow, SignalRow } from "../../store/tables.ts";
import type { BacktestRow, WorkflowRunRow, WorkflowRunStepRow } from "../../store/tables-runs.ts";

export type Db = Read | Write;

/** The contact, which nobody archives or changes until the transaction ends; SQLite has one writer anyway. */
export async function lockContact(store: Store, tx: Write, workspaceId: string, id: string): Promise<ContactRow | undefined> {
  const { rows } = await sql<ContactRow>`SELECT * FROM contacts WHERE workspace_id = ${workspaceId} AND id = ${id} ${store.dialect === "postgres" ? sql`FOR UPDATE` : sql``}`.execute(tx);
  return rows[0];
}

export async function findSignal(db: Db, workspaceId: string, id: string): Promise<SignalRow | undefined> {
  const { rows } = await sql<SignalRow>`SELECT * FROM signals WHERE workspace_id = ${workspaceId} AND id = ${id}`.execute(db);
  return rows[0];
}

export async function selectSignalsById(db: Db, workspaceId: string, ids: readonly string[]): Promise<SignalRow[]> {
  return ids.length === 0 ? [] : db.selectFrom("signals").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", ids).orderBy("id").execute();
}

/** The contact's enrollment that runs, else the last one, as conditions see it. */
export async function findEnrollmentFacts(db: Db, workspaceId: string, contactId: string): Promise<Record<string, unknown> | undefined> {
  const row = await db
    .selectFrom("enrollments")
    .select(["id", "sequence_id", "status", "end_reason"])
    .where("workspace_id", "=", workspaceId)
    .where("contact_id", "=", contactId)
    .orderBy((eb) => eb.case().when("ended_at", "is", null).then(0).else(1).end())
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && { id: row.id, sequenceId: row.sequence_id, status: row.status, endReason: row.end_reason };
}

/** Inserts runs that their signal or event has not started yet; answers the ids of those. */
export async function insertRuns(tx: Write, rows: readonly WorkflowRunRow[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const made = await tx.insertInto("workflow_runs").values(rows).onConflict((on) => on.doNothing()).returning("id").execute();
  return new Set(made.map((row) => row.id));
}

/**
 * One after the other for each workflow and contact, until the transaction ends, so that a cooldown can't be passed by two at once.
 * SQLite has one writer anyway.
 */
export async function lockCooldowns(store: Store, tx: Write, keys: readonly string[]): Promise<void> {
  if (store.dialect === "sqlite") return;
  for (const key of keys.toSorted()) await sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 15))`.execute(tx);
}

/** Which of these workflows are active, with their version; nobody changes them until the transaction ends. */
export async function lockActive(store: Store, tx: Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, number>> {
  const query = tx.selectFrom("workflows").select(["id", "version"]).where("workspace_id", "=", workspaceId).where("id", "in", ids).where("status", "=", "active").where("archived_at", "is", null).orderBy("id");
  const rows = await (store.dialect === "postgres" ? query.forShare() : query).execute();
  return new Map(rows.map((row) => [row.id, row.version]));
}

/** Whether a workflow is paused; nobody activates it until the transaction ends. */
export async function isPaused(store: Store, tx: Write, workspaceId: string, id: string): Promise<boolean> {
  const query = tx.selectFrom("workflows").select(["status", "archived_at"]).where("workspace_id", "=", workspaceId).where("id", "=", id);
  const row = await (store.dialect === "postgres" ? query.forShare() : query).executeTakeFirst();
  return row !== undefined && row.status === "paused" && row.archived_at === null;
}

export async function findRun(db: Db, workspaceId: string, id: string): Promise<WorkflowRunRow | undefined> {
  return db.selectFrom("workflow_runs").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

/**
 * As `findRun`, and nobody else changes it until the transaction ends; and whether its workflow is paused, which somebody may change.
 * This and what else a run asks at each turn is written out: building a query costs three times as much as running it here.
 */
export async function lockRun(store: Store, tx: Write, workspaceId: string, id: string): Promise<(WorkflowRunRow & { paused: boolean }) | undefined> {
  const { rows } = await sql<WorkflowRunRow & { is_paused: number }>`SELECT r.*,
    (SELECT count(*) FROM workflows w WHERE w.workspace_id = r.workspace_id AND w.id = r.workflow_id AND w.status = 'paused' AND w.archived_at IS NULL) AS is_paused
    FROM workflow_runs r WHERE r.workspace_id = ${workspaceId} AND r.id = ${id} ${store.dialect === "postgres" ? sql`FOR UPDATE OF r` : sql``}`.execute(tx);
  const [row] = rows;
  if (!row) return undefined;
  const { is_paused: paused, ...run } = row;
  return { ...run, paused: Number(paused) > 0 };
}

/** `change` names columns of ours, nothing that somebody sent. */
export async function updateRun(tx: Write, workspaceId: string, id: string, change: Partial<WorkflowRunRow>): Promise<void> {
  const set = Object.entries(change).map(([column, value]) => sql`${sql.raw(column)} = ${value}`);
  await sql`UPDATE workflow_runs SET ${sql.join(set)} WHERE workspace_id = ${workspaceId} AND id = ${id}`.execute(tx);
}

export async function selectRunSteps(db: Db, workspaceId: string, runId: string): Promise<WorkflowRunStepRow[]> {
  return db.selectFrom("workflow_run_steps").selectAll().where("workspace_id", "=", workspaceId).where("run_id", "=", runId).orderBy("seq").orderBy("path").execute();
}

export async function findRunStep(db: Db, workspaceId: string, runId: string, path: string): Promise<WorkflowRunStepRow | undefined> {
  return db.selectFrom("workflow_run_steps").selectAll().where("workspace_id", "=", workspaceId).where("run_id", "=", runId).where("path", "=", path).executeTakeFirst();
}

/** Writes steps as they stand now. */
export async function saveRunSteps(tx: Write, rows: readonly WorkflowRunStepRow[]): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map((r) => sql`(${r.workspace_id}, ${r.run_id}, ${r.path}, ${r.action}, ${r.status}, ${r.attempts}, ${r.detail}, ${r.output}, ${r.error}, ${r.started_at}, ${r.finished_at}, ${r.next_at}, ${r.seq})`);
  await sql`INSERT INTO workflow_run_steps (workspace_id, run_id, path, action, status, attempts, detail, output, error, started_at, finished_at, next_at, seq) VALUES ${sql.join(values)}
    ON CONFLICT (workspace_id, run_id, path) DO UPDATE SET status = excluded.status, attempts = excluded.attempts, detail = excluded.detail, output = excluded.output,
    error = excluded.error, finished_at = excluded.finished_at, next_at = excluded.next_at`.execute(tx);
}

/** Steps that had begun when their run was ended from outside. */
export async function endOpenSteps(tx: Write, workspaceId: string, runId: string, error: string, now: number): Promise<void> {
  await tx.updateTable("workflow_run_steps").set({ status: "skipped", error, finished_at: now, next_at: null }).where("workspace_id", "=", workspaceId).where("run_id", "=", runId).where("status", "in", ["running", "waiting"]).execute();
}

export async function selectRuns(
  db: Read,
  page: { workspaceId: string; workflowId: string; limit: number; before: string | undefined; status: WorkflowRunRow["status"] | undefined },
): Promise<WorkflowRunRow[]> {
  let query = db.selectFrom("workflow_runs").selectAll().where("workspace_id", "=", page.workspaceId).where("workflow_id", "=", page.workflowId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** Failed runs that nobody has replayed, oldest first. */
export async function selectReplayable(db: Db, workspaceId: string, workflowId: string, since: number, limit: number): Promise<WorkflowRunRow[]> {
  return db
    .selectFrom("workflow_runs as r")
    .selectAll("r")
    .where("r.workspace_id", "=", workspaceId)
    .where("r.workflow_id", "=", workflowId)
    .where("r.status", "=", "failed")
    .where("r.id", ">=", idFloor(since))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("workflow_runs as again").select("again.id").where("again.workspace_id", "=", workspaceId).whereRef("again.replay_of", "=", "r.id"))),
    )
    .orderBy("r.id")
    .limit(limit)
    .execute();
}

/** When a workflow last began for a contact, epoch ms. */
export async function findLastRunAt(db: Db, workspaceId: string, workflowId: string, contactId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom("workflow_runs")
    .select("created_at")
    .where("workspace_id", "=", workspaceId)
    .where("workflow_id", "=", workflowId)
    .where("contact_id", "=", contactId)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.created_at;
}

export type CountedRow = Pick<SignalRow, "contact_id" | "type" | "priority" | "source" | "page_path" | "received_at">;

/** What conditions count of a contact's signals since `since`, newest first, bots left out. */
export async function selectCounted(db: Db, workspaceId: string, since: number, limit: number, contactId: string): Promise<CountedRow[]> {
  return db
    .selectFrom("signals")
    .select(["contact_id", "type", "priority", "source", "page_path", "received_at"])
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(since))
    .where("bot", "is", null)
    .where("contact_id", "=", contactId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

export async function selectContactsById(db: Db, workspaceId: string, ids: readonly string[]): Promise<ContactRow[]> {
  return ids.length === 0 ? [] : db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
}

/** People's signals of a stretch of time in the order in which they came, after an id. */
export async function selectKnownSignals(db: Read, workspaceId: string, after: string, until: number, limit: number): Promise<SignalRow[]> {
  return db
    .selectFrom("signals")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("id", ">", after)
    .where("id", "<", idFloor(until))
    .where("contact_id", "is not", null)
    .where("bot", "is", null)
    .orderBy("id")
    .limit(limit)
    .execute();
}

export async function countKnownSignals(db: Read, workspaceId: string, since: number): Promise<number> {
  const row = await db
    .selectFrom("signals")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(since))
    .where("contact_id", "is not", null)
    .where("bot", "is", null)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

export async function insertBacktest(tx: Write, row: BacktestRow): Promise<void> {
  await tx.insertInto("workflow_backtests").values(row).execute();
}

export async function findBacktest(db: Db, workspaceId: string, id: string): Promise<BacktestRow | undefined> {
  return db.selectFrom("workflow_backtests").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function updateBacktest(tx: Write, workspaceId: string, id: string, change: Partial<BacktestRow>): Promise<void> {
  await tx.updateTable("workflow_backtests").set(change).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
}

export async function isAnyDue(db: Read, now: number): Promise<boolean> {
  return (await db.selectFrom("workflow_runs").select("id").where("due_at", "<=", now).limit(1).executeTakeFirst()) !== undefined;
}

export async function selectDue(store: Store, tx: Write, now: number, max: number): Promise<Pick<WorkflowRunRow, "workspace_id" | "id">[]> {
  const query = tx.selectFrom("workflow_runs").select(["workspace_id", "id"]).where("due_at", "<=", now).orderBy("due_at").limit(max);
  return (store.dialect === "postgres" ? query.forUpdate().skipLocked() : query).execute();
}

export async function claimRows(tx: Write, workspaceId: string, ids: readonly string[], until: number): Promise<Pick<WorkflowRunRow, "workspace_id" | "id" | "claims">[]> {
  return tx
    .updateTable("workflow_runs")
    .set((eb) => ({ claims: eb("claims", "+", 1), due_at: until }))
    .where("workspace_id", "=", workspaceId)
    .where("id", "in", ids)
    .returning(["workspace_id", "id", "claims"])
    .execute();
}

/** Only where the run is still this holder's, and at work: a wait that was written meanwhile stays as long as it is. */
export async function renewClaim(tx: Write, workspaceId: string, id: string, claims: number, until: number): Promise<void> {
  await tx.updateTable("workflow_runs").set({ due_at: until }).where("workspace_id", "=", workspaceId).where("id", "=", id).where("claims", "=", claims).where("status", "=", "running").where("finished_at", "is", null).execute();
}

/** Scheduled workflows whose time has come. */
export async function selectDueSchedules(db: Read, now: number): Promise<{ workspace_id: string; workflow_id: string; next_at: number }[]> {
  return db.selectFrom("workflow_schedules").selectAll().where("next_at", "<=", now).orderBy("next_at").limit(100).execute();
}

/** Moves a schedule on; false when somebody else did before. */
export async function moveSchedule(tx: Write, workspaceId: string, workflowId: string, from: number, to: number): Promise<boolean> {
  const moved = await tx.updateTable("workflow_schedules").set({ next_at: to }).where("workspace_id", "=", workspaceId).where("workflow_id", "=", workflowId).where("next_at", "=", from).executeTakeFirst();
  return moved.numUpdatedRows > 0n;
}

/** Contacts in use after an id, by id. */
export async function selectContactsAfter(db: Db, workspaceId: string, after: string, limit: number): Promise<ContactRow[]> {
  return db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", ">", after).where("archived_at", "is", null).orderBy("id").limit(limit).execute();
}
