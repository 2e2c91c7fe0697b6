import type { MigrationSql } from "./index.ts";

/**
 * What a visitor or session sums up is read from the signals: kept beside them, every signal dirtied more pages of its
 * commit. A session says what its visitor's row needs, so that the row can be written later. From a visitor to its
 * signals leads a table of its own on SQLite, which may lag behind the signals (sqlite/behind.ts), and an index on PostgreSQL.
 */
export const visitsFromSignals: MigrationSql = ({ dialect, small }) => [
  "DROP INDEX sessions_by_visitor",
  "ALTER TABLE sessions DROP COLUMN last_at",
  "ALTER TABLE sessions DROP COLUMN signals",
  "ALTER TABLE sessions ADD COLUMN mode TEXT NOT NULL DEFAULT 'identified'",
  "ALTER TABLE sessions ADD COLUMN bot TEXT",
  "ALTER TABLE visitors DROP COLUMN signals",
  ...(dialect === "postgres"
    ? ["CREATE VIEW visitor_signals AS SELECT workspace_id, visitor_id, id AS signal_id FROM signals WHERE visitor_id IS NOT NULL"]
    : [
        small("visitor_signals", "workspace_id TEXT NOT NULL, visitor_id TEXT NOT NULL, signal_id TEXT NOT NULL, PRIMARY KEY (workspace_id, visitor_id, signal_id)"),
        small("visitor_signals_mark", "id INTEGER NOT NULL PRIMARY KEY, rowid_done INTEGER NOT NULL"),
        "INSERT INTO visitor_signals SELECT workspace_id, visitor_id, id FROM signals WHERE visitor_id IS NOT NULL",
        "INSERT INTO visitor_signals_mark SELECT 1, coalesce(max(rowid), 0) FROM signals",
        "DROP INDEX signals_by_visitor",
      ]),
];
