import type { MigrationSql } from "./index.ts";

/**
 * What a visitor or session sums up is read from the signals: kept beside them, every signal dirtied two more pages
 * of its commit. A visitor's sessions are found by its signals too.
 */
export const sumsFromSignals: MigrationSql = () => [
  "DROP INDEX sessions_by_visitor",
  "ALTER TABLE sessions DROP COLUMN last_at",
  "ALTER TABLE sessions DROP COLUMN signals",
  "ALTER TABLE visitors DROP COLUMN signals",
];
