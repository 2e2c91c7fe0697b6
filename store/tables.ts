import type { Priority, StoredType } from "../core/signal-words.ts";
import type { AccountTables } from "./tables-accounts.ts";
import type { ConnectorTables } from "./tables-connectors.ts";
import type { ContactTables } from "./tables-contacts.ts";
import type { EventTables } from "./tables-events.ts";
import type { ImportTables } from "./tables-imports.ts";
import type { IntelTables } from "./tables-intel.ts";
import type { OutreachTables } from "./tables-outreach.ts";
import type { RunTables } from "./tables-runs.ts";
import type { PeopleTables } from "./tables-people.ts";

export type { CompanyRow, ContactRow } from "./tables-contacts.ts";

/** Every table as a type. Times are epoch ms, booleans 0/1, JSON text is parsed at the edge. */
export interface Tables extends OutreachTables, ContactTables, ImportTables, IntelTables, ConnectorTables, EventTables, RunTables, PeopleTables, AccountTables {
  workspaces: WorkspaceRow;
  api_keys: ApiKeyRow;
  key_lookup: { digest: string; workspace_id: string; key_id: string };
  signals: SignalRow;
  message_keys: { workspace_id: string; message_id: string; signal_id: string; day: number };
  signal_batches: { workspace_id: string; id: string; stored_at: number; signals: number; routed_at: number | null };
  visitors: VisitorRow;
  sessions: SessionRow;
  /** From a visitor to its signals; on SQLite complete after `settleVisitors`. */
  visitor_signals: { workspace_id: string; visitor_id: string; signal_id: string };
  engagement: EngagementRow;
  signal_hours: { workspace_id: string; hour: number; type: StoredType; priority: Priority; count: number };
  /** `signal_hours` by day (UTC), which follows by itself. */
  signal_days: { workspace_id: string; day: number; type: StoredType; priority: Priority; count: number };
  ingest_hours: { workspace_id: string; hour: number; key_id: string; outcome: string; count: number };
  ingest_problems: { workspace_id: string; key_id: string; code: string; origin: string; message: string; at: number; count: number };
  visitor_salts: { day: number; salt: string };
  identity_claims: IdentityClaimRow;
  usage_ledger: UsageRow;
  rate_windows: { workspace_id: string; bucket: string; state: string; expires_at: number };
  idempotency_keys: IdempotencyRow;
  jobs: JobRow;
  views: ViewRow;
  audit: { workspace_id: string; id: string; at: number; actor: string; action: string; detail: string };
  setup_tokens: { digest: string; workspace_id: string; expires_at: number };
  console_sessions: { digest: string; workspace_id: string; created_at: number; last_seen_at: number };
  canary: { id: number; at: number };
}

export type Plan = "starter" | "pro" | "enterprise" | "unlimited";

export interface WorkspaceRow {
  id: string;
  name: string;
  plan: Plan;
  status: string;
  created_at: number;
}

export interface ApiKeyRow {
  workspace_id: string;
  id: string;
  type: "secret" | "publishable";
  name: string;
  digest: string;
  prefix: string;
  last4: string;
  /** JSON string[]. */
  scopes: string;
  /** JSON string[] of exact origins; empty = any. */
  allowed_origins: string;
  privacy_mode: "anonymous" | "consent" | "identified";
  /** A publishable key is public by design: its text is kept so that the console can show the tag. Null for secret keys. */
  public_text: string | null;
  expires_at: number | null;
  revoked_at: number | null;
  rotated_to: string | null;
  created_at: number;
}

export interface SignalRow {
  workspace_id: string;
  id: string;
  type: StoredType;
  priority: Priority;
  source: string;
  notes: string | null;
  data: string;
  contact_id: string | null;
  /** What a browser said and nobody proved. */
  claimed_contact_id: string | null;
  message_id: string | null;
  visitor_id: string | null;
  session_id: string | null;
  key_id: string;
  /** The group commit that stored it; routed as one. */
  batch_id: string;
  received_at: number;
  occurred_at: number;
  clock_flag: string | null;
  page_host: string | null;
  page_path: string | null;
  referrer_kind: string | null;
  referrer_name: string | null;
  utm: string | null;
  browser: string | null;
  os: string | null;
  device: string | null;
  country: string | null;
  bot: string | null;
  actioned_at: number | null;
  /** By its own data, or by the network of its session. */
  company_id: string | null;
}

export interface VisitorRow {
  workspace_id: string;
  id: string;
  mode: "anonymous" | "identified";
  contact_id: string | null;
  session_id: string;
  first_seen_at: number;
  /** At least this late; SQLite writes it when a session starts only. The signals know it exactly. */
  last_seen_at: number;
  sessions: number;
  bot: string | null;
  /** Of the running session, by the visitor's network. */
  company_id: string | null;
}

export interface SessionRow {
  workspace_id: string;
  id: string;
  visitor_id: string;
  started_at: number;
  entry_path: string | null;
  referrer_kind: string | null;
  /** Its visitor's. */
  mode: VisitorRow["mode"];
  bot: string | null;
}

export interface EngagementRow {
  workspace_id: string;
  message_id: string;
  engaged_ms: number;
  scroll_depth: number;
  lcp: number | null;
  inp: number | null;
  cls: number | null;
  updated_at: number;
}

export interface IdentityClaimRow {
  workspace_id: string;
  id: string;
  visitor_id: string;
  email_key: string | null;
  contact_id: string | null;
  person: string;
  /** `claim` unproved, `linked` proved, `conflict` proved but the visitor is somebody else already. */
  state: "claim" | "linked" | "conflict";
  proof: "signature" | "form" | "click" | "api" | null;
  at: number;
}

/** One entry per key, capability and commit: `calls` calls that cost `credits` together; refunds are negative. */
export interface UsageRow {
  workspace_id: string;
  id: string;
  at: number;
  key_id: string;
  capability: string;
  calls: number;
  credits: number;
}

export interface IdempotencyRow {
  workspace_id: string;
  /** Method and path. */
  scope: string;
  key: string;
  body_digest: string;
  /** Null while the first request runs. */
  status: number | null;
  answer: string | null;
  created_at: number;
}

export interface JobRow {
  workspace_id: string;
  id: string;
  kind: string;
  payload: string;
  state: "ready" | "leased" | "dead";
  run_at: number;
  attempts: number;
  lease_until: number | null;
  last_error: string | null;
  created_at: number;
}

/** A saved view of contacts; `condition` is JSON. */
export interface ViewRow {
  workspace_id: string;
  id: string;
  name: string;
  condition: string;
  created_at: number;
  updated_at: number;
}
