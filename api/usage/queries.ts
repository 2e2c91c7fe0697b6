import { sql } from "kysely";
import { idFloor, newId } from "../../core/id.ts";
import type { WindowState } from "../../core/rate-window.ts";
import type { Read, Write } from "../../store/store.ts";
import type { IdempotencyRow, Tables, UsageRow } from "../../store/tables.ts";
import type { CreditCapRow, UsageDayRow } from "../../store/tables-accounts.ts";

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

const dayMs = 86_400_000;

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

export async function findCap(db: Read | Write, workspaceId: string): Promise<CreditCapRow | undefined> {
  return db.selectFrom("credit_caps").selectAll().where("workspace_id", "=", workspaceId).executeTakeFirst();
}

export async function putCap(tx: Write, cap: CreditCapRow): Promise<void> {
  const { workspace_id: _, ...rest } = cap;
  await tx.insertInto("credit_caps").values(cap).onConflict((on) => on.column("workspace_id").doUpdateSet(rest)).execute();
}

export async function deleteCap(tx: Write, workspaceId: string): Promise<void> {
  await tx.deleteFrom("credit_caps").where("workspace_id", "=", workspaceId).execute();
}

/** Credits of the entries made at or after a moment (epoch ms). */
export async function sumCreditsSince(db: Read | Write, workspaceId: string, since: number): Promise<number> {
  const row = await db
    .selectFrom("usage_ledger")
    .select((eb) => eb.fn.sum<number | null>("credits").as("credits"))
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(since))
    .where("at", ">=", since)
    .executeTakeFirst();
  return Number(row?.credits ?? 0);
}

export interface UsageSum {
  /** Start of the UTC day, epoch ms. */
  day: number;
  keyId: string;
  capability: string;
  calls: number;
  credits: number;
}

interface Span {
  from: number;
  to: number;
}

/** Sums of the ledger's own entries in a span, by day, key and capability. */
export async function sumLedger(db: Read, workspaceId: string, { from, to }: Span): Promise<UsageSum[]> {
  const day = sql<number>`at - at % ${sql.lit(dayMs)}`;
  const rows = await db
    .selectFrom("usage_ledger")
    .select((eb) => [day.as("day"), "key_id", "capability", eb.fn.sum<number>("calls").as("calls"), eb.fn.sum<number>("credits").as("credits")])
    .where("workspace_id", "=", workspaceId)
    .where("id", ">=", idFloor(from))
    .where("id", "<", idFloor(to + idsAheadMs))
    .where("at", ">=", from)
    .where("at", "<", to)
    .groupBy([day, "key_id", "capability"])
    .execute();
  return rows.map(toSum);
}

/** Sums of whole days that were summed up before. */
export async function selectDays(db: Read, workspaceId: string, { from, to }: Span): Promise<UsageSum[]> {
  const rows = await db.selectFrom("usage_days").selectAll().where("workspace_id", "=", workspaceId).where("day", ">=", from).where("day", "<", to).execute();
  return rows.map(toSum);
}

const toSum = (row: Omit<UsageDayRow, "workspace_id">): UsageSum => ({ day: Number(row.day), keyId: row.key_id, capability: row.capability, calls: Number(row.calls), credits: Number(row.credits) });

/** Up to which moment (epoch ms, a day's start) the days are summed up. */
export async function findSummedUntil(db: Read, workspaceId: string): Promise<number | undefined> {
  return (await db.selectFrom("usage_sums").select("until").where("workspace_id", "=", workspaceId).executeTakeFirst())?.until;
}

export async function firstUsageAt(db: Read, workspaceId: string): Promise<number | undefined> {
  return (await db.selectFrom("usage_ledger").select("at").where("workspace_id", "=", workspaceId).orderBy("id").limit(1).executeTakeFirst())?.at;
}

/** Puts a day's sums in the place of those that are there, and says that the days are complete until its end. */
export async function replaceDay(tx: Write, workspaceId: string, { from, to }: Span, sums: readonly UsageSum[]): Promise<void> {
  // First, so that two nodes come one after the other.
  await tx
    .insertInto("usage_sums")
    .values({ workspace_id: workspaceId, until: to })
    .onConflict((on) => on.column("workspace_id").doUpdateSet({ until: to }).where("usage_sums.until", "<", to))
    .execute();
  await tx.deleteFrom("usage_days").where("workspace_id", "=", workspaceId).where("day", "=", from).execute();
  for (const { day, keyId, capability, calls, credits } of sums) {
    await tx.insertInto("usage_days").values({ workspace_id: workspaceId, day, key_id: keyId, capability, calls, credits }).execute();
  }
}

/** Entries, newest first. */
export async function selectLedger(
  db: Read,
  filter: { workspaceId: string; limit: number; before: string | undefined; keyId?: string | undefined; capability?: string | undefined; from?: number | undefined; to?: number | undefined },
): Promise<UsageRow[]> {
  let query = db.selectFrom("usage_ledger").selectAll().where("workspace_id", "=", filter.workspaceId);
  if (filter.before !== undefined) query = query.where("id", "<", filter.before);
  if (filter.keyId !== undefined) query = query.where("key_id", "=", filter.keyId);
  if (filter.capability !== undefined) query = query.where("capability", "=", filter.capability);
  if (filter.from !== undefined) query = query.where("id", ">=", idFloor(filter.from)).where("at", ">=", filter.from);
  if (filter.to !== undefined) query = query.where("id", "<", idFloor(filter.to + idsAheadMs)).where("at", "<", filter.to);
  return query.orderBy("id", "desc").limit(filter.limit).execute();
}
