import { sql, type Transaction } from "kysely";
import { newId } from "../../core/id.ts";
import { dayOf, type NewSignal, type PlannedGroup, type VisitorState } from "../ingest.ts";
import type { SignalRow, Tables } from "../tables.ts";

type Tx = Transaction<Tables>;

/** The process that stored a batch routes it; another may take over after this. */
const routeLeaseMs = 60_000;

export const visitorKey = (workspaceId: string, visitorId: string) => `${workspaceId} ${visitorId}`;

const byKey = <T>(key: (value: T) => string) => (a: T, b: T) => (key(a) < key(b) ? -1 : 1);

/** Who owns each messageId after this: the signal of this group, or the one that came before. Sorted, so that nodes never deadlock. */
export async function claimMessages(tx: Tx, items: readonly NewSignal[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  const claims = new Map<string, Tables["message_keys"]>();
  for (const { row } of items) {
    if (row.message_id === null) continue;
    const key = `${row.workspace_id} ${row.message_id}`;
    if (!claims.has(key)) claims.set(key, { workspace_id: row.workspace_id, message_id: row.message_id, signal_id: row.id, day: dayOf(row.received_at) });
  }
  if (claims.size === 0) return owners;
  const sorted = [...claims.values()].toSorted(byKey((claim) => `${claim.workspace_id} ${claim.message_id}`));
  await tx
    .insertInto("message_keys")
    .values(sorted)
    .onConflict((on) => on.columns(["workspace_id", "message_id"]).doNothing())
    .execute();
  const workspaces = [...new Set(sorted.map((claim) => claim.workspace_id))];
  const rows = await tx
    .selectFrom("message_keys")
    .select(["workspace_id", "message_id", "signal_id"])
    .where("workspace_id", "in", workspaces)
    .where("message_id", "in", sorted.map((claim) => claim.message_id))
    .execute();
  for (const row of rows) owners.set(`${row.workspace_id} ${row.message_id}`, row.signal_id);
  return owners;
}

/** The visitors of a group, locked in one order, so that two nodes agree on their sessions. */
export async function lockVisitors(tx: Tx, items: readonly NewSignal[]): Promise<Map<string, VisitorState>> {
  const ids = [...new Set(items.flatMap(({ row }) => (row.visitor_id === null ? [] : [row.visitor_id])))];
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom("visitors")
    .select(["workspace_id", "id", "session_id", "last_seen_at", "contact_id"])
    .where("workspace_id", "in", [...new Set(items.map(({ row }) => row.workspace_id))])
    .where("id", "in", ids)
    .orderBy("workspace_id")
    .orderBy("id")
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [visitorKey(row.workspace_id, row.id), row]));
}

export async function insertSignals(tx: Tx, rows: readonly SignalRow[]): Promise<void> {
  if (rows.length > 0) await tx.insertInto("signals").values([...rows]).execute();
}

export async function writeSums(tx: Tx, plan: PlannedGroup): Promise<void> {
  const visitors = [...plan.visitors.values()].toSorted(byKey((v) => visitorKey(v.workspace_id, v.id)));
  if (visitors.length > 0) {
    await tx
      .insertInto("visitors")
      .values(visitors.map(({ state, ...v }) => ({ ...v, ...state })))
      .onConflict((on) =>
        on.columns(["workspace_id", "id"]).doUpdateSet({
          session_id: sql`excluded.session_id`,
          last_seen_at: sql`greatest(visitors.last_seen_at, excluded.last_seen_at)`,
          signals: sql`visitors.signals + excluded.signals`,
          sessions: sql`visitors.sessions + excluded.sessions`,
        }),
      )
      .execute();
  }
  const sessions = [...plan.sessions.values()].toSorted(byKey((s) => s.id));
  if (sessions.length > 0) {
    await tx
      .insertInto("sessions")
      .values(sessions)
      .onConflict((on) =>
        on.columns(["workspace_id", "id"]).doUpdateSet({
          last_at: sql`greatest(sessions.last_at, excluded.last_at)`,
          signals: sql`sessions.signals + excluded.signals`,
        }),
      )
      .execute();
  }
  await writeCounts(tx, plan);
  await writeBatches(tx, plan);
}

async function writeCounts(tx: Tx, plan: PlannedGroup): Promise<void> {
  const hours = [...plan.hours.entries()].toSorted(byKey(([key]) => key)).map(([, row]) => row);
  if (hours.length > 0) {
    await tx
      .insertInto("signal_hours")
      .values(hours)
      .onConflict((on) => on.columns(["workspace_id", "hour", "type", "priority"]).doUpdateSet({ count: sql`signal_hours.count + excluded.count` }))
      .execute();
  }
  const outcomes = [...plan.outcomes.entries()].toSorted(byKey(([key]) => key)).map(([, row]) => row);
  if (outcomes.length > 0) {
    await tx
      .insertInto("ingest_hours")
      .values(outcomes)
      .onConflict((on) => on.columns(["workspace_id", "hour", "key_id", "outcome"]).doUpdateSet({ count: sql`ingest_hours.count + excluded.count` }))
      .execute();
  }
  const usage = [...plan.usage.values()].map((u) => ({ ...u, id: newId(u.at) }));
  if (usage.length > 0) await tx.insertInto("usage_ledger").values(usage).execute();
}

async function writeBatches(tx: Tx, plan: PlannedGroup): Promise<void> {
  if (plan.batches.length === 0) return;
  await tx
    .insertInto("signal_batches")
    .values(plan.batches.map((b) => ({ workspace_id: b.workspaceId, id: b.batchId, stored_at: b.storedAt, signals: b.signalIds.length, routed_at: null })))
    .execute();
  await tx
    .insertInto("jobs")
    .values(
      plan.batches.map((b) => ({
        workspace_id: b.workspaceId,
        id: b.batchId,
        kind: "route",
        payload: JSON.stringify(b.signalIds),
        state: "leased" as const,
        run_at: b.storedAt,
        attempts: 1,
        lease_until: b.storedAt + routeLeaseMs,
        last_error: null,
        created_at: b.storedAt,
      })),
    )
    .execute();
}
