import type { MigrationSql } from "./index.ts";

/**
 * SQLite only: each name of a company that a contact has or had, once, with its pieces; and contacts by that name, newest first. The names follow
 * `contact_words`, which every write of a contact's company saves after the contact itself. PostgreSQL's index of pieces needs no such help.
 */
export const companyNames: MigrationSql = ({ dialect }) => (dialect === "postgres" ? [] : sqlite);

const index = "company_names_index";
/** As `UPDATE OF pieces` too: different names may have the same pieces. */
const follow = `BEGIN
  INSERT INTO company_names (workspace_id, name, pieces) SELECT workspace_id, company_key, new.pieces FROM contacts
    WHERE workspace_id = new.workspace_id AND id = new.contact_id AND company_key IS NOT NULL ON CONFLICT (workspace_id, name) DO NOTHING;
END`;

const sqlite = [
  // What is read of a contact before the page is known, so that its row need not be.
  "CREATE INDEX contacts_by_company_name ON contacts (workspace_id, company_key, id, archived_at) WHERE company_key IS NOT NULL",
  "CREATE TABLE company_names (n INTEGER NOT NULL PRIMARY KEY, workspace_id TEXT NOT NULL, name TEXT NOT NULL, pieces TEXT NOT NULL, UNIQUE (workspace_id, name)) STRICT",
  `INSERT INTO company_names (workspace_id, name, pieces)
   SELECT one.workspace_id, one.name, w.pieces FROM (SELECT workspace_id, company_key AS name, min(id) AS id FROM contacts WHERE company_key IS NOT NULL GROUP BY workspace_id, company_key) AS one
   JOIN contact_words AS w ON w.workspace_id = one.workspace_id AND w.contact_id = one.id WHERE w.pieces <> ''`,
  `CREATE VIRTUAL TABLE ${index} USING fts5(pieces, content='company_names', content_rowid='n', detail='none', columnsize=0, tokenize='ascii')`,
  `INSERT INTO ${index} (${index}) VALUES ('rebuild')`,
  `CREATE TRIGGER ${index}_added AFTER INSERT ON company_names BEGIN INSERT INTO ${index} (rowid, pieces) VALUES (new.n, new.pieces); END`,
  `CREATE TRIGGER company_names_added AFTER INSERT ON contact_words WHEN new.pieces <> '' ${follow}`,
  `CREATE TRIGGER company_names_changed AFTER UPDATE OF pieces ON contact_words WHEN new.pieces <> '' ${follow}`,
];
