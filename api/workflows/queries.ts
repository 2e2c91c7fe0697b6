import { idFloor } from "../../core/id.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { ContactRow, SignalRow } from "../../store/tables.ts";
import type { WorkflowRunRow, WorkflowRunStepRow } from "../../store/tables-outreach.ts";
import type { Trigger } from "./contract.ts";

export type Db = Read | Write;

/** The contact, which nobody archives until the transaction ends; SQLite has one writer anyway. */
export async function lockContact(store: Store, tx: Write, workspaceId: string, id: string): Promise<Pick<ContactRow, "archived_at"> | undefined> {
  const query = tx.selectFrom("contacts").select("archived_at").where("workspace_id", "=", workspaceId).where("id", "=", id);
  return (store.dialect === "postgres" ? query.forShare() : query).executeTakeFirst();
}

export async function findContact(db: Db, workspaceId: string, id: string): Promise<ContactRow | undefined> {
  return db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function findSignal(db: Read, workspaceId: string, id: string): Promise<SignalRow | undefined> {
  return db.selectFrom("signals").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

/** Which of these sequences there are, the archived ones left out. */
export async function selectSequenceIds(db: Db, workspaceId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.selectFrom("sequences").select("id").where("workspace_id", "=", workspaceId).where("id", "in", ids).where("archived_at", "is", null).execute();
  return new Set(rows.map((row) => row.id));
}

export async function insertRun(tx: Write, row: WorkflowRunRow): Promise<void> {
  await tx.insertInto("workflow_runs").values(row).execute();
}

export async function findRun(db: Db, workspaceId: string, id: string): Promise<WorkflowRunRow | undefined> {
  return db.selectFrom("workflow_runs").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function selectRunSteps(db: Db, workspaceId: string, runId: string): Promise<WorkflowRunStepRow[]> {
  return db.selectFrom("workflow_run_steps").selectAll().where("workspace_id", "=", workspaceId).where("run_id", "=", runId).orderBy("started_at").orderBy("path").execute();
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

/** When a workflow last ran for a contact, epoch ms. */
export async function findLastRunAt(db: Read, workspaceId: string, workflowId: string, contactId: string): Promise<number | undefined> {
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

/** What conditions count of the contacts' signals since `since`, newest first, bots left out; of one contact, or of all. */
export async function selectCounted(db: Read, workspaceId: string, since: number, limit: number, contactId?: string): Promise<CountedRow[]> {
  let query = db
    .selectFrom("signals")
    .select(["contact_id", "type", "priority", "source", "page_path", "received_at"])
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(since))
    .where("bot", "is", null);
  query = contactId === undefined ? query.where("contact_id", "is not", null) : query.where("contact_id", "=", contactId);
  return query.orderBy("id", "desc").limit(limit).execute();
}

/** Signals of contacts that a trigger may fit, newest first; pages are looked at by the caller. */
export async function selectFitting(db: Read, workspaceId: string, trigger: Extract<Trigger, { on: "signal" }>, since: number, limit: number): Promise<SignalRow[]> {
  let query = db.selectFrom("signals").selectAll().where("workspace_id", "=", workspaceId).where("id", ">=", idFloor(since)).where("contact_id", "is not", null).where("bot", "is", null);
  if (trigger.types.length > 0) query = query.where("type", "in", trigger.types);
  if (trigger.priorities.length > 0) query = query.where("priority", "in", trigger.priorities);
  if (trigger.sources.length > 0) query = query.where("source", "in", trigger.sources);
  return query.orderBy("id", "desc").limit(limit).execute();
}

export async function selectContactsById(db: Read, workspaceId: string, ids: readonly string[]): Promise<ContactRow[]> {
  return ids.length === 0 ? [] : db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
}
