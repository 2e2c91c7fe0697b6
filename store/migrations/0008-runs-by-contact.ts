import type { MigrationSql } from "./index.ts";

/** When a workflow last ran for a contact: its cooldown asks at every signal. */
export const runsByContact: MigrationSql = () => ["CREATE INDEX workflow_runs_by_contact ON workflow_runs (workspace_id, workflow_id, contact_id, id) WHERE contact_id IS NOT NULL"];
