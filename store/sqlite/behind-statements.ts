import type Database from "better-sqlite3";
import type { VisitorDelta } from "../ingest.ts";

/** All may run twice: rows that are there stay, a visitor's state only grows. */
export function prepareBehind(db: Database.Database) {
  const visitor = db.prepare(`INSERT INTO visitors (workspace_id, id, mode, contact_id, session_id, first_seen_at, last_seen_at, sessions, bot, company_id)
    VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (workspace_id, id) DO UPDATE SET session_id = max(session_id, excluded.session_id),
    company_id = CASE WHEN excluded.session_id > session_id THEN excluded.company_id ELSE company_id END,
    last_seen_at = max(last_seen_at, excluded.last_seen_at), sessions = max(sessions, excluded.sessions)`);
  const mark = db.prepare<[], number>("SELECT rowid_done FROM visitor_signals_mark").pluck();
  const setMark = db.prepare("UPDATE visitor_signals_mark SET rowid_done = max(rowid_done, ?)");
  const recoverSignals = db.prepare(`INSERT INTO visitor_signals (workspace_id, visitor_id, signal_id)
    SELECT workspace_id, visitor_id, id FROM signals WHERE rowid > ? AND visitor_id IS NOT NULL ON CONFLICT DO NOTHING`);
  const recoverVisitors = db.prepare(`INSERT INTO visitors (workspace_id, id, mode, contact_id, session_id, first_seen_at, last_seen_at, sessions, bot)
    SELECT s.workspace_id, s.visitor_id, s.mode, NULL, max(s.id), min(s.started_at), max(s.started_at), count(*) + coalesce(max(v.sessions), 0), s.bot
    FROM sessions s LEFT JOIN visitors v ON v.workspace_id = s.workspace_id AND v.id = s.visitor_id
    WHERE (s.workspace_id, s.id) IN (SELECT workspace_id, session_id FROM signals WHERE rowid > ? AND session_id IS NOT NULL)
      AND s.id > coalesce(v.session_id, '') GROUP BY s.workspace_id, s.visitor_id
    ON CONFLICT (workspace_id, id) DO UPDATE SET session_id = excluded.session_id, company_id = NULL,
    last_seen_at = max(last_seen_at, excluded.last_seen_at), sessions = excluded.sessions`);

  return {
    lastRowid: () => db.prepare<[], number>("SELECT coalesce(max(rowid), 0) FROM signals").pluck().get() ?? 0,
    /** Writes what a crash left out after the mark, and answers the new mark. */
    recover: (lastRowid: number): number => {
      const from = mark.get() ?? 0;
      if (from >= lastRowid) return from;
      db.transaction(() => {
        recoverSignals.run(from);
        recoverVisitors.run(from);
        setMark.run(lastRowid);
      }).immediate();
      return lastRowid;
    },
    setMark,
    addSignal: db.prepare("INSERT INTO visitor_signals (workspace_id, visitor_id, signal_id) VALUES (?,?,?) ON CONFLICT DO NOTHING"),
    upsertVisitor: (v: VisitorDelta) =>
      visitor.run(v.workspace_id, v.id, v.mode, v.state.contact_id, v.state.session_id, v.first_seen_at, v.state.last_seen_at, v.state.sessions, v.bot, v.state.company_id),
  };
}
