import { sql } from "kysely";
import { idFloor } from "../../core/id.ts";
import type { Read, Write } from "../../store/store.ts";
import type { WorkflowRunRow, WorkflowRunStepRow } from "../../store/tables-runs.ts";
import type { ContactRow, Tables } from "../../store/tables.ts";

export async function insertSetupToken(db: Write, row: Tables["setup_tokens"]): Promise<void> {
  await db.insertInto("setup_tokens").values(row).execute();
}

/** Deletes and answers it: of two that come at once only one gets it. */
export async function takeSetupToken(db: Write, digest: string): Promise<Tables["setup_tokens"] | undefined> {
  return db.deleteFrom("setup_tokens").where("digest", "=", digest).returningAll().executeTakeFirst();
}

export async function insertSession(db: Write, row: Tables["console_sessions"]): Promise<void> {
  await db.insertInto("console_sessions").values(row).execute();
}

export async function findSession(db: Read, digest: string): Promise<Tables["console_sessions"] | undefined> {
  return db.selectFrom("console_sessions").selectAll().where("digest", "=", digest).executeTakeFirst();
}

export async function touchSession(db: Write, digest: string, now: number): Promise<void> {
  await db.updateTable("console_sessions").set({ last_seen_at: now }).where("digest", "=", digest).execute();
}

export async function deleteSession(db: Write, digest: string): Promise<void> {
  await db.deleteFrom("console_sessions").where("digest", "=", digest).execute();
}

export type PersonRow = Pick<ContactRow, "id" | "first_name" | "last_name" | "email">;

export async function selectPeople(db: Read, workspaceId: string, ids: readonly string[]): Promise<PersonRow[]> {
  if (ids.length === 0) return [];
  return db.selectFrom("contacts").select(["id", "first_name", "last_name", "email"]).where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
}

/** Payloads of the latest identifications since a moment (epoch ms), newest first, with the ids of their events. */
export async function selectIdentifications(db: Read, workspaceId: string, since: number, limit: number): Promise<Pick<Tables["events"], "id" | "payload">[]> {
  return db
    .selectFrom("events")
    .select(["id", "payload"])
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(since))
    .where("kind", "=", "visitor.identified")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Visitors who started a session since, and how many known people they are. */
export async function countVisitors(db: Read, workspaceId: string, since: number): Promise<{ visitors: number; known: number }> {
  const row = await db
    .selectFrom("visitors")
    .where("workspace_id", "=", workspaceId)
    .where("session_id", ">=", idFloor(since))
    .where("sessions", ">", 0)
    .where("bot", "is", null)
    .select([sql<number>`count(*)`.as("visitors"), sql<number>`count(distinct contact_id)`.as("known")])
    .executeTakeFirstOrThrow();
  return { visitors: Number(row.visitors), known: Number(row.known) };
}

export async function selectOutcomes(db: Read, workspaceId: string, sinceHour: number): Promise<{ outcome: string; count: number }[]> {
  const rows = await db
    .selectFrom("ingest_hours")
    .select(["outcome", (eb) => eb.fn.sum<number>("count").as("count")])
    .where("workspace_id", "=", workspaceId)
    .where("hour", ">=", sinceHour)
    .groupBy("outcome")
    .execute();
  return rows.map((row) => ({ outcome: row.outcome, count: Number(row.count) }));
}

export async function selectProblems(db: Read, workspaceIds: readonly string[], since: number): Promise<Tables["ingest_problems"][]> {
  return db.selectFrom("ingest_problems").selectAll().where("workspace_id", "in", workspaceIds).where("at", ">=", since).orderBy("at", "desc").limit(20).execute();
}

/** When the first and the latest signal of a key came in. */
export async function signalSpan(db: Read, workspaceId: string, keyId: string | undefined): Promise<{ first: number | null; last: number | null }> {
  let query = db
    .selectFrom("ingest_hours")
    .select([sql<number | null>`min(hour)`.as("first"), sql<number | null>`max(hour)`.as("last")])
    .where("workspace_id", "=", workspaceId)
    .where("outcome", "=", "stored");
  if (keyId !== undefined) query = query.where("key_id", "=", keyId);
  const hours = await query.executeTakeFirst();
  const at = async (hour: number | null | undefined, direction: "asc" | "desc") => {
    if (hour === null || hour === undefined) return null;
    let rows = db.selectFrom("signals").select("received_at").where("workspace_id", "=", workspaceId).where("id", ">=", idFloor(Number(hour)));
    if (keyId !== undefined) rows = rows.where("key_id", "=", keyId);
    const row = await rows.orderBy("id", direction).limit(1).executeTakeFirst();
    return row?.received_at ?? null;
  };
  return { first: await at(hours?.first, "asc"), last: await at(hours?.last, "desc") };
}

export type RunMarkRow = Pick<WorkflowRunRow, "id" | "status" | "error"> & { signal_id: string; name: string };

/** Runs that signals started, oldest first, with the names of their workflows. */
export async function selectRunMarks(db: Read, workspaceId: string, of: { signalIds: readonly string[] } | { runIds: readonly string[] }): Promise<RunMarkRow[]> {
  const [column, ids] = "signalIds" in of ? (["workflow_runs.signal_id", of.signalIds] as const) : (["workflow_runs.id", of.runIds] as const);
  if (ids.length === 0) return [];
  return db
    .selectFrom("workflow_runs")
    .innerJoin("workflows", (on) => on.onRef("workflows.workspace_id", "=", "workflow_runs.workspace_id").onRef("workflows.id", "=", "workflow_runs.workflow_id"))
    .select(["workflow_runs.id", "workflow_runs.status", "workflow_runs.error", "workflow_runs.signal_id", "workflows.name"])
    .where("workflow_runs.workspace_id", "=", workspaceId)
    .where(column, "in", ids)
    .where("workflow_runs.signal_id", "is not", null)
    .$narrowType<{ signal_id: string }>()
    .orderBy("workflow_runs.id")
    .execute();
}

export async function selectStepMarks(db: Read, workspaceId: string, runIds: readonly string[]): Promise<Pick<WorkflowRunStepRow, "run_id" | "path" | "action" | "status" | "error">[]> {
  if (runIds.length === 0) return [];
  return db
    .selectFrom("workflow_run_steps")
    .select(["run_id", "path", "action", "status", "error"])
    .where("workspace_id", "=", workspaceId)
    .where("run_id", "in", runIds)
    .orderBy("run_id")
    .orderBy("seq")
    .execute();
}
