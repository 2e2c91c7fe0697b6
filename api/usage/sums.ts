import type { Log } from "../../core/log.ts";
import type { Read, Store } from "../../store/store.ts";
import { listWorkspaces } from "../keys/index.ts";
import { findSummedUntil, firstUsageAt, replaceDay, selectDays, sumLedger, type UsageSum } from "./queries.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** So late an entry of a day may still be on its way into the store. */
const settleMs = hourMs;

export const dayOf = (at: number): number => at - (at % dayMs);

export interface Span {
  from: number;
  to: number;
}

/**
 * Calls and credits by day, key and capability: whole days that were summed up already, and the ledger's own entries for
 * the rest, so that a month costs little more than a day.
 */
export async function sumUsage(db: Read, workspaceId: string, { from, to }: Span): Promise<UsageSum[]> {
  const until = await findSummedUntil(db, workspaceId);
  const first = Math.min(to, dayOf(from + dayMs - 1));
  const last = Math.max(first, Math.min(dayOf(to), until ?? 0));
  const parts = [
    first > from ? await sumLedger(db, workspaceId, { from, to: first }) : [],
    last > first ? await selectDays(db, workspaceId, { from: first, to: last }) : [],
    to > last ? await sumLedger(db, workspaceId, { from: last, to }) : [],
  ];
  return parts.flat();
}

/** Sums up the days that are over since an hour, each in a transaction of its own. Safe to run twice and on several nodes. */
export async function sumDays(store: Store, now: number, log: Log): Promise<void> {
  for (const { id } of await listWorkspaces(store.read)) {
    let day = (await findSummedUntil(store.read, id)) ?? (await firstUsageAt(store.read, id));
    if (day === undefined) continue;
    for (day = dayOf(day); day + dayMs + settleMs <= now; day += dayMs) {
      const span = { from: day, to: day + dayMs };
      const sums = await sumLedger(store.slow, id, span);
      await store.write((tx) => replaceDay(tx, id, span, sums));
      log.debug({ workspaceId: id, day }, "a day of usage is summed up");
    }
  }
}
