/** What belongs to keys and their use: when they were last used, how much may be spent, and what was, by day. */
export interface AccountTables {
  /** Kept apart from `api_keys`, so that using a key never rewrites the row that says what it may do. */
  key_uses: { workspace_id: string; key_id: string; last_used_at: number };
  credit_caps: CreditCapRow;
  /** Sums of the ledger for the UTC days that `usage_sums` says are complete. */
  usage_days: UsageDayRow;
  usage_sums: { workspace_id: string; until: number };
}

/** How many credits a workspace may use, and how many it has: there only while a cap is set. */
export interface CreditCapRow {
  workspace_id: string;
  credits: number;
  /** `month`: per calendar month, UTC. */
  period: "month" | "total";
  /** Start of the month that `used` counts, epoch ms; 0 for a total. */
  period_start: number;
  used: number;
}

export interface UsageDayRow {
  workspace_id: string;
  /** Its start, epoch ms. */
  day: number;
  key_id: string;
  capability: string;
  calls: number;
  credits: number;
}
