import type { MigrationSql } from "./index.ts";

const companies = `workspace_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT, claimed_name TEXT, name_key TEXT, domain TEXT, linkedin_url TEXT, linkedin_key TEXT, source TEXT NOT NULL,
  industry TEXT, size TEXT, location TEXT, website TEXT, description TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`;

/**
 * People and companies as a graph: a signal's company, companies known by their domain only, what makes two contacts look like one,
 * merges that can be undone, and whose change an event tells of.
 */
export const people: MigrationSql = ({ dialect, small, wide }) => [
  ...(dialect === "postgres" ? looserPostgres : looserSqlite(wide)),
  "CREATE UNIQUE INDEX companies_by_linkedin ON companies (workspace_id, linkedin_key)",
  "CREATE UNIQUE INDEX companies_one_by_domain ON companies (workspace_id, domain) WHERE linkedin_key IS NULL AND domain IS NOT NULL",
  "CREATE INDEX companies_by_name ON companies (workspace_id, name_key, id) WHERE name_key IS NOT NULL",

  // Text compares by byte on both databases.
  `ALTER TABLE signals ADD COLUMN company_id TEXT${dialect === "postgres" ? ' COLLATE "C"' : ""}`,
  "CREATE INDEX signals_by_company ON signals (workspace_id, company_id, id) WHERE company_id IS NOT NULL",
  `ALTER TABLE visitors ADD COLUMN company_id TEXT${dialect === "postgres" ? ' COLLATE "C"' : ""}`,
  small(
    "company_matches",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, company_id TEXT NOT NULL, visitor_id TEXT NOT NULL, session_id TEXT NOT NULL, via TEXT NOT NULL,
     evidence TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX company_matches_by_visitor ON company_matches (workspace_id, visitor_id, id)",

  `ALTER TABLE contacts ADD COLUMN merged_into TEXT${dialect === "postgres" ? ' COLLATE "C"' : ""}`,
  "ALTER TABLE contacts ADD COLUMN keys_version INTEGER NOT NULL DEFAULT 0",
  `ALTER TABLE contacts ADD COLUMN email_domain TEXT${dialect === "postgres" ? ' COLLATE "C"' : ""}`,
  `UPDATE contacts SET email_domain = substr(email_key, ${dialect === "postgres" ? "strpos" : "instr"}(email_key, '@') + 1) WHERE email_key IS NOT NULL`,
  "CREATE INDEX contacts_by_email_domain ON contacts (workspace_id, email_domain) WHERE email_domain IS NOT NULL",
  "CREATE INDEX contacts_without_keys ON contacts (workspace_id, id) WHERE keys_version = 0",
  small("contact_keys", "workspace_id TEXT NOT NULL, key TEXT NOT NULL, contact_id TEXT NOT NULL, PRIMARY KEY (workspace_id, key, contact_id)"),
  "CREATE INDEX contact_keys_by_contact ON contact_keys (workspace_id, contact_id, key)",
  small("match_keys", "workspace_id TEXT NOT NULL, key TEXT NOT NULL, contacts INTEGER NOT NULL, PRIMARY KEY (workspace_id, key)"),
  "CREATE INDEX match_keys_shared ON match_keys (workspace_id, key) WHERE contacts > 1",
  wide(
    "merges",
    `workspace_id TEXT NOT NULL, id TEXT NOT NULL, survivor_id TEXT NOT NULL, actor TEXT NOT NULL, moved INTEGER NOT NULL, created_at INTEGER NOT NULL,
     undone_at INTEGER, PRIMARY KEY (workspace_id, id)`,
  ),
  "CREATE INDEX merges_by_survivor ON merges (workspace_id, survivor_id, id)",
  wide(
    "merge_moves",
    `workspace_id TEXT NOT NULL, merge_id TEXT NOT NULL, seq INTEGER NOT NULL, loser_id TEXT NOT NULL, what TEXT NOT NULL, record TEXT NOT NULL,
     PRIMARY KEY (workspace_id, merge_id, seq)`,
  ),

  `ALTER TABLE events ADD COLUMN contact_id TEXT${dialect === "postgres" ? ' COLLATE "C"' : ""}`,
  `UPDATE events SET contact_id = ${dialect === "postgres" ? "payload::json ->> 'contactId'" : "payload ->> '$.contactId'"}`,
  "CREATE INDEX events_by_contact ON events (workspace_id, contact_id, id) WHERE contact_id IS NOT NULL",
  "CREATE INDEX identity_claims_by_contact ON identity_claims (workspace_id, contact_id, id) WHERE contact_id IS NOT NULL",
  "CREATE INDEX enrollments_by_contact ON enrollments (workspace_id, contact_id, id)",
  "CREATE INDEX workflow_runs_of_contact ON workflow_runs (workspace_id, contact_id, id) WHERE contact_id IS NOT NULL",
  "CREATE INDEX messages_of_contact ON messages (workspace_id, contact_id, sent_at, id) WHERE contact_id IS NOT NULL",
];

const looserPostgres = [
  "DROP INDEX companies_by_linkedin",
  "ALTER TABLE companies ALTER COLUMN linkedin_url DROP NOT NULL",
  "ALTER TABLE companies ALTER COLUMN linkedin_key DROP NOT NULL",
  "ALTER TABLE companies ADD COLUMN claimed_name TEXT",
  'ALTER TABLE companies ADD COLUMN name_key TEXT COLLATE "C"',
  "ALTER TABLE companies ADD COLUMN source TEXT NOT NULL DEFAULT 'api'",
  "UPDATE companies SET name_key = lower(name)",
];

/** SQLite can't take a NOT NULL back: the table is made anew. */
const looserSqlite = (wide: (table: string, columns: string) => string) => [
  "DROP INDEX companies_by_linkedin",
  "DROP INDEX companies_by_domain",
  "DROP INDEX companies_by_industry",
  "ALTER TABLE companies RENAME TO companies_before",
  wide("companies", companies),
  `INSERT INTO companies (workspace_id, id, name, name_key, domain, linkedin_url, linkedin_key, source, industry, size, location, website, description, created_at, updated_at)
   SELECT workspace_id, id, name, lower(name), domain, linkedin_url, linkedin_key, 'api', industry, size, location, website, description, created_at, updated_at FROM companies_before`,
  "DROP TABLE companies_before",
  "CREATE INDEX companies_by_domain ON companies (workspace_id, domain, id) WHERE domain IS NOT NULL",
  "CREATE INDEX companies_by_industry ON companies (workspace_id, industry, id) WHERE industry IS NOT NULL",
];
