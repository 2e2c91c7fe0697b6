/** Rows of files that contacts are imported from. All but `imports` hold personal data and are gone days after they came. */
export interface ImportTables {
  imports: ImportRow;
  /** The file's text as it came, until its rows are read. `start` is the place of its first byte in the whole, as UTF-8. */
  import_pieces: { workspace_id: string; import_id: string; start: number; text: string };
  import_rows: ImportedRow;
  /** Which row of a preview was the first with an address or profile. */
  import_keys: { workspace_id: string; import_id: string; revision: number; key: string; n: number };
}

export interface ImportRow {
  workspace_id: string;
  id: string;
  filename: string | null;
  status: "reading" | "previewing" | "ready" | "committing" | "committed" | "failed" | "canceled" | "expired";
  on_duplicate: "skip" | "fill" | "overwrite";
  /** JSON: name and field of each column. */
  columns: string;
  delimiter: string;
  /** Of the file's text as UTF-8. */
  bytes: number;
  /** How far rows were read: the place of the next one in the text, and its line. */
  read_bytes: number;
  read_line: number;
  /** Rows read so far. */
  rows: number;
  /** Rows that the preview or the commit is through with. */
  done: number;
  /** Counts the previews: each mapping has its own. */
  revision: number;
  creates: number;
  updates: number;
  skips: number;
  rejects: number;
  created: number;
  updated: number;
  skipped: number;
  rejected: number;
  /** Rows that came out of the commit otherwise than the preview had said. */
  changed: number;
  /** JSON: code and message. */
  error: string | null;
  created_at: number;
  committed_at: number | null;
  finished_at: number | null;
  /** When its rows are deleted. */
  expires_at: number;
  rows_purged_at: number | null;
}

export interface ImportedRow {
  workspace_id: string;
  import_id: string;
  /** From 1, in the order of the file. */
  n: number;
  /** Where it begins in the file, from 1. */
  line: number;
  /** JSON array of texts. */
  cells: string;
  /** Of the preview; null before, and where the row can't be read. */
  outcome: "create" | "update" | "skip" | "reject" | null;
  /** JSON array, of the preview or, once there is one, the result. */
  reasons: string;
  contact_id: string | null;
  result: "created" | "updated" | "skipped" | "rejected" | null;
}
