import { idFloor, newId } from "../../core/id.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ApiKeyRow, Plan, Tables, WorkspaceRow } from "../../store/tables.ts";

export type KeyWithWorkspace = ApiKeyRow & { workspace_name: string; plan: Plan; workspace_status: string };

/** The key that a digest belongs to, with its workspace. Two lookups by primary key. */
export async function findKeyByDigest(db: Read, digest: string): Promise<KeyWithWorkspace | undefined> {
  return db
    .selectFrom("key_lookup")
    .innerJoin("api_keys", (on) => on.onRef("api_keys.workspace_id", "=", "key_lookup.workspace_id").onRef("api_keys.id", "=", "key_lookup.key_id"))
    .innerJoin("workspaces", "workspaces.id", "api_keys.workspace_id")
    .where("key_lookup.digest", "=", digest)
    .selectAll("api_keys")
    .select(["workspaces.name as workspace_name", "workspaces.plan", "workspaces.status as workspace_status"])
    .executeTakeFirst();
}

export async function insertKey(db: Write, row: ApiKeyRow): Promise<void> {
  await db.insertInto("api_keys").values(row).execute();
  await db.insertInto("key_lookup").values({ digest: row.digest, workspace_id: row.workspace_id, key_id: row.id }).execute();
}

export async function findKey(db: Read | Write, workspaceId: string | undefined, id: string): Promise<ApiKeyRow | undefined> {
  let query = db.selectFrom("api_keys").selectAll().where("id", "=", id);
  if (workspaceId !== undefined) query = query.where("workspace_id", "=", workspaceId);
  return query.executeTakeFirst();
}

export async function listKeys(db: Read, workspaceId?: string): Promise<ApiKeyRow[]> {
  let query = db.selectFrom("api_keys").selectAll().orderBy("created_at").orderBy("id");
  if (workspaceId !== undefined) query = query.where("workspace_id", "=", workspaceId);
  return query.execute();
}

export async function updateKey(db: Write, row: Pick<ApiKeyRow, "workspace_id" | "id">, change: Partial<Pick<ApiKeyRow, "revoked_at" | "expires_at" | "rotated_to" | "allowed_origins">>): Promise<void> {
  await db.updateTable("api_keys").set(change).where("workspace_id", "=", row.workspace_id).where("id", "=", row.id).execute();
}

export async function insertWorkspace(db: Write, row: WorkspaceRow): Promise<void> {
  await db.insertInto("workspaces").values(row).execute();
}

export async function findWorkspace(db: Read, id: string): Promise<WorkspaceRow | undefined> {
  return db.selectFrom("workspaces").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function listWorkspaces(db: Read): Promise<WorkspaceRow[]> {
  return db.selectFrom("workspaces").selectAll().orderBy("created_at").orderBy("id").execute();
}

/** Adds an entry. Under an `id` that is there already nothing happens. */
export async function insertAudit(db: Write, entry: { id?: string; workspaceId: string; at: number; actor: string; action: string; detail: Record<string, unknown> }): Promise<void> {
  await db
    .insertInto("audit")
    .values({ workspace_id: entry.workspaceId, id: entry.id ?? newId(entry.at), at: entry.at, actor: entry.actor, action: entry.action, detail: JSON.stringify(entry.detail) })
    .onConflict((on) => on.columns(["workspace_id", "id"]).doNothing())
    .execute();
}

/** Entries of some actions since a moment (epoch ms), newest first, at most `limit`. */
export async function selectAudit(db: Read | Write, workspaceId: string, actions: readonly string[], since: number, limit: number): Promise<Tables["audit"][]> {
  return db
    .selectFrom("audit")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(since))
    .where("action", "in", actions)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}
