import { idFloor, newId } from "../../core/id.ts";
import type { WindowState } from "../../core/rate-window.ts";
import type { Read, Write } from "../../store/store.ts";
import type { IdempotencyRow, Tables } from "../../store/tables.ts";

export async function findWindow(db: Read, workspaceId: string, bucket: string): Promise<WindowState | undefined> {
  const row = await db.selectFrom("rate_windows").select("state").where("workspace_id", "=", workspaceId).where("bucket", "=", bucket).executeTakeFirst();
  return row && (JSON.parse(row.state) as WindowState);
}

/** The state, locked until the transaction ends (PostgreSQL: the row is made first, so that there is something to lock). */
export async function lockWindow(db: Write, workspaceId: string, bucket: string): Promise<WindowState | undefined> {
  await db
    .insertInto("rate_windows")
    .values({ workspace_id: workspaceId, bucket, state: "", expires_at: 0 })
    .onConflict((on) => on.columns(["workspace_id", "bucket"]).doNothing())
    .execute();
  const row = await db.selectFrom("rate_windows").select("state").where("workspace_id", "=", workspaceId).where("bucket", "=", bucket).forUpdate().executeTakeFirst();
  return row && row.state !== "" ? (JSON.parse(row.state) as WindowState) : undefined;
}

export async function saveWindow(db: Write, workspaceId: string, bucket: string, state: WindowState, expiresAt: number): Promise<void> {
  const text = JSON.stringify(state);
  await db
    .insertInto("rate_windows")
    .values({ workspace_id: workspaceId, bucket, state: text, expires_at: expiresAt })
    .onConflict((on) => on.columns(["workspace_id", "bucket"]).doUpdateSet({ state: text, expires_at: expiresAt }))
    .execute();
}

export async function deleteExpiredWindows(db: Write, now: number): Promise<void> {
  await db.deleteFrom("rate_windows").where("expires_at", "<", now).execute();
}

/** One ledger entry: `calls` calls of a capability by a key. */
export async function insertUsage(
  db: Write,
  entry: { workspaceId: string; keyId: string; capability: string; at: number; calls: number; credits: number },
): Promise<void> {
  await db
    .insertInto("usage_ledger")
    .values({ workspace_id: entry.workspaceId, id: newId(entry.at), at: entry.at, key_id: entry.keyId, capability: entry.capability, calls: entry.calls, credits: entry.credits })
    .execute();
}

/** Claims an idempotency key; false when it is taken. A claim left unfinished by a crash is taken over after `staleAt`. */
export async function claimIdempotencyKey(db: Write, row: IdempotencyRow, staleAt: number): Promise<boolean> {
  await db
    .deleteFrom("idempotency_keys")
    .where("workspace_id", "=", row.workspace_id)
    .where("scope", "=", row.scope)
    .where("key", "=", row.key)
    .where((eb) => eb.or([eb("created_at", "<", row.created_at - 86_400_000), eb.and([eb("status", "is", null), eb("created_at", "<", staleAt)])]))
    .execute();
  const made = await db
    .insertInto("idempotency_keys")
    .values(row)
    .onConflict((on) => on.columns(["workspace_id", "scope", "key"]).doNothing())
    .executeTakeFirst();
  return (made.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function findIdempotencyKey(db: Read | Write, workspaceId: string, scope: string, key: string): Promise<IdempotencyRow | undefined> {
  return db.selectFrom("idempotency_keys").selectAll().where("workspace_id", "=", workspaceId).where("scope", "=", scope).where("key", "=", key).executeTakeFirst();
}

export async function finishIdempotencyKey(db: Write, id: { workspaceId: string; scope: string; key: string }, status: number, answer: string): Promise<void> {
  await db
    .updateTable("idempotency_keys")
    .set({ status, answer })
    .where("workspace_id", "=", id.workspaceId)
    .where("scope", "=", id.scope)
    .where("key", "=", id.key)
    .execute();
}

export async function dropIdempotencyKey(db: Write, id: { workspaceId: string; scope: string; key: string }): Promise<void> {
  await db.deleteFrom("idempotency_keys").where("workspace_id", "=", id.workspaceId).where("scope", "=", id.scope).where("key", "=", id.key).execute();
}

export async function purgeIdempotencyKeys(db: Write, before: number): Promise<void> {
  await db.deleteFrom("idempotency_keys").where("created_at", "<", before).execute();
}

/** What became of what the collector received in an hour (its start, epoch ms). */
export async function selectHourOutcomes(db: Read, workspaceId: string, hour: number): Promise<Pick<Tables["ingest_hours"], "key_id" | "outcome" | "count">[]> {
  return db.selectFrom("ingest_hours").select(["key_id", "outcome", "count"]).where("workspace_id", "=", workspaceId).where("hour", "=", hour).execute();
}

/** How far ids may run ahead of the time of receipt, when a clock is set back. */
const idsAheadMs = 3_600_000;

/** Signals of each key that were received from one moment until another (epoch ms). */
export async function countRowsByKey(db: Read, workspaceId: string, from: number, until: number): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("signals")
    .select((eb) => ["key_id", eb.fn.countAll<number>().as("n")])
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(from))
    .where("id", "<", idFloor(until + idsAheadMs))
    .where("received_at", ">=", from)
    .where("received_at", "<", until)
    .groupBy("key_id")
    .execute();
  return new Map(rows.map((row) => [row.key_id, Number(row.n)]));
}
