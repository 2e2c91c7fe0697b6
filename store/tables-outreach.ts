/** Outreach, workflows, messages, webhooks and privacy requests. `definition` and other JSON text is parsed at the edge. */
export interface OutreachTables {
  sequences: AuthoredRow;
  sequence_versions: VersionRow;
  enrollments: EnrollmentRow;
  exclusions: { workspace_id: string; id: string; rule: string; note: string | null; created_at: number };
  suppressions: SuppressionRow;
  workflows: AuthoredRow;
  workflow_versions: VersionRow;
  message_threads: MessageThreadRow;
  messages: MessageRow;
  message_drafts: MessageDraftRow;
  webhooks: WebhookRow;
  webhook_deliveries: WebhookDeliveryRow;
  privacy_requests: PrivacyRequestRow;
}

/** What people author: a sequence, a workflow or an ICP profile. What it says is in its versions. */
export interface AuthoredRow {
  workspace_id: string;
  id: string;
  name: string;
  status: "draft" | "active" | "paused";
  /** The version that starts from now on; what runs keeps its own. */
  version: number;
  created_at: number;
  updated_at: number;
  archived_at: number | null;
}

export interface VersionRow {
  workspace_id: string;
  /** Of the sequence, workflow or profile. */
  of_id: string;
  version: number;
  definition: string;
  created_at: number;
}

export interface EnrollmentRow {
  workspace_id: string;
  id: string;
  sequence_id: string;
  version: number;
  contact_id: string;
  /** Of `active` and `paused` ones a contact has one per sequence: a unique index says so. */
  status: "active" | "paused" | "completed" | "stopped";
  /** Index of the step that is due next. */
  current_step: number;
  /** Epoch ms; kept while paused, null once it has ended. */
  next_step_at: number | null;
  source: string;
  end_reason: string | null;
  created_at: number;
  updated_at: number;
  ended_at: number | null;
}

export interface SuppressionRow {
  workspace_id: string;
  id: string;
  kind: "email" | "domain";
  /** Finds it; stays when `value` is erased. */
  digest: string;
  value: string | null;
  reason: string | null;
  created_at: number;
}

export interface MessageThreadRow {
  workspace_id: string;
  id: string;
  contact_id: string | null;
  channel: "email" | "linkedin";
  connector_id: string | null;
  subject: string | null;
  messages: number;
  last_message_at: number;
  created_at: number;
}

export interface MessageRow {
  workspace_id: string;
  id: string;
  thread_id: string;
  contact_id: string | null;
  direction: "in" | "out";
  sender: string;
  /** JSON string[]. */
  recipients: string;
  subject: string | null;
  body: string;
  sent_at: number;
}

export interface MessageDraftRow {
  workspace_id: string;
  id: string;
  thread_id: string;
  subject: string | null;
  body: string;
  created_by: string;
  created_at: number;
}

export interface WebhookRow {
  workspace_id: string;
  id: string;
  url: string;
  description: string | null;
  /** JSON string[] of patterns. */
  events: string;
  status: "enabled" | "disabled";
  /** Sealed, as is the old one. */
  secret: string;
  old_secret: string | null;
  old_secret_until: number | null;
  /** Failed tries since the last that did not fail. */
  failures: number;
  failing_since: number | null;
  /** The receiver asked for silence until then (Retry-After). */
  hold_until: number | null;
  last_success_at: number | null;
  /** When and why the sender itself switched it off; null otherwise. */
  disabled_at: number | null;
  disabled_reason: string | null;
  created_at: number;
  updated_at: number;
}

export interface WebhookDeliveryRow {
  workspace_id: string;
  id: string;
  webhook_id: string;
  event_id: string | null;
  /** The receiver's `webhook-id`: the same at each try and replay. */
  message_id: string;
  event_kind: string;
  /** Of whom it tells, so that erasing a person finds it. */
  contact_id: string | null;
  payload: string;
  status: "queued" | "delivered" | "failed" | "dead";
  attempts: number;
  /** When it is tried next, or, while it is tried, when another process may; null once it is over. */
  next_at: number | null;
  replay_of: string | null;
  response_status: number | null;
  error: string | null;
  created_at: number;
  updated_at: number;
}

export interface PrivacyRequestRow {
  workspace_id: string;
  id: string;
  kind: "export" | "erase";
  email_key: string | null;
  contact_id: string | null;
  status: "queued" | "running" | "completed" | "failed";
  error: string | null;
  created_at: number;
  finished_at: number | null;
}
