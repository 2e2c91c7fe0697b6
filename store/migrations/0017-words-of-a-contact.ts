import type { MigrationSql } from "./index.ts";

const archived = "(CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END)";

/**
 * A contact's words are one text of a row, which a full-text index reads: FTS5 on SQLite, GIN on PostgreSQL; so are the pieces of one to
 * three characters of its company's name, as hex. All begin with the end of the workspace's id, so that a search never passes
 * the words of others. Lists: an index for each filter and sort, archived contacts apart.
 */
export const wordsOfAContact: MigrationSql = ({ dialect }) => [
  "ALTER TABLE contact_words RENAME TO single_contact_words",
  ...(dialect === "postgres" ? postgresWords : sqliteWords),
  ...(dialect === "postgres" ? [] : sqliteIndex),
  "DROP TABLE single_contact_words",
  ...["contacts_by_status", "contacts_by_source", "contacts_best_first", "contacts_worst_first", "contacts_most_active_first", "contacts_least_active_first"].map((name) => `DROP INDEX ${name}`),
  ...["", "status, ", "source, ", "source, status, "].map((filter, i) => `CREATE INDEX contacts_newest_${i} ON contacts (workspace_id, ${archived}, ${filter}id)`),
  ...["score", "activity_score"].flatMap((score) =>
    ["", "status, ", "source, "].map((filter, i) => `CREATE INDEX contacts_${score}_${i} ON contacts (workspace_id, ${archived}, ${filter}(coalesce(${score}, -1)), id)`),
  ),
];

/** What stands for the field that a word is in, by the weight that it had. */
const fieldOf = "CASE WHEN weight >= 8 THEN 'n' WHEN weight >= 4 THEN 's' ELSE 't' END";

const sqliteWords = [
  `CREATE TABLE contact_words (n INTEGER NOT NULL PRIMARY KEY, workspace_id TEXT NOT NULL, contact_id TEXT NOT NULL, words TEXT NOT NULL, pieces TEXT NOT NULL,
     UNIQUE (workspace_id, contact_id)) STRICT`,
  `INSERT INTO contact_words (workspace_id, contact_id, words, pieces)
   SELECT c.workspace_id, c.id,
     coalesce((SELECT group_concat(substr(c.workspace_id, -4) || ${fieldOf} || word, ' ') FROM single_contact_words s WHERE s.workspace_id = c.workspace_id AND s.contact_id = c.id), ''),
     coalesce((SELECT group_concat(piece, ' ') FROM (
       WITH RECURSIVE place(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM place WHERE i < length(c.company_key)), size(k) AS (VALUES (1), (2), (3))
       SELECT DISTINCT substr(c.workspace_id, -4) || lower(hex(substr(c.company_key, i, k))) AS piece FROM place, size WHERE i + k - 1 <= length(c.company_key))), '')
   FROM contacts c ORDER BY c.workspace_id, c.id`,
];

/** An index that holds the places of texts, not the texts; kept by triggers. */
const indexOf = (column: "words" | "pieces", more: string) => {
  const index = `contact_${column}_index`;
  const add = `INSERT INTO ${index} (rowid, ${column}) VALUES (new.n, new.${column});`;
  const remove = `INSERT INTO ${index} (${index}, rowid, ${column}) VALUES ('delete', old.n, old.${column});`;
  return [
    `CREATE VIRTUAL TABLE ${index} USING fts5(${column}, content='contact_words', content_rowid='n', detail='none', columnsize=0, tokenize='ascii'${more})`,
    `INSERT INTO ${index} (${index}) VALUES ('rebuild')`,
    `CREATE TRIGGER ${index}_added AFTER INSERT ON contact_words BEGIN ${add} END`,
    `CREATE TRIGGER ${index}_changed AFTER UPDATE ON contact_words WHEN old.${column} <> new.${column} BEGIN ${remove} ${add} END`,
    `CREATE TRIGGER ${index}_removed AFTER DELETE ON contact_words BEGIN ${remove} END`,
  ];
};

// Prefixes of one to three characters after those of workspace and field have lists of their own.
const sqliteIndex = [...indexOf("words", ", prefix='6 7 8'"), ...indexOf("pieces", "")];

const postgresWords = [
  `CREATE TABLE contact_words (workspace_id TEXT COLLATE "C" NOT NULL, contact_id TEXT COLLATE "C" NOT NULL, words TEXT COLLATE "C" NOT NULL, pieces TEXT COLLATE "C" NOT NULL,
     words_doc tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(words, ' '), ''))) STORED,
     pieces_doc tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(pieces, ' '), ''))) STORED, PRIMARY KEY (workspace_id, contact_id))`,
  `INSERT INTO contact_words (workspace_id, contact_id, words, pieces)
   SELECT c.workspace_id, c.id,
     coalesce((SELECT string_agg(right(c.workspace_id, 4) || ${fieldOf} || word, ' ') FROM single_contact_words s WHERE s.workspace_id = c.workspace_id AND s.contact_id = c.id), ''),
     coalesce((SELECT string_agg(DISTINCT right(c.workspace_id, 4) || encode(convert_to(substr(c.company_key, i::int, k), 'UTF8'), 'hex'), ' ')
       FROM generate_series(1, length(c.company_key)) i, generate_series(1, 3) k WHERE i + k - 1 <= length(c.company_key)), '')
   FROM contacts c`,
  "CREATE INDEX contact_words_index ON contact_words USING gin (words_doc)",
  "CREATE INDEX contact_pieces_index ON contact_words USING gin (pieces_doc)",
];
