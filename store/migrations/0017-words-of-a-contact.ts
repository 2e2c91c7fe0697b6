import type { MigrationSql, MigrationWords } from "./index.ts";

const archived = "(CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END)";

/**
 * A contact's words are one text of a row, which a full-text index reads: FTS5 on SQLite, GIN on PostgreSQL; so are the pieces of one to
 * three characters of its company's name, as hex. All begin with the end of the workspace's id, so that a search never passes
 * the words of others. Lists: an index for each filter and sort, archived contacts apart.
 */
export const wordsOfAContact: MigrationSql = (words) => [
  "ALTER TABLE contact_words RENAME TO single_contact_words",
  ...(words.dialect === "postgres" ? postgresWords : [...sqliteWords, ...sqliteIndex]),
  "DROP TABLE single_contact_words",
  ...["contacts_by_status", "contacts_by_source", "contacts_best_first", "contacts_worst_first", "contacts_most_active_first", "contacts_least_active_first"].map((name) => `DROP INDEX ${name}`),
  ...["", "status, ", "source, ", "source, status, "].map((filter, i) => `CREATE INDEX contacts_newest_${i} ON contacts (workspace_id, ${archived}, ${filter}id)`),
  ...["score", "activity_score"].flatMap((score) =>
    ["", "status, ", "source, "].map((filter, i) => `CREATE INDEX contacts_${score}_${i} ON contacts (workspace_id, ${archived}, ${filter}(coalesce(${score}, -1)), id)`),
  ),
  "DROP INDEX contacts_by_company",
  // Counting reads these indexes alone.
  "CREATE INDEX contacts_by_company ON contacts (workspace_id, company_id, id, archived_at) WHERE company_id IS NOT NULL",
  "DROP INDEX signals_actioned",
  "CREATE INDEX signals_actioned ON signals (workspace_id, id) WHERE actioned_at IS NOT NULL AND bot IS NULL",
  ...days(words),
];

const dayOf = (hour: string) => `${hour} - ${hour} % 86400000`;
const add = (row: "new" | "old", count: string) => `INSERT INTO signal_days (workspace_id, day, type, priority, count) VALUES (${row}.workspace_id, ${dayOf(`${row}.hour`)}, ${row}.type, ${row}.priority, ${count})
  ON CONFLICT (workspace_id, day, type, priority) DO UPDATE SET count = signal_days.count + excluded.count;`;

/** Counts by day follow those by hour, whoever changes them. */
const days = ({ dialect, small }: MigrationWords) => [
  small("signal_days", "workspace_id TEXT NOT NULL, day INTEGER NOT NULL, type TEXT NOT NULL, priority TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (workspace_id, day, type, priority)"),
  `INSERT INTO signal_days SELECT workspace_id, ${dayOf("hour")}, type, priority, sum(count) FROM signal_hours GROUP BY 1, 2, 3, 4`,
  ...(dialect === "postgres"
    ? [
        `CREATE FUNCTION follow_signal_hours() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF TG_OP = 'INSERT' THEN ${add("new", "new.count")}
           ELSIF TG_OP = 'UPDATE' THEN ${add("new", "new.count - old.count")}
           ELSE ${add("old", "-old.count")} END IF;
           RETURN NULL; END $$`,
        "CREATE TRIGGER signal_days_follow AFTER INSERT OR UPDATE OR DELETE ON signal_hours FOR EACH ROW EXECUTE FUNCTION follow_signal_hours()",
      ]
    : [
        `CREATE TRIGGER signal_days_added AFTER INSERT ON signal_hours BEGIN ${add("new", "new.count")} END`,
        `CREATE TRIGGER signal_days_changed AFTER UPDATE ON signal_hours BEGIN ${add("new", "new.count - old.count")} END`,
        `CREATE TRIGGER signal_days_removed AFTER DELETE ON signal_hours BEGIN ${add("old", "-old.count")} END`,
      ]),
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
