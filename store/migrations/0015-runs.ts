import type { MigrationSql } from "./index.ts";

/**
 * A run is its own job: `due_at` says when it may go on and, while a process has it, when another may take it over; `claims`
 * fences off whoever had it before. Tasks, schedules and backtests; a mark that moves whenever the active workflows change.
 */
export const runs: MigrationSql = ({ dialect, wide, small }) => {
  const [big, text] = dialect === "postgres" ? ["BIGINT", 'TEXT COLLATE "C"'] : ["INTEGER", "TEXT"];
  return [
    `ALTER TABLE workflow_runs ADD COLUMN due_at ${big}`,
    `ALTER TABLE workflow_runs ADD COLUMN claims ${big} NOT NULL DEFAULT 0`,
    `ALTER TABLE workflow_runs ADD COLUMN position ${text}`,
    `ALTER TABLE workflow_runs ADD COLUMN held ${big} NOT NULL DEFAULT 0`,
    `ALTER TABLE workflow_runs ADD COLUMN depth ${big} NOT NULL DEFAULT 1`,
    `ALTER TABLE workflow_runs ADD COLUMN event_id ${text}`,
    `ALTER TABLE workflow_runs ADD COLUMN origin ${text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workflow_runs ADD COLUMN facts ${text} NOT NULL DEFAULT '{}'`,
    "UPDATE workflow_runs SET origin = coalesce(signal_id, id)",
    "UPDATE workflow_runs SET due_at = created_at WHERE status = 'queued'",
    "DELETE FROM jobs WHERE kind = 'workflow-run'",
    "CREATE INDEX workflow_runs_due ON workflow_runs (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX workflow_runs_held ON workflow_runs (workspace_id, workflow_id) WHERE held = 1",
    "CREATE INDEX workflow_runs_replays ON workflow_runs (workspace_id, replay_of) WHERE replay_of IS NOT NULL",
    "CREATE INDEX workflow_runs_failed ON workflow_runs (workspace_id, workflow_id, id) WHERE status = 'failed'",
    // A replay is about the same signal.
    "DROP INDEX workflow_runs_by_signal",
    "CREATE UNIQUE INDEX workflow_runs_by_signal ON workflow_runs (workspace_id, signal_id, workflow_id) WHERE signal_id IS NOT NULL AND replay_of IS NULL",
    "CREATE UNIQUE INDEX workflow_runs_by_event ON workflow_runs (workspace_id, event_id, workflow_id) WHERE event_id IS NOT NULL AND replay_of IS NULL",
    `ALTER TABLE workflow_run_steps ADD COLUMN output ${text} NOT NULL DEFAULT '{}'`,
    `ALTER TABLE workflow_run_steps ADD COLUMN next_at ${big}`,
    `ALTER TABLE workflow_run_steps ADD COLUMN seq ${big} NOT NULL DEFAULT 0`,
    small("workflow_marks", "workspace_id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, signing INTEGER NOT NULL, signing_changed_at INTEGER"),
    `INSERT INTO workflow_marks SELECT DISTINCT workspace_id, 1, 1, CAST(NULL AS ${big}) FROM workflows`,
    small("workflow_schedules", "workspace_id TEXT NOT NULL, workflow_id TEXT NOT NULL, next_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, workflow_id)"),
    "CREATE INDEX workflow_schedules_due ON workflow_schedules (next_at)",
    wide(
      "workflow_backtests",
      `workspace_id TEXT NOT NULL, id TEXT NOT NULL, workflow_id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, looked INTEGER NOT NULL,
       total INTEGER NOT NULL, result TEXT NOT NULL, error TEXT, since INTEGER NOT NULL, created_at INTEGER NOT NULL, finished_at INTEGER, PRIMARY KEY (workspace_id, id)`,
    ),
    "CREATE INDEX workflow_backtests_by_workflow ON workflow_backtests (workspace_id, workflow_id, id)",
    wide(
      "tasks",
      `workspace_id TEXT NOT NULL, id TEXT NOT NULL, contact_id TEXT, kind TEXT NOT NULL, title TEXT NOT NULL, notes TEXT, status TEXT NOT NULL,
       source TEXT NOT NULL, source_id TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, closed_at INTEGER, closed_by TEXT, PRIMARY KEY (workspace_id, id)`,
    ),
    "CREATE INDEX tasks_by_status ON tasks (workspace_id, status, id)",
    "CREATE INDEX tasks_by_contact ON tasks (workspace_id, contact_id, id) WHERE contact_id IS NOT NULL",
  ];
};
