import type { MigrationSql } from "./index.ts";

/**
 * Types are written once: `INTEGER` is 64 bits on both databases, text ids sort by time, booleans are 0/1,
 * JSON is text. `small` tables cluster on their key on SQLite (WITHOUT ROWID); wide ones keep a rowid,
 * since SQLite's clustered b-trees slow down past about 200 bytes a row (sqlite.org/withoutrowid.html).
 */
export const first: MigrationSql = ({ wide, small }) => [
  wide("workspaces", "id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, plan TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL"),
  wide(
    "api_keys",
    `workspace_id TEXT NOT NULL REFERENCES workspaces(id), id TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL,
     digest TEXT NOT NULL, prefix TEXT NOT NULL, last4 TEXT NOT NULL, scopes TEXT NOT NULL, allowed_origins TEXT NOT NULL,
     privacy_mode TEXT NOT NULL, public_text TEXT, expires_at INTEGER, revoked_at INTEGER, rotated_to TEXT,
     created_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  small("key_lookup", "digest TEXT NOT NULL PRIMARY KEY, workspace_id TEXT NOT NULL, key_id TEXT NOT NULL"),

  wide(
    "signals",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, priority TEXT NOT NULL, source TEXT NOT NULL, notes TEXT,
     data TEXT NOT NULL, contact_id TEXT, claimed_contact_id TEXT, message_id TEXT, visitor_id TEXT, session_id TEXT,
     key_id TEXT NOT NULL, batch_id TEXT NOT NULL, received_at INTEGER NOT NULL, occurred_at INTEGER NOT NULL, clock_flag TEXT,
     page_host TEXT, page_path TEXT, referrer_kind TEXT, referrer_name TEXT, utm TEXT, browser TEXT, os TEXT, device TEXT,
     country TEXT, bot TEXT, actioned_at INTEGER, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX signals_by_visitor ON signals (workspace_id, visitor_id, id) WHERE visitor_id IS NOT NULL",
  "CREATE INDEX signals_by_contact ON signals (workspace_id, contact_id, id) WHERE contact_id IS NOT NULL",
  "CREATE INDEX signals_actioned ON signals (workspace_id, id) WHERE actioned_at IS NOT NULL",
  small("message_keys", "workspace_id TEXT NOT NULL, message_id TEXT NOT NULL, signal_id TEXT NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (workspace_id, message_id)"),
  small("signal_batches", "workspace_id TEXT NOT NULL, id TEXT NOT NULL, stored_at INTEGER NOT NULL, signals INTEGER NOT NULL, routed_at INTEGER, PRIMARY KEY (workspace_id, id)"),
  small(
    "visitors",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, mode TEXT NOT NULL, contact_id TEXT, session_id TEXT NOT NULL,
     first_seen_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL, signals INTEGER NOT NULL, sessions INTEGER NOT NULL,
     bot TEXT, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX visitors_by_session ON visitors (workspace_id, session_id)",
  "CREATE INDEX visitors_by_contact ON visitors (workspace_id, contact_id) WHERE contact_id IS NOT NULL",
  small(
    "sessions",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, visitor_id TEXT NOT NULL, started_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
     signals INTEGER NOT NULL, entry_path TEXT, referrer_kind TEXT, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX sessions_by_visitor ON sessions (workspace_id, visitor_id, id)",
  small(
    "engagement",
    `workspace_id TEXT NOT NULL, message_id TEXT NOT NULL, engaged_ms INTEGER NOT NULL, scroll_depth INTEGER NOT NULL,
     lcp REAL, inp REAL, cls REAL, updated_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, message_id)`,
  ),
  small(
    "signal_hours",
    `workspace_id TEXT NOT NULL, hour INTEGER NOT NULL, type TEXT NOT NULL, priority TEXT NOT NULL,
     count INTEGER NOT NULL, PRIMARY KEY (workspace_id, hour, type, priority)`,
  ),
  small(
    "ingest_hours",
    "workspace_id TEXT NOT NULL, hour INTEGER NOT NULL, key_id TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (workspace_id, hour, key_id, outcome)",
  ),
  small(
    "ingest_problems",
    `workspace_id TEXT NOT NULL, key_id TEXT NOT NULL, code TEXT NOT NULL, origin TEXT NOT NULL, message TEXT NOT NULL,
     at INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (workspace_id, key_id, code, origin)`,
  ),
  small("visitor_salts", "day INTEGER NOT NULL PRIMARY KEY, salt TEXT NOT NULL"),

  wide(
    "contacts",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, first_name TEXT, last_name TEXT, email TEXT, email_key TEXT, phone TEXT,
     linkedin_url TEXT, linkedin_key TEXT, company TEXT, title TEXT, location TEXT, source TEXT NOT NULL, tags TEXT NOT NULL,
     notes TEXT, status TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, archived_at INTEGER,
     PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE UNIQUE INDEX contacts_by_email ON contacts (workspace_id, email_key) WHERE email_key IS NOT NULL",
  "CREATE UNIQUE INDEX contacts_by_linkedin ON contacts (workspace_id, linkedin_key) WHERE linkedin_key IS NOT NULL",
  small(
    "identity_claims",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, visitor_id TEXT NOT NULL, email_key TEXT, contact_id TEXT, person TEXT NOT NULL,
     state TEXT NOT NULL, proof TEXT, at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX identity_claims_by_visitor ON identity_claims (workspace_id, visitor_id)",
  "CREATE INDEX identity_claims_by_email ON identity_claims (workspace_id, email_key) WHERE email_key IS NOT NULL",

  small(
    "usage_ledger",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, key_id TEXT NOT NULL, capability TEXT NOT NULL,
     calls INTEGER NOT NULL, credits INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  small("rate_windows", "workspace_id TEXT NOT NULL, bucket TEXT NOT NULL, state TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, bucket)"),
  wide(
    "idempotency_keys",
    `workspace_id TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, body_digest TEXT NOT NULL, status INTEGER, answer TEXT,
     created_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, scope, key)`,
  ),
  "CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)",
  wide(
    "jobs",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL,
     run_at INTEGER NOT NULL, attempts INTEGER NOT NULL, lease_until INTEGER, last_error TEXT, created_at INTEGER NOT NULL,
     PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX jobs_ready ON jobs (state, run_at)",
  small("events", "workspace_id TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)"),
  small("audit", "workspace_id TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (workspace_id, id)"),
  small("setup_tokens", "digest TEXT NOT NULL PRIMARY KEY, workspace_id TEXT NOT NULL, expires_at INTEGER NOT NULL"),
  small(
    "console_sessions",
    "digest TEXT NOT NULL PRIMARY KEY, workspace_id TEXT NOT NULL, created_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL",
  ),
  small("canary", "id INTEGER NOT NULL PRIMARY KEY, at INTEGER NOT NULL"),
];
