import type { MigrationSql } from "./index.ts";

/** Connectors with sealed secrets, what is known of their far sides, their calls, and a check of the key that seals. */
export const connectors: MigrationSql = ({ wide, small }) => [
  wide(
    "connectors",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, integration TEXT NOT NULL, name TEXT NOT NULL, enabled INTEGER NOT NULL, target TEXT, config TEXT NOT NULL,
     secrets TEXT NOT NULL, credentials_at INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, archived_at INTEGER,
     PRIMARY KEY (workspace_id, id)`,
  ),
  small(
    "connector_states",
    `workspace_id TEXT NOT NULL, connector_id TEXT NOT NULL, failures INTEGER NOT NULL, alarmed INTEGER NOT NULL, not_before INTEGER, open_until INTEGER,
     last_success_at INTEGER, last_error_at INTEGER, last_error_kind TEXT, last_error TEXT, PRIMARY KEY (workspace_id, connector_id)`,
  ),
  small(
    "connector_calls",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, connector_id TEXT NOT NULL, at INTEGER NOT NULL, action TEXT NOT NULL, ok INTEGER NOT NULL,
     kind TEXT, ms INTEGER NOT NULL, reason TEXT, PRIMARY KEY (workspace_id, connector_id, id)`,
  ),
  small("seal_check", "id INTEGER NOT NULL PRIMARY KEY, sealed TEXT NOT NULL"),
];
