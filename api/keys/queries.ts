import { idFloor, newId } from "../../core/id.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { ApiKeyRow, Plan, Tables, WorkspaceRow } from "../../store/tables.ts";

export type KeyWithWorkspace = ApiKeyRow & { workspace_name: string; plan: Plan; workspace_status: string; cap: number | null };

/** The key that a digest belongs to, with its workspace. Lookups by primary key only. */
export async function findKeyByDigest(db: Read, digest: string): Promise<KeyWithWorkspace | undefined> {
  return db
    .selectFrom("key_lookup")
    .innerJoin("api_keys", (on) => on.onRef("api_keys.workspace_id", "=", "key_lookup.workspace_id").onRef("api_keys.id", "=", "key_lookup.key_id"))
    .innerJoin("workspaces", "workspaces.id", "api_keys.workspace_id")
    .leftJoin("credit_caps", "credit_caps.workspace_id", "api_keys.workspace_id")
    .where("key_lookup.digest", "=", digest)
    .selectAll("api_keys")
    .select(["workspaces.name as workspace_name", "workspaces.plan", "workspaces.status as workspace_status", "credit_caps.credits as cap"])
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

export async function updateKey(db: Write, row: Pick<ApiKeyRow, "workspace_id" | "id">, change: Partial<Omit<ApiKeyRow, "workspace_id" | "id" | "digest">>): Promise<void> {
  await db.updateTable("api_keys").set(change).where("workspace_id", "=", row.workspace_id).where("id", "=", row.id).execute();
}

/** Of a workspace's keys those that are named, held until the transaction ends: two that change each other come one after the other. */
export async function lockKeys(tx: Write, dialect: Store["dialect"], workspaceId: string, ids: readonly string[]): Promise<ApiKeyRow[]> {
  const query = tx.selectFrom("api_keys").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", ids).orderBy("id");
  return (dialect === "postgres" ? query.forUpdate() : query).execute();
}

export type KeyWithUse = ApiKeyRow & { last_used_at: number | null };

/** Newest first, with when they were last used. */
export async function selectKeys(db: Read | Write, filter: { workspaceId: string; id?: string | undefined; before?: string | undefined; limit: number }): Promise<KeyWithUse[]> {
  let query = db
    .selectFrom("api_keys")
    .leftJoin("key_uses", (on) => on.onRef("key_uses.workspace_id", "=", "api_keys.workspace_id").onRef("key_uses.key_id", "=", "api_keys.id"))
    .selectAll("api_keys")
    .select("key_uses.last_used_at")
    .where("api_keys.workspace_id", "=", filter.workspaceId);
  if (filter.id !== undefined) query = query.where("api_keys.id", "=", filter.id);
  if (filter.before !== undefined) query = query.where("api_keys.id", "<", filter.before);
  return query.orderBy("api_keys.id", "desc").limit(filter.limit).execute();
}

/** Keeps the later of the moments. */
export async function saveKeyUse(tx: Write, row: Tables["key_uses"]): Promise<void> {
  await tx
    .insertInto("key_uses")
    .values(row)
    .onConflict((on) => on.columns(["workspace_id", "key_id"]).doUpdateSet({ last_used_at: row.last_used_at }).where("key_uses.last_used_at", "<", row.last_used_at))
    .execute();
}

export async function updateWorkspace(tx: Write, id: string, change: Partial<Pick<WorkspaceRow, "plan">>): Promise<WorkspaceRow | undefined> {
  return tx.updateTable("workspaces").set(change).where("id", "=", id).returningAll().executeTakeFirst();
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
