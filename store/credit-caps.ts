import { ApiError } from "../core/errors.ts";
import type { Store, Write } from "./store.ts";
import type { CreditCapRow } from "./tables-accounts.ts";

/** Start of what a cap counts at a moment: the calendar month (UTC), or 0 for all time. */
export function periodStart(period: CreditCapRow["period"], now: number): number {
  if (period === "total") return 0;
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** When a cap begins anew (epoch ms); null for one that never does. */
export function resetsAt({ period }: Pick<CreditCapRow, "period">, now: number): number | null {
  if (period === "total") return null;
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** The cap as it is in the month of `now`: a new month begins with nothing used. */
export function capAt(cap: CreditCapRow, now: number): CreditCapRow {
  const start = periodStart(cap.period, now);
  // A clock that is set back must not open a month again.
  return start > cap.period_start ? { ...cap, period_start: start, used: 0 } : cap;
}

/** The cap after these credits (negative: given back). Throws INSUFFICIENT_CREDITS where they don't fit. */
export function takeCredits(cap: CreditCapRow, credits: number, now: number): CreditCapRow {
  const current = capAt(cap, now);
  if (credits > 0 && current.used + credits > current.credits) throw insufficient(current, credits, now);
  return { ...current, used: Math.max(0, current.used + credits) };
}

function insufficient(cap: CreditCapRow, credits: number, now: number): ApiError {
  const resets = resetsAt(cap, now);
  const month = resets === null ? "" : " a month";
  const ends = resets === null ? "" : ` It begins anew at ${new Date(resets).toISOString()}.`;
  const message = `The workspace's cap is ${cap.credits} credits${month}; ${cap.used} are used, and this call costs ${credits}.${ends} Raise it with: owlbound workspace cap`;
  const detail = { path: "credits", code: "credit_cap", message, cap: cap.credits, used: cap.used, period: cap.period, resetsAt: resets };
  return new ApiError("INSUFFICIENT_CREDITS", { details: [detail] });
}

/** The workspace's cap, held until the transaction ends; undefined where there is none. */
export async function lockCap(tx: Write, dialect: Store["dialect"], workspaceId: string): Promise<CreditCapRow | undefined> {
  const query = tx.selectFrom("credit_caps").selectAll().where("workspace_id", "=", workspaceId);
  return (dialect === "postgres" ? query.forUpdate() : query).executeTakeFirst();
}

export async function saveCap(tx: Write, cap: CreditCapRow): Promise<void> {
  const { workspace_id, ...rest } = cap;
  await tx.updateTable("credit_caps").set(rest).where("workspace_id", "=", workspace_id).execute();
}
