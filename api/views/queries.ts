import type { Read, Write } from "../../store/store.ts";
import type { ContactRow, ViewRow } from "../../store/tables.ts";

interface Page {
  workspaceId: string;
  /** Ids below this one. */
  before: string | undefined;
  limit: number;
}

export async function selectViews(db: Read, { workspaceId, before, limit }: Page): Promise<ViewRow[]> {
  const query = db.selectFrom("views").selectAll().where("workspace_id", "=", workspaceId).orderBy("id", "desc").limit(limit);
  return (before === undefined ? query : query.where("id", "<", before)).execute();
}

export async function findView(db: Read | Write, workspaceId: string, id: string): Promise<ViewRow | undefined> {
  return db.selectFrom("views").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function insertView(tx: Write, row: ViewRow): Promise<void> {
  await tx.insertInto("views").values(row).execute();
}

export async function updateViewRow(tx: Write, workspaceId: string, id: string, change: Pick<ViewRow, "name" | "condition" | "updated_at">): Promise<ViewRow | undefined> {
  return tx.updateTable("views").set(change).where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

/** Deletes one and answers what it was. */
export async function deleteViewRow(tx: Write, workspaceId: string, id: string): Promise<ViewRow | undefined> {
  return tx.deleteFrom("views").where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

/** Newest first, archived ones left out. */
export async function selectContactsBefore(db: Read, { workspaceId, before, limit }: Page): Promise<ContactRow[]> {
  const query = db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("archived_at", "is", null).orderBy("id", "desc").limit(limit);
  return (before === undefined ? query : query.where("id", "<", before)).execute();
}
