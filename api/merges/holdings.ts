/** A table whose rows belong to a contact by their `contact_id`. */
export interface Holding {
  table: string;
  /** What tells its rows apart, beside the workspace (and the contact, where that is part of the key). */
  key: readonly string[];
  /** Where a contact may have only one: of the same columns and, if said, among rows of these statuses. What the survivor has already stays the loser's. */
  one?: { same: readonly string[]; statuses?: readonly string[] };
}

/**
 * THE list of what hangs on a contact and moves with it; a test compares it with the database. Visitors come first: ingest locks
 * them on PostgreSQL, and whatever it stored for the loser until then is moved after them.
 */
export const holdings: readonly Holding[] = [
  { table: "visitors", key: ["id"] },
  { table: "signals", key: ["id"] },
  { table: "identity_claims", key: ["id"] },
  // Of two that run in one sequence the loser's was stopped before.
  { table: "enrollments", key: ["id"], one: { same: ["sequence_id"], statuses: ["active", "paused"] } },
  { table: "message_threads", key: ["id"] },
  { table: "messages", key: ["id"] },
  { table: "workflow_runs", key: ["id"] },
  { table: "tasks", key: ["id"] },
  { table: "events", key: ["id"] },
  { table: "webhook_deliveries", key: ["id"] },
  { table: "import_rows", key: ["import_id", "n"] },
  { table: "contact_scores", key: ["id"] },
  { table: "enrichment_jobs", key: ["id"], one: { same: [], statuses: ["queued", "running"] } },
  { table: "enrichment_values", key: ["field", "provider"], one: { same: ["field", "provider"] } },
  // What somebody asked to be exported or erased is the survivor's by now.
  { table: "privacy_requests", key: ["id"] },
];

/**
 * Made from the contact's own fields and signals, and made anew.
 * @internal used by the test that compares the lists with the database.
 */
export const ownIndexes = ["contact_words", "contact_keys", "contact_activity"] as const;
