import type { MigrationSql } from "./index.ts";

/** When keys were last used, caps on credits with their counters, and the ledger summed up by day. */
export const accounts: MigrationSql = ({ small }) => [
  small("key_uses", "workspace_id TEXT NOT NULL, key_id TEXT NOT NULL, last_used_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, key_id)"),
  small(
    "credit_caps",
    "workspace_id TEXT NOT NULL PRIMARY KEY, credits INTEGER NOT NULL, period TEXT NOT NULL, period_start INTEGER NOT NULL, used INTEGER NOT NULL",
  ),
  small(
    "usage_days",
    `workspace_id TEXT NOT NULL, day INTEGER NOT NULL, key_id TEXT NOT NULL, capability TEXT NOT NULL, calls INTEGER NOT NULL,
     credits INTEGER NOT NULL, PRIMARY KEY (workspace_id, day, key_id, capability)`,
  ),
  small("usage_sums", "workspace_id TEXT NOT NULL PRIMARY KEY, until INTEGER NOT NULL"),
  "CREATE INDEX audit_by_action ON audit (workspace_id, action, id)",
];
