import type { MigrationSql } from "./index.ts";

/** Saved views: a name and the condition that contacts have to fulfil. */
export const views: MigrationSql = ({ small }) => [
  small("views", "workspace_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, condition TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)"),
];
