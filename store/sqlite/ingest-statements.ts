import type Database from "better-sqlite3";
import type { SessionDelta, VisitorDelta, VisitorState } from "../ingest.ts";
import type { SignalRow } from "../tables.ts";

/** The hot path's statements, prepared once. Positional binding: named binding costs a property walk per value. */
export function prepareIngest(db: Database.Database) {
  const signal = db.prepare(`INSERT INTO signals (workspace_id, id, type, priority, source, notes, data, contact_id, claimed_contact_id,
    message_id, visitor_id, session_id, key_id, batch_id, received_at, occurred_at, clock_flag, page_host, page_path, referrer_kind,
    referrer_name, utm, browser, os, device, country, bot, actioned_at)
    VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL)`);
  const visitor = db.prepare(`INSERT INTO visitors (workspace_id, id, mode, contact_id, session_id, first_seen_at, last_seen_at, signals, sessions, bot)
    VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (workspace_id, id) DO UPDATE SET session_id = excluded.session_id,
    last_seen_at = max(last_seen_at, excluded.last_seen_at), signals = signals + excluded.signals, sessions = sessions + excluded.sessions`);
  // Naming session_id in an update rewrites its index entry even when nothing changed, so the common case leaves it out.
  const sameSession = db.prepare("UPDATE visitors SET last_seen_at = max(last_seen_at, ?), signals = signals + ? WHERE workspace_id = ? AND id = ?");
  const session = db.prepare(`INSERT INTO sessions (workspace_id, id, visitor_id, started_at, last_at, signals, entry_path, referrer_kind)
    VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (workspace_id, id) DO UPDATE SET last_at = max(last_at, excluded.last_at), signals = signals + excluded.signals`);

  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    claimMessage: db.prepare("INSERT INTO message_keys (workspace_id, message_id, signal_id, day) VALUES (?,?,?,?) ON CONFLICT DO NOTHING"),
    messageOwner: db.prepare<[string, string], string>("SELECT signal_id FROM message_keys WHERE workspace_id = ? AND message_id = ?").pluck(),
    visitor: db.prepare<[string, string], VisitorState>("SELECT session_id, last_seen_at, contact_id FROM visitors WHERE workspace_id = ? AND id = ?"),
    insertSignal: (r: SignalRow) =>
      signal.run(
        r.workspace_id, r.id, r.type, r.priority, r.source, r.notes, r.data, r.contact_id, r.claimed_contact_id,
        r.message_id, r.visitor_id, r.session_id, r.key_id, r.batch_id, r.received_at, r.occurred_at, r.clock_flag, r.page_host, r.page_path, r.referrer_kind,
        r.referrer_name, r.utm, r.browser, r.os, r.device, r.country, r.bot,
      ),
    upsertVisitor: (v: VisitorDelta) =>
      v.sessions === 0
        ? sameSession.run(v.state.last_seen_at, v.signals, v.workspace_id, v.id)
        : visitor.run(v.workspace_id, v.id, v.mode, v.state.contact_id, v.state.session_id, v.first_seen_at, v.state.last_seen_at, v.signals, v.sessions, v.bot),
    upsertSession: (s: SessionDelta) =>
      session.run(s.workspace_id, s.id, s.visitor_id, s.started_at, s.last_at, s.signals, s.entry_path, s.referrer_kind),
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
