import type { MigrationSql } from "./index.ts";

/**
 * Events get their place in the order of commits; deliveries become their own queue; inbound hooks. What was recorded before
 * nobody was told of: it gets a place in the feed, and no deliveries.
 */
export const events: MigrationSql = ({ dialect, wide, small }) => {
  const integer = dialect === "postgres" ? "BIGINT" : "INTEGER";
  const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
  const add = (table: string, ...columns: string[]) => columns.map((column) => `ALTER TABLE ${table} ADD COLUMN ${column}`);
  return [
    ...add("events", `seq ${integer}`),
    `UPDATE events SET seq = n.seq FROM (SELECT workspace_id, id, row_number() OVER (PARTITION BY workspace_id ORDER BY id) AS seq FROM events) AS n
     WHERE events.workspace_id = n.workspace_id AND events.id = n.id`,
    small("event_heads", "workspace_id TEXT NOT NULL PRIMARY KEY, last_seq INTEGER NOT NULL, purged_seq INTEGER NOT NULL"),
    "INSERT INTO event_heads (workspace_id, last_seq, purged_seq) SELECT workspace_id, max(seq), 0 FROM events GROUP BY workspace_id",
    "CREATE INDEX events_waiting ON events (seq, workspace_id, id) WHERE seq IS NULL",
    "CREATE UNIQUE INDEX events_by_seq ON events (workspace_id, seq) WHERE seq IS NOT NULL",
    ...add(
      "webhooks",
      `failures ${integer} NOT NULL DEFAULT 0`,
      `failing_since ${integer}`,
      `hold_until ${integer}`,
      `last_success_at ${integer}`,
      `disabled_at ${integer}`,
      `disabled_reason ${text}`,
    ),
    ...add("webhook_deliveries", `message_id ${text} NOT NULL DEFAULT ''`, `next_at ${integer}`, `contact_id ${text}`),
    "UPDATE webhook_deliveries SET message_id = coalesce(event_id, id)",
    "UPDATE webhook_deliveries SET next_at = created_at WHERE status = 'queued'",
    "DELETE FROM jobs WHERE kind = 'webhook-delivery'",
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (workspace_id, webhook_id, next_at, id) WHERE next_at IS NOT NULL",
    "CREATE INDEX webhook_deliveries_next ON webhook_deliveries (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX webhook_deliveries_by_contact ON webhook_deliveries (workspace_id, contact_id) WHERE contact_id IS NOT NULL",
    small(
      "webhook_attempts",
      `workspace_id TEXT NOT NULL, delivery_id TEXT NOT NULL, attempt INTEGER NOT NULL, at INTEGER NOT NULL, duration_ms INTEGER NOT NULL,
       response_status INTEGER, error TEXT, PRIMARY KEY (workspace_id, delivery_id, attempt)`,
    ),
    ...inbound({ wide, small }),
  ];
};

function inbound({ wide, small }: Pick<Parameters<MigrationSql>[0], "wide" | "small">): string[] {
  return [
    wide(
      "inbound_hooks",
      `workspace_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, token TEXT NOT NULL, verification TEXT NOT NULL,
       secret TEXT, old_secret TEXT, old_secret_until INTEGER, mapping TEXT NOT NULL, received INTEGER NOT NULL, rejected INTEGER NOT NULL,
       last_received_at INTEGER, last_rejected_at INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
    ),
    small("inbound_tokens", "digest TEXT NOT NULL PRIMARY KEY, workspace_id TEXT NOT NULL, hook_id TEXT NOT NULL"),
    wide(
      "inbound_payloads",
      `workspace_id TEXT NOT NULL, id TEXT NOT NULL, hook_id TEXT NOT NULL, content_type TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL,
       rows INTEGER NOT NULL, stored INTEGER NOT NULL, quarantined INTEGER NOT NULL, done TEXT NOT NULL, received_at INTEGER NOT NULL, processed_at INTEGER,
       PRIMARY KEY (workspace_id, id)`,
    ),
    "CREATE INDEX inbound_payloads_by_hook ON inbound_payloads (workspace_id, hook_id, id)",
    "CREATE INDEX inbound_payloads_by_status ON inbound_payloads (workspace_id, hook_id, status, id)",
    small(
      "inbound_rows",
      `workspace_id TEXT NOT NULL, payload_id TEXT NOT NULL, idx INTEGER NOT NULL, hook_id TEXT NOT NULL, reasons TEXT NOT NULL, at INTEGER NOT NULL,
       PRIMARY KEY (workspace_id, payload_id, idx)`,
    ),
    "CREATE INDEX inbound_rows_by_hook ON inbound_rows (workspace_id, hook_id, payload_id, idx)",
    small("inbound_seen", "workspace_id TEXT NOT NULL, hook_id TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (workspace_id, hook_id, key)"),
    "CREATE INDEX inbound_seen_by_time ON inbound_seen (at)",
  ];
}
