import type { EnrichmentField, EnrichmentPriority } from "../core/enrichment-words.ts";
import type { AuthoredRow, VersionRow } from "./tables-outreach.ts";

/** ICP profiles and scores, enrichment, website analyses, what people did about signals. */
export interface IntelTables {
  /** `active` = published. */
  icp_profiles: AuthoredRow;
  icp_profile_versions: VersionRow;
  /** The version that scores; the profile's own version is its draft. */
  icp_publications: { workspace_id: string; of_id: string; version: number; published_at: number };
  contact_scores: ContactScoreRow;
  /** Contacts whose activity score is above 0 and so decays. */
  contact_activity: { workspace_id: string; contact_id: string; computed_at: number };
  /** Up to which signal (by id) activity scores know of. */
  activity_marks: { workspace_id: string; signal_id: string };
  enrichment_jobs: EnrichmentJobRow;
  enrichment_values: EnrichmentValueRow;
  /** `definition`: JSON of field → providers in order. The highest version holds. */
  enrichment_waterfalls: { workspace_id: string; version: number; definition: string; created_by: string; created_at: number };
  website_analyses: WebsiteAnalysisRow;
  /** What people said when they marked a signal actioned; `signals.actioned_at` says that it is. */
  signal_actions: SignalActionRow;
  /** What connectors read again and again is stored once. */
  social_keys: { workspace_id: string; external_key: string; signal_id: string };
}

export interface ContactScoreRow {
  workspace_id: string;
  id: string;
  contact_id: string;
  icp_profile_id: string;
  icp_version: number;
  score: number;
  verdict: string;
  breakdown: string;
  reasoning: string;
  model: string;
  scored_at: number;
}

export interface EnrichmentJobRow {
  workspace_id: string;
  id: string;
  contact_id: string;
  /** Of `queued` and `running` ones a contact has one: a unique index says so. */
  status: "queued" | "running" | "partial" | "completed" | "failed";
  priority: EnrichmentPriority;
  force_refresh: number;
  current_phase: string | null;
  /** JSON string[]. */
  completed_phases: string;
  /** JSON [{phase, message}]. */
  errors: string;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
}

/** The latest value of each provider. */
export interface EnrichmentValueRow {
  workspace_id: string;
  contact_id: string;
  field: EnrichmentField;
  provider: string;
  /** JSON. */
  value: string;
  confidence: number;
  found_at: number;
}

export interface WebsiteAnalysisRow {
  workspace_id: string;
  id: string;
  url: string;
  company_id: string | null;
  /** Of `queued` and `running` ones an address has one: a unique index says so. */
  status: "queued" | "running" | "completed" | "failed";
  /** JSON object, once completed. */
  result: string | null;
  error: string | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
}

export interface SignalActionRow {
  workspace_id: string;
  signal_id: string;
  note: string | null;
  outcome: string | null;
  /** `key:<id>`, as in the audit. */
  actor: string;
  at: number;
}
