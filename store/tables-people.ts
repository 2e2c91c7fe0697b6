/** What makes two contacts look like one, merges, and companies of visits. */
export interface PeopleTables {
  /** What is the same of contacts that may be one person; `v:` keys are visitors who proved to be both. */
  contact_keys: { workspace_id: string; key: string; contact_id: string };
  /** How many contacts have a key, archived ones included. */
  match_keys: { workspace_id: string; key: string; contacts: number };
  merges: MergeRow;
  merge_moves: MergeMoveRow;
  company_matches: CompanyMatchRow;
}

export interface MergeRow {
  workspace_id: string;
  id: string;
  survivor_id: string;
  actor: string;
  /** Rows that changed their contact. */
  moved: number;
  created_at: number;
  undone_at: number | null;
}

/** One thing that a merge did, in order; undone backwards. */
export interface MergeMoveRow {
  workspace_id: string;
  merge_id: string;
  seq: number;
  loser_id: string;
  /** `moved`, `stopped` or `contact`: how `record` (JSON) is read. */
  what: "moved" | "stopped" | "contact";
  record: string;
}

/** A session's company, found by the visitor's network. */
export interface CompanyMatchRow {
  workspace_id: string;
  id: string;
  company_id: string;
  visitor_id: string;
  session_id: string;
  via: "reverse_dns" | "mmdb";
  /** The domain or name that decided; never an address. */
  evidence: string;
  at: number;
}
