import type { Read, Write } from "../../store/store.ts";

export type Db = Read | Write;

/** What steps name: tables whose rows may be archived. */
export type Named = "sequences" | "connectors" | "icp_profiles";

/** Which of these there are, the archived ones left out. */
export async function selectNamed(db: Db, table: Named, workspaceId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  // All of them have these columns; Kysely can't say so of a union of tables.
  const rows = await db.selectFrom(table as "sequences").select("id").where("workspace_id", "=", workspaceId).where("id", "in", ids).where("archived_at", "is", null).execute();
  return new Set(rows.map((row) => row.id));
}

/** What moves whenever the active workflows of a workspace change; undefined before its first workflow. */
export async function findMark(db: Db, workspaceId: string) {
  return db.selectFrom("workflow_marks").selectAll().where("workspace_id", "=", workspaceId).executeTakeFirst();
}

/** In the transaction of every change that the router has to hear of. */
export async function bumpMark(tx: Write, workspaceId: string): Promise<void> {
  await tx
    .insertInto("workflow_marks")
    .values({ workspace_id: workspaceId, version: 1, signing: 1, signing_changed_at: null })
    .onConflict((on) => on.column("workspace_id").doUpdateSet((eb) => ({ version: eb("workflow_marks.version", "+", 1) })))
    .execute();
}

export async function bumpSigning(tx: Write, workspaceId: string, now: number): Promise<void> {
  await tx
    .insertInto("workflow_marks")
    .values({ workspace_id: workspaceId, version: 1, signing: 2, signing_changed_at: now })
    .onConflict((on) => on.column("workspace_id").doUpdateSet((eb) => ({ signing: eb("workflow_marks.signing", "+", 1), signing_changed_at: now })))
    .execute();
}

/** A scheduled workflow's next time; null takes it off the schedule. */
export async function saveSchedule(tx: Write, workspaceId: string, workflowId: string, nextAt: number | null): Promise<void> {
  if (nextAt === null) {
    await tx.deleteFrom("workflow_schedules").where("workspace_id", "=", workspaceId).where("workflow_id", "=", workflowId).execute();
    return;
  }
  await tx
    .insertInto("workflow_schedules")
    .values({ workspace_id: workspaceId, workflow_id: workflowId, next_at: nextAt })
    .onConflict((on) => on.columns(["workspace_id", "workflow_id"]).doUpdateSet({ next_at: nextAt }))
    .execute();
}

/** Runs that were held while their workflow was paused go on: each where it stood. */
export async function releaseRuns(tx: Write, workspaceId: string, workflowId: string, now: number): Promise<void> {
  await tx.updateTable("workflow_runs").set({ held: 0, due_at: now }).where("workspace_id", "=", workspaceId).where("workflow_id", "=", workflowId).where("held", "=", 1).execute();
}

/** Ends every run that has not ended. */
export async function stopRuns(tx: Write, workspaceId: string, workflowId: string, reason: string, now: number): Promise<void> {
  await tx
    .updateTable("workflow_runs")
    .set((eb) => ({ status: "stopped" as const, error: reason, held: 0 as const, due_at: null, finished_at: now, claims: eb("claims", "+", 1) }))
    .where("workspace_id", "=", workspaceId)
    .where("workflow_id", "=", workflowId)
    .where("finished_at", "is", null)
    .execute();
}

/** Every active workflow with its definition. */
export async function selectActive(db: Db, workspaceId: string): Promise<{ id: string; version: number; definition: string }[]> {
  return db
    .selectFrom("workflows as w")
    .innerJoin("workflow_versions as v", (join) => join.onRef("v.workspace_id", "=", "w.workspace_id").onRef("v.of_id", "=", "w.id").onRef("v.version", "=", "w.version"))
    .select(["w.id", "w.version", "v.definition"])
    .where("w.workspace_id", "=", workspaceId)
    .where("w.status", "=", "active")
    .where("w.archived_at", "is", null)
    .orderBy("w.id")
    .execute();
}
