import { ApiError } from "../../core/errors.ts";
import { takeCredits } from "../credit-caps.ts";
import type { NewSignal } from "../ingest.ts";
import type { CreditCapRow } from "../tables-accounts.ts";
import type { Session } from "./database.ts";

const lockSql = "SELECT * FROM credit_caps WHERE workspace_id = ANY($1) ORDER BY workspace_id FOR UPDATE";
const saveSql = "UPDATE credit_caps SET period_start = $2, used = $3 WHERE workspace_id = $1";
const dropSql = "DELETE FROM message_keys WHERE workspace_id = $1 AND message_id = $2";

/**
 * Charges the signals of workspaces that have a cap, in order, and answers those that do not fit, by signal id; what they
 * claimed of messageIds is given up. Costs nothing where nobody has a cap.
 */
export async function spendCaps(session: Session, items: readonly NewSignal[], owners: ReadonlyMap<string, string>): Promise<Map<string, ApiError>> {
  const refused = new Map<string, ApiError>();
  const capped = items.filter(({ capped: has, row }) => has && (row.message_id === null || owners.get(row.workspace_id + row.message_id) === row.id));
  if (capped.length === 0) return refused;
  const { rows } = await session.query(lockSql, [[...new Set(capped.map(({ row }) => row.workspace_id))]]);
  const caps = new Map((rows as CreditCapRow[]).map((cap) => [cap.workspace_id, cap]));
  for (const { row, credits } of capped) {
    const cap = caps.get(row.workspace_id);
    if (!cap) continue;
    try {
      caps.set(row.workspace_id, takeCredits(cap, credits, row.received_at));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused.set(row.id, error);
      if (row.message_id !== null) await session.query(dropSql, [row.workspace_id, row.message_id]);
    }
  }
  for (const cap of caps.values()) await session.query(saveSql, [cap.workspace_id, cap.period_start, cap.used]);
  return refused;
}
