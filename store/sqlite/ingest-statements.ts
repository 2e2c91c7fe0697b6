import type Database from "better-sqlite3";
import type { VisitorState } from "../ingest.ts";
import type { CreditCapRow } from "../tables-accounts.ts";
import type { SessionRow, SignalRow } from "../tables.ts";

/** The hot path's statements, prepared once. Positional binding: named binding costs a property walk per value. */
export function prepareIngest(db: Database.Database) {
  const signal = db.prepare(`INSERT INTO signals (workspace_id, id, type, priority, source, notes, data, contact_id, claimed_contact_id,
    message_id, visitor_id, session_id, key_id, batch_id, received_at, occurred_at, clock_flag, page_host, page_path, referrer_kind,
    referrer_name, utm, browser, os, device, country, bot, company_id, actioned_at)
    VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL)`);
  const session = db.prepare(`INSERT INTO sessions (workspace_id, id, visitor_id, started_at, entry_path, referrer_kind, mode, bot)
    VALUES (?,?,?,?,?,?,?,?)`);

  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    claimMessage: db.prepare("INSERT INTO message_keys (workspace_id, message_id, signal_id, day) VALUES (?,?,?,?) ON CONFLICT DO NOTHING"),
    dropMessage: db.prepare("DELETE FROM message_keys WHERE workspace_id = ? AND message_id = ?"),
    cap: db.prepare<[string], CreditCapRow>("SELECT * FROM credit_caps WHERE workspace_id = ?"),
    saveCap: db.prepare("UPDATE credit_caps SET period_start = ?, used = ? WHERE workspace_id = ?"),
    messageOwner: db.prepare<[string, string], string>("SELECT signal_id FROM message_keys WHERE workspace_id = ? AND message_id = ?").pluck(),
    // The row holds when the session started; the running session's last signal is the later one.
    visitor: db.prepare<[string, string], VisitorState>(`SELECT session_id, contact_id, sessions, company_id, max(last_seen_at, coalesce((SELECT s.received_at FROM visitor_signals i
      JOIN signals s ON s.workspace_id = i.workspace_id AND s.id = i.signal_id
      WHERE i.workspace_id = v.workspace_id AND i.visitor_id = v.id ORDER BY i.signal_id DESC LIMIT 1), 0)) AS last_seen_at
      FROM visitors v WHERE workspace_id = ? AND id = ?`),
    insertSignal: (r: SignalRow) =>
      signal.run(
        r.workspace_id, r.id, r.type, r.priority, r.source, r.notes, r.data, r.contact_id, r.claimed_contact_id,
        r.message_id, r.visitor_id, r.session_id, r.key_id, r.batch_id, r.received_at, r.occurred_at, r.clock_flag, r.page_host, r.page_path, r.referrer_kind,
        r.referrer_name, r.utm, r.browser, r.os, r.device, r.country, r.bot, r.company_id,
      ),
    insertSession: (s: SessionRow) => session.run(s.workspace_id, s.id, s.visitor_id, s.started_at, s.entry_path, s.referrer_kind, s.mode, s.bot),
    addHour: db.prepare(`INSERT INTO signal_hours (workspace_id, hour, type, priority, count) VALUES (?,?,?,?,?)
      ON CONFLICT (workspace_id, hour, type, priority) DO UPDATE SET count = count + excluded.count`),
    addOutcome: db.prepare(`INSERT INTO ingest_hours (workspace_id, hour, key_id, outcome, count) VALUES (?,?,?,?,?)
      ON CONFLICT (workspace_id, hour, key_id, outcome) DO UPDATE SET count = count + excluded.count`),
    addUsage: db.prepare("INSERT INTO usage_ledger (workspace_id, id, at, key_id, capability, calls, credits) VALUES (?,?,?,?,?,?,?)"),
    addBatch: db.prepare("INSERT INTO signal_batches (workspace_id, id, stored_at, signals, routed_at) VALUES (?,?,?,?,NULL)"),
    markBatch: db.prepare("UPDATE signal_batches SET routed_at = ? WHERE workspace_id = ? AND id = ?"),
    finishJob: db.prepare("DELETE FROM jobs WHERE workspace_id = ? AND id = ?"),
    addRouteJob: db.prepare(`INSERT INTO jobs (workspace_id, id, kind, payload, state, run_at, attempts, lease_until, last_error, created_at)
      VALUES (?,?,'route',?,'leased',?,1,?,NULL,?)`),
  };
}
