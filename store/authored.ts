import type { Read, Write } from "./store.ts";
import type { AuthoredRow } from "./tables-outreach.ts";

/** What people author and other things run by: one row, and a version for each save. */
export type Kind = "sequences" | "workflows" | "icp_profiles";
export type Saved = AuthoredRow & { definition: string };
const versionsOf = { sequences: "sequence_versions", workflows: "workflow_versions", icp_profiles: "icp_profile_versions" } as const;

export async function insertAuthored(tx: Write, kind: Kind, { definition, ...row }: Saved): Promise<void> {
  await tx.insertInto(kind).values(row).execute();
  await tx.insertInto(versionsOf[kind]).values({ workspace_id: row.workspace_id, of_id: row.id, version: row.version, definition, created_at: row.created_at }).execute();
}

/** With the definition of its current version. */
export async function findAuthored(db: Read | Write, kind: Kind, workspaceId: string, id: string): Promise<Saved | undefined> {
  const row = await db.selectFrom(kind).selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
  if (!row) return undefined;
  return { ...row, definition: await getDefinition(db, kind, workspaceId, id, row.version) };
}

/** As `findAuthored`, and nobody else changes the row until the transaction ends. */
export async function lockAuthored(tx: Write, kind: Kind, workspaceId: string, id: string): Promise<Saved | undefined> {
  // An update locks on both databases; it changes nothing.
  await tx.updateTable(kind).set((eb) => ({ version: eb.ref("version") })).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
  return findAuthored(tx, kind, workspaceId, id);
}

export async function getDefinition(db: Read | Write, kind: Kind, workspaceId: string, id: string, version: number): Promise<string> {
  const found = await db.selectFrom(versionsOf[kind]).select("definition").where("workspace_id", "=", workspaceId).where("of_id", "=", id).where("version", "=", version).executeTakeFirstOrThrow();
  return found.definition;
}

/** Changes a locked row; a definition becomes the next version. */
export async function saveAuthored(tx: Write, kind: Kind, row: Saved, change: Partial<Pick<AuthoredRow, "name" | "status" | "archived_at">> & { definition?: string }, now: number): Promise<Saved> {
  const { definition, ...set } = change;
  const version = definition === undefined ? row.version : row.version + 1;
  await tx.updateTable(kind).set({ ...set, version, updated_at: now }).where("workspace_id", "=", row.workspace_id).where("id", "=", row.id).execute();
  if (definition !== undefined) await tx.insertInto(versionsOf[kind]).values({ workspace_id: row.workspace_id, of_id: row.id, version, definition, created_at: now }).execute();
  return { ...row, ...change, version, updated_at: now };
}

/** A page, newest first. */
export async function selectAuthored(
  db: Read,
  kind: Kind,
  page: { workspaceId: string; limit: number; before: string | undefined; status: AuthoredRow["status"] | undefined; includeArchived: boolean },
): Promise<AuthoredRow[]> {
  let query = db.selectFrom(kind).selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  if (!page.includeArchived) query = query.where("archived_at", "is", null);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}
