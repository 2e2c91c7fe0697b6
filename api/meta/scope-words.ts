import type { Scope } from "../../core/endpoint.ts";

/** What each scope is for; those of the default set in the published reference's words. */
export const scopeWords: Record<Scope, string> = {
  "intelligence:read": "AI-powered lead scoring and website analysis",
  "enrichment:read": "Contact and company data lookups",
  "enrichment:write": "Trigger enrichment jobs",
  "messages:read": "Read LinkedIn and email message threads",
  "signals:read": "Read intent signals",
  "signals:write": "Ingest intent signals from external sources",
  "contacts:read": "Read contact records and metadata",
  "contacts:write": "Create and update contact records",
  "sequences:read": "Read outreach sequences",
  "sequences:write": "Enroll contacts into sequences",
  "workflows:read": "Read signal workflows",
  "workflows:write": "Trigger signal workflows",
  "connectors:read": "Read connector health status",
  "connectors:write": "Manage connector instances",
  "sequences:manage": "Author sequences, exclusion rules and opt-outs",
  "workflows:manage": "Author signal workflows",
  "intelligence:write": "Author ideal customer profiles",
  "messages:write": "Draft messages",
  "webhooks:manage": "Manage webhook endpoints and their deliveries",
  "usage:read": "Read usage and the credit ledger",
  "audit:read": "Read who did what",
  "privacy:manage": "Export and erase a person's data",
  "keys:manage": "Create, change, rotate and revoke API keys",
};
