import type { MigrationSql } from "./index.ts";

/**
 * Companies, what contacts lacked, and the words that contacts are searched by. Contacts without a score come last in
 * both directions, so each direction has its own index over what stands for "none".
 */
export const contacts: MigrationSql = ({ wide, small }) => [
  "ALTER TABLE contacts ADD COLUMN company_id TEXT",
  "ALTER TABLE contacts ADD COLUMN company_key TEXT",
  "ALTER TABLE contacts ADD COLUMN score INTEGER",
  "ALTER TABLE contacts ADD COLUMN activity_score INTEGER",
  "ALTER TABLE contacts ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}'",
  "ALTER TABLE contacts ADD COLUMN archive_reason TEXT",
  "UPDATE contacts SET company_key = lower(company)",
  "CREATE INDEX contacts_by_status ON contacts (workspace_id, status, id)",
  "CREATE INDEX contacts_by_source ON contacts (workspace_id, source, id)",
  "CREATE INDEX contacts_by_company ON contacts (workspace_id, company_id, id) WHERE company_id IS NOT NULL",
  "CREATE INDEX contacts_best_first ON contacts (workspace_id, (coalesce(score, -1)), id)",
  "CREATE INDEX contacts_worst_first ON contacts (workspace_id, (coalesce(score, 1000)), id)",
  "CREATE INDEX contacts_most_active_first ON contacts (workspace_id, (coalesce(activity_score, -1)), id)",
  "CREATE INDEX contacts_least_active_first ON contacts (workspace_id, (coalesce(activity_score, 1000)), id)",
  small(
    "contact_words",
    "workspace_id TEXT NOT NULL, word TEXT NOT NULL, contact_id TEXT NOT NULL, weight INTEGER NOT NULL, PRIMARY KEY (workspace_id, word, contact_id)",
  ),
  "CREATE INDEX contact_words_by_contact ON contact_words (workspace_id, contact_id, word)",
  wide(
    "companies",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT, domain TEXT, linkedin_url TEXT NOT NULL, linkedin_key TEXT NOT NULL, industry TEXT,
     size TEXT, location TEXT, website TEXT, description TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE UNIQUE INDEX companies_by_linkedin ON companies (workspace_id, linkedin_key)",
  "CREATE INDEX companies_by_domain ON companies (workspace_id, domain, id) WHERE domain IS NOT NULL",
  "CREATE INDEX companies_by_industry ON companies (workspace_id, industry, id) WHERE industry IS NOT NULL",
];
