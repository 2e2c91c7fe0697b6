import { sql } from "kysely";
import type { PlannedGroup, VisitorDelta, VisitorState } from "../ingest.ts";
import type { Write } from "../store.ts";
import type { SignalRow, Tables } from "../tables.ts";
import type { Session } from "./database.ts";
import { saidOf } from "./planned-rows.ts";

/**
 * A transaction of ingest. Its statements stay prepared while the tables grow, so a plan made for empty tables
 * must already go by the indexes.
 */
export const beginIngest = "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";

export const storedChannel = "owlbound_stored";

/** Rows go as one JSON text a table: one statement, prepared once, for groups of any size. */
const rowsOf = (table: keyof Tables, parameter: number) => `SELECT * FROM json_populate_recordset(NULL::${table}, $${parameter}::json)`;

const claimSql = `INSERT INTO message_keys AS k ${rowsOf("message_keys", 1)}
  ON CONFLICT (workspace_id, message_id) DO UPDATE SET signal_id = k.signal_id RETURNING workspace_id, message_id, signal_id`;

const lockSql = `INSERT INTO visitors AS v ${rowsOf("visitors", 1)}
  ON CONFLICT (workspace_id, id) DO UPDATE SET last_seen_at = v.last_seen_at RETURNING workspace_id, id, session_id, last_seen_at, contact_id, sessions, company_id`;

const writeSql = `WITH
  signal AS (INSERT INTO signals ${rowsOf("signals", 1)}),
  visitor AS (INSERT INTO visitors AS v ${rowsOf("visitors", 2)} ON CONFLICT (workspace_id, id) DO UPDATE SET
    session_id = excluded.session_id, last_seen_at = GREATEST(v.last_seen_at, excluded.last_seen_at),
    sessions = excluded.sessions, company_id = CASE WHEN excluded.session_id > v.session_id THEN excluded.company_id ELSE v.company_id END),
  session AS (INSERT INTO sessions ${rowsOf("sessions", 3)}),
  use AS (INSERT INTO usage_ledger ${rowsOf("usage_ledger", 4)}),
  batch AS (INSERT INTO signal_batches ${rowsOf("signal_batches", 5)}),
  job AS (INSERT INTO jobs ${rowsOf("jobs", 6)}),
  hour AS (INSERT INTO signal_hours AS h ${rowsOf("signal_hours", 7)} ON CONFLICT (workspace_id, hour, type, priority) DO UPDATE SET
    count = h.count + excluded.count),
  outcome AS (INSERT INTO ingest_hours AS o ${rowsOf("ingest_hours", 8)} ON CONFLICT (workspace_id, hour, key_id, outcome) DO UPDATE SET
    count = o.count + excluded.count)
  SELECT pg_current_xact_id()::text AS xid, pg_backend_pid() AS pid,
    (SELECT count(pg_notify('${storedChannel}', said)) FROM json_array_elements_text($9::json) said) AS said`;

const routedSql = `WITH done AS (${rowsOf("signal_batches", 1)}),
  mark AS (UPDATE signal_batches b SET routed_at = done.routed_at FROM done WHERE b.workspace_id = done.workspace_id AND b.id = done.id)
  DELETE FROM jobs j USING done WHERE j.workspace_id = done.workspace_id AND j.id = done.id`;

export interface GroupRows {
  signals: readonly SignalRow[];
  visitors: readonly VisitorDelta[];
  sessions: readonly Tables["sessions"][];
  usage: readonly Tables["usage_ledger"][];
  batches: readonly Tables["signal_batches"][];
  jobs: readonly Tables["jobs"][];
  hours: Iterable<Tables["signal_hours"]>;
  outcomes: Iterable<Tables["ingest_hours"]>;
  said: readonly string[];
}

/** Every node locks rows in the same order, so that two groups never wait for each other. */
const inOrder = <T>(rows: Iterable<T>, keyOf: (row: T) => string): T[] =>
  [...rows].map((row) => ({ row, key: keyOf(row) })).toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);

/** Claims each messageId, or answers the signal that holds it, by workspace and messageId. */
export async function claimMessages(session: Session, rows: Iterable<Tables["message_keys"]>): Promise<Map<string, string>> {
  const ordered = inOrder(rows, (r) => r.workspace_id + r.message_id);
  if (ordered.length === 0) return new Map();
  const answer = await session.query(claimSql, [JSON.stringify(ordered)], "owlbound_claim");
  return new Map((answer.rows as Tables["message_keys"][]).map((r) => [r.workspace_id + r.message_id, r.signal_id]));
}

/** Locks the visitors, new ones included, until the transaction ends; a new one has an empty session. */
export async function lockVisitors(session: Session, rows: Iterable<Tables["visitors"]>): Promise<Map<string, VisitorState>> {
  const ordered = inOrder(rows, (r) => r.workspace_id + r.id);
  if (ordered.length === 0) return new Map();
  const answer = await session.query(lockSql, [JSON.stringify(ordered)], "owlbound_lock");
  return new Map((answer.rows as Tables["visitors"][]).map((r) => [r.workspace_id + r.id, r]));
}

/** Writes everything the plan summed up; the hours, which all nodes share, last, so that they are held shortly. */
export async function writeRows(session: Session, group: GroupRows): Promise<{ xid: string; pid: number }> {
  const visitors = group.visitors.map((v) => ({ ...v, ...v.state, state: undefined }));
  const parameters = [
    group.signals,
    visitors,
    group.sessions,
    group.usage,
    group.batches,
    group.jobs,
    inOrder(group.hours, (h) => `${h.workspace_id} ${h.hour} ${h.type} ${h.priority}`),
    inOrder(group.outcomes, (o) => `${o.workspace_id} ${o.hour} ${o.key_id} ${o.outcome}`),
    group.said,
  ];
  const { rows } = await session.query(writeSql, parameters.map((p) => JSON.stringify(p)), "owlbound_write");
  return rows[0] as { xid: string; pid: number };
}

/** Tells other nodes of batches that a transaction stores past ingest; they hear it after its commit. */
export async function notifyStored(tx: Write, batches: PlannedGroup["batches"]): Promise<void> {
  for (const said of saidOf({ batches })) await sql`SELECT pg_notify(${storedChannel}, ${said})`.execute(tx);
}

/** Marks batches routed and removes their jobs. */
export async function markRows(session: Session, routed: readonly { workspaceId: string; batchId: string }[], now: number): Promise<void> {
  if (routed.length === 0) return;
  const rows = routed.map((r) => ({ workspace_id: r.workspaceId, id: r.batchId, routed_at: now }));
  await session.query(routedSql, [JSON.stringify(inOrder(rows, (r) => r.workspace_id + r.id))], "owlbound_routed");
}
