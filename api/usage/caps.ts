import { ApiError, OperatorError } from "../../core/errors.ts";
import { capAt, periodStart } from "../../store/credit-caps.ts";
import type { Store } from "../../store/store.ts";
import type { CreditCapRow } from "../../store/tables-accounts.ts";
import { findWorkspace, insertAudit } from "../keys/index.ts";
import { deleteCap, findCap, putCap, sumCreditsSince } from "./queries.ts";
import { sumUsage } from "./sums.ts";

/** Entries younger than this are counted inside the transaction that sets a cap. */
const freshMs = 60_000;
export const capPeriods = ["month", "total"] as const;

/** The cap as it stands now; undefined where there is none. Throws NOT_FOUND for an unknown workspace. */
export async function findCreditCap(store: Store, now: number, workspaceId: string): Promise<CreditCapRow | undefined> {
  await assertWorkspace(store, workspaceId);
  const cap = await findCap(store.read, workspaceId);
  return cap && capAt(cap, now);
}

/**
 * Sets how many credits a workspace may use in a calendar month (UTC) or in all, what it used so far included. Holds from the
 * next request. Setting it is the operator's business: a key that could lift its own cap would have none.
 */
export async function setCreditCap(store: Store, now: number, workspaceId: string, input: Pick<CreditCapRow, "credits" | "period">): Promise<CreditCapRow> {
  await assertWorkspace(store, workspaceId);
  const { credits, period } = input;
  if (!Number.isSafeInteger(credits) || credits < 0) throw new OperatorError("A cap is a whole number of credits, 0 or more.");
  const from = periodStart(period, now);
  // The long sum is not made while everybody waits for the transaction, and in this process, the command line's own, where nobody else waits.
  const mark = Math.max(from, now - freshMs);
  const before = from === mark ? [] : await sumUsage(store.read, workspaceId, { from, to: mark });
  const early = before.reduce((sum, part) => sum + part.credits, 0);
  return store.write(async (tx) => {
    const used = early + (await sumCreditsSince(tx, workspaceId, mark));
    const cap: CreditCapRow = { workspace_id: workspaceId, credits, period, period_start: from, used: Math.max(0, used) };
    await putCap(tx, cap);
    await insertAudit(tx, { workspaceId, at: now, actor: "cli", action: "workspace.cap_set", detail: { credits, period } });
    return cap;
  });
}

/** Takes the cap away. */
export async function removeCreditCap(store: Store, now: number, workspaceId: string): Promise<void> {
  await assertWorkspace(store, workspaceId);
  await store.write(async (tx) => {
    await deleteCap(tx, workspaceId);
    await insertAudit(tx, { workspaceId, at: now, actor: "cli", action: "workspace.cap_removed", detail: {} });
  });
}

async function assertWorkspace(store: Store, id: string): Promise<void> {
  if (!(await findWorkspace(store.read, id))) throw new ApiError("NOT_FOUND", { message: `There is no workspace ${id}. List them with: owlbound workspace list` });
}
