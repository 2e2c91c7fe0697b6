import type { MigrationSql } from "./index.ts";

/** Files that contacts are imported from. */
export const imports: MigrationSql = ({ wide, small }) => [
  small(
    "imports",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, filename TEXT, status TEXT NOT NULL, on_duplicate TEXT NOT NULL, columns TEXT NOT NULL,
     delimiter TEXT NOT NULL, bytes INTEGER NOT NULL, read_bytes INTEGER NOT NULL, read_line INTEGER NOT NULL, rows INTEGER NOT NULL,
     done INTEGER NOT NULL, revision INTEGER NOT NULL, creates INTEGER NOT NULL, updates INTEGER NOT NULL, skips INTEGER NOT NULL,
     rejects INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, skipped INTEGER NOT NULL, rejected INTEGER NOT NULL,
     changed INTEGER NOT NULL, error TEXT, created_at INTEGER NOT NULL, committed_at INTEGER, finished_at INTEGER, expires_at INTEGER NOT NULL,
     rows_purged_at INTEGER, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX imports_by_expiry ON imports (expires_at) WHERE rows_purged_at IS NULL",
  wide("import_pieces", "workspace_id TEXT NOT NULL, import_id TEXT NOT NULL, start INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (workspace_id, import_id, start)"),
  small(
    "import_rows",
    `workspace_id TEXT NOT NULL, import_id TEXT NOT NULL, n INTEGER NOT NULL, line INTEGER NOT NULL, cells TEXT NOT NULL, outcome TEXT,
     reasons TEXT NOT NULL, contact_id TEXT, result TEXT, PRIMARY KEY (workspace_id, import_id, n)`,
  ),
  "CREATE INDEX import_rows_by_outcome ON import_rows (workspace_id, import_id, outcome, n)",
  small(
    "import_keys",
    `workspace_id TEXT NOT NULL, import_id TEXT NOT NULL, revision INTEGER NOT NULL, key TEXT NOT NULL, n INTEGER NOT NULL,
     PRIMARY KEY (workspace_id, import_id, revision, key)`,
  ),
];
