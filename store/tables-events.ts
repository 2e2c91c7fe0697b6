/** What happened (events), who is told of it (webhooks' deliveries), and what comes in by inbound hooks. */
export interface EventTables {
  events: EventRow;
  event_heads: { workspace_id: string; last_seq: number; purged_seq: number };
  webhook_attempts: WebhookAttemptRow;
  inbound_hooks: InboundHookRow;
  /** From a token's digest to its hook: the one table that is asked before the workspace is known. */
  inbound_tokens: { digest: string; workspace_id: string; hook_id: string };
  inbound_payloads: InboundPayloadRow;
  inbound_rows: InboundRowRow;
  /** What was taken in already, so that the same message or signature does nothing again. */
  inbound_seen: { workspace_id: string; hook_id: string; key: string; at: number };
}

export interface EventRow {
  workspace_id: string;
  id: string;
  kind: string;
  payload: string;
  at: number;
  /** Its place in the workspace's order of commits, given when it is dispatched; null until then. */
  seq: number | null;
  /** Whose change it is, by now; the payload says whose it was then. */
  contact_id: string | null;
}

/** One try of a delivery. */
export interface WebhookAttemptRow {
  workspace_id: string;
  delivery_id: string;
  attempt: number;
  at: number;
  duration_ms: number;
  response_status: number | null;
  error: string | null;
}

export interface InboundHookRow {
  workspace_id: string;
  id: string;
  name: string;
  status: "enabled" | "disabled";
  /** Sealed; its digest is in `inbound_tokens`. "" once it was given up, as of the secret. */
  token: string;
  /** JSON: how requests prove where they come from. */
  verification: string;
  /** Sealed, as is the old one; null where requests are not signed. */
  secret: string | null;
  old_secret: string | null;
  old_secret_until: number | null;
  /** JSON. */
  mapping: string;
  received: number;
  rejected: number;
  last_received_at: number | null;
  last_rejected_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface InboundPayloadRow {
  workspace_id: string;
  id: string;
  hook_id: string;
  content_type: string;
  /** As it came; personal data, deleted after the retention. */
  body: string;
  status: "queued" | "done" | "quarantined";
  /** Rows found in it, rows that became something, rows in quarantine. */
  rows: number;
  stored: number;
  quarantined: number;
  /** JSON string[]: digests of rows that are done, kept while others wait in quarantine. */
  done: string;
  received_at: number;
  processed_at: number | null;
}

/** A row that could not be mapped. */
export interface InboundRowRow {
  workspace_id: string;
  payload_id: string;
  idx: number;
  hook_id: string;
  /** JSON: {path, code, message}[]. */
  reasons: string;
  at: number;
}
