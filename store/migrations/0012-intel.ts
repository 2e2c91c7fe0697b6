import type { MigrationSql } from "./index.ts";

/**
 * ICP profiles and scores, enrichment, website analyses, actions on signals. Each signal stands in exactly one of two indexes,
 * people's or bots', so that a list by type and priority costs ingest one entry; only what is not `medium`, the default, has a
 * second. Only a query that says `received_at >= 0` is served by them: a planner without statistics would choose them for
 * others, and sort whole types.
 */
export const intel: MigrationSql = ({ wide, small }) => [
  small(
    "icp_profiles",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL,
     created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, archived_at INTEGER, PRIMARY KEY (workspace_id, id)`,
  ),
  wide(
    "icp_profile_versions",
    `workspace_id TEXT NOT NULL, of_id TEXT NOT NULL, version INTEGER NOT NULL, definition TEXT NOT NULL, created_at INTEGER NOT NULL,
     PRIMARY KEY (workspace_id, of_id, version)`,
  ),
  small("icp_publications", "workspace_id TEXT NOT NULL, of_id TEXT NOT NULL, version INTEGER NOT NULL, published_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, of_id)"),
  wide(
    "contact_scores",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, contact_id TEXT NOT NULL, icp_profile_id TEXT NOT NULL, icp_version INTEGER NOT NULL,
     score INTEGER NOT NULL, verdict TEXT NOT NULL, breakdown TEXT NOT NULL, reasoning TEXT NOT NULL, model TEXT NOT NULL,
     scored_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX contact_scores_by_contact ON contact_scores (workspace_id, contact_id, icp_profile_id, id)",
  small("contact_activity", "workspace_id TEXT NOT NULL, contact_id TEXT NOT NULL, computed_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, contact_id)"),
  "CREATE INDEX contact_activity_oldest ON contact_activity (workspace_id, computed_at)",
  small("activity_marks", "workspace_id TEXT NOT NULL PRIMARY KEY, signal_id TEXT NOT NULL"),
  wide(
    "enrichment_jobs",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, contact_id TEXT NOT NULL, status TEXT NOT NULL, priority TEXT NOT NULL, force_refresh INTEGER NOT NULL,
     current_phase TEXT, completed_phases TEXT NOT NULL, errors TEXT NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER,
     PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX enrichment_jobs_by_contact ON enrichment_jobs (workspace_id, contact_id, id)",
  "CREATE UNIQUE INDEX enrichment_jobs_one_open ON enrichment_jobs (workspace_id, contact_id) WHERE status IN ('queued', 'running')",
  wide(
    "enrichment_values",
    `workspace_id TEXT NOT NULL, contact_id TEXT NOT NULL, field TEXT NOT NULL, provider TEXT NOT NULL, value TEXT NOT NULL, confidence REAL NOT NULL,
     found_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, contact_id, field, provider)`,
  ),
  small(
    "enrichment_waterfalls",
    `workspace_id TEXT NOT NULL, version INTEGER NOT NULL, definition TEXT NOT NULL, created_by TEXT NOT NULL, created_at INTEGER NOT NULL,
     PRIMARY KEY (workspace_id, version)`,
  ),
  wide(
    "website_analyses",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, url TEXT NOT NULL, company_id TEXT, status TEXT NOT NULL, result TEXT, error TEXT,
     created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE UNIQUE INDEX website_analyses_one_open ON website_analyses (workspace_id, url) WHERE status IN ('queued', 'running')",
  wide(
    "signal_actions",
    `workspace_id TEXT NOT NULL, signal_id TEXT NOT NULL, note TEXT, outcome TEXT, actor TEXT NOT NULL, at INTEGER NOT NULL,
     PRIMARY KEY (workspace_id, signal_id)`,
  ),
  small("social_keys", "workspace_id TEXT NOT NULL, external_key TEXT NOT NULL, signal_id TEXT NOT NULL, PRIMARY KEY (workspace_id, external_key)"),
  "CREATE INDEX social_keys_by_signal ON social_keys (workspace_id, signal_id)",
  "CREATE INDEX signals_of_people ON signals (workspace_id, type, priority, id) WHERE bot IS NULL AND received_at >= 0",
  "CREATE INDEX signals_urgent ON signals (workspace_id, priority, id) WHERE priority <> 'medium' AND bot IS NULL AND received_at >= 0",
  "CREATE INDEX signals_of_bots ON signals (workspace_id, type, priority, id) WHERE bot IS NOT NULL AND received_at >= 0",
];
