import type { MigrationSql } from "./index.ts";

const authored = `workspace_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, archived_at INTEGER, PRIMARY KEY (workspace_id, id)`;
const versions = `workspace_id TEXT NOT NULL, of_id TEXT NOT NULL, version INTEGER NOT NULL, definition TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, of_id, version)`;

/** Sequences, enrollments, who is left out, workflows and their runs, messages, webhooks, privacy requests. */
export const outreach: MigrationSql = ({ wide, small }) => [
  small("sequences", authored),
  wide("sequence_versions", versions),
  small(
    "enrollments",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, sequence_id TEXT NOT NULL, version INTEGER NOT NULL, contact_id TEXT NOT NULL,
     status TEXT NOT NULL, current_step INTEGER NOT NULL, next_step_at INTEGER, source TEXT NOT NULL, end_reason TEXT,
     created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, ended_at INTEGER, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE UNIQUE INDEX enrollments_one_running ON enrollments (workspace_id, contact_id, sequence_id) WHERE status IN ('active', 'paused')",
  "CREATE INDEX enrollments_by_sequence ON enrollments (workspace_id, sequence_id, id)",
  "CREATE INDEX enrollments_due ON enrollments (next_step_at) WHERE status = 'active'",
  small("exclusions", "workspace_id TEXT NOT NULL, id TEXT NOT NULL, rule TEXT NOT NULL, note TEXT, created_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)"),
  small(
    "suppressions",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL, value TEXT, reason TEXT,
     created_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE UNIQUE INDEX suppressions_by_digest ON suppressions (workspace_id, digest)",
  small("workflows", authored),
  wide("workflow_versions", versions),
  small(
    "workflow_runs",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, workflow_id TEXT NOT NULL, version INTEGER NOT NULL, contact_id TEXT, signal_id TEXT,
     cause TEXT NOT NULL, status TEXT NOT NULL, replay_of TEXT, start_at TEXT, error TEXT, created_at INTEGER NOT NULL,
     started_at INTEGER, finished_at INTEGER, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX workflow_runs_by_workflow ON workflow_runs (workspace_id, workflow_id, id)",
  "CREATE UNIQUE INDEX workflow_runs_by_signal ON workflow_runs (workspace_id, signal_id, workflow_id) WHERE signal_id IS NOT NULL",
  wide(
    "workflow_run_steps",
    `workspace_id TEXT NOT NULL, run_id TEXT NOT NULL, path TEXT NOT NULL, action TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL,
     detail TEXT NOT NULL, error TEXT, started_at INTEGER NOT NULL, finished_at INTEGER, PRIMARY KEY (workspace_id, run_id, path)`,
  ),
  small(
    "message_threads",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, contact_id TEXT, channel TEXT NOT NULL, connector_id TEXT, subject TEXT,
     messages INTEGER NOT NULL, last_message_at INTEGER NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX message_threads_by_time ON message_threads (workspace_id, last_message_at, id)",
  "CREATE INDEX message_threads_by_contact ON message_threads (workspace_id, contact_id, last_message_at, id) WHERE contact_id IS NOT NULL",
  wide(
    "messages",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT NOT NULL, contact_id TEXT, direction TEXT NOT NULL, sender TEXT NOT NULL,
     recipients TEXT NOT NULL, subject TEXT, body TEXT NOT NULL, sent_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX messages_by_thread ON messages (workspace_id, thread_id, sent_at, id)",
  "CREATE INDEX messages_by_contact ON messages (workspace_id, contact_id, direction, sent_at) WHERE contact_id IS NOT NULL",
  wide(
    "message_drafts",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT NOT NULL, subject TEXT, body TEXT NOT NULL, created_by TEXT NOT NULL,
     created_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX message_drafts_by_thread ON message_drafts (workspace_id, thread_id, id)",
  wide(
    "webhooks",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, url TEXT NOT NULL, description TEXT, events TEXT NOT NULL, status TEXT NOT NULL,
     secret TEXT NOT NULL, old_secret TEXT, old_secret_until INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
     PRIMARY KEY (workspace_id, id)`,
  ),
  wide(
    "webhook_deliveries",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, webhook_id TEXT NOT NULL, event_id TEXT, event_kind TEXT NOT NULL, payload TEXT NOT NULL,
     status TEXT NOT NULL, attempts INTEGER NOT NULL, replay_of TEXT, response_status INTEGER, error TEXT,
     created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (workspace_id, webhook_id, id)",
  small(
    "privacy_requests",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, email_key TEXT, contact_id TEXT, status TEXT NOT NULL, error TEXT,
     created_at INTEGER NOT NULL, finished_at INTEGER, PRIMARY KEY (workspace_id, id)`,
  ),
];
