import type { Read, Write } from "../../store/store.ts";
import type { TaskRow } from "../../store/tables-runs.ts";

export async function insertTask(tx: Write, row: TaskRow): Promise<void> {
  await tx.insertInto("tasks").values(row).execute();
}

export async function findTask(db: Read | Write, workspaceId: string, id: string): Promise<TaskRow | undefined> {
  return db.selectFrom("tasks").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

/** Changes a task and answers it as it is then; undefined when there is none. */
export async function updateTaskRow(tx: Write, workspaceId: string, id: string, change: Partial<TaskRow>): Promise<TaskRow | undefined> {
  return tx.updateTable("tasks").set(change).where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

export async function selectTasks(
  db: Read,
  page: { workspaceId: string; limit: number; before: string | undefined; status: TaskRow["status"] | undefined; contactId: string | undefined },
): Promise<TaskRow[]> {
  let query = db.selectFrom("tasks").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  if (page.contactId !== undefined) query = query.where("contact_id", "=", page.contactId);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}
