import type { Read, Store, Write } from "../../store/store.ts";
import type { WorkflowRunRow } from "../../store/tables-runs.ts";
import { claimRows, isAnyDue, renewClaim, selectDue } from "./queries.ts";
import { runLeaseMs } from "./start.ts";

/** A run as a process holds it: whoever claims it later has a higher number, and this one writes nothing more. */
export interface Claimed {
  workspaceId: string;
  id: string;
  claims: number;
}

export const toClaimed = (row: Pick<WorkflowRunRow, "workspace_id" | "id" | "claims">): Claimed => ({ workspaceId: row.workspace_id, id: row.id, claims: row.claims });

/** Whether a run may go on now; a read, so that looking costs no write. */
export const isRunDue = (db: Read, now: number): Promise<boolean> => isAnyDue(db, now);

/** Takes up to `max` runs that are due, those that waited longest first: new ones, those whose wait is over, and those whose holder went silent. */
export async function claimRuns(store: Store, now: number, max: number): Promise<Claimed[]> {
  return store.write(async (tx) => {
    const due = await selectDue(store, tx, now, max);
    const claimed: Claimed[] = [];
    for (const [workspaceId, rows] of Map.groupBy(due, (row) => row.workspace_id)) {
      claimed.push(...(await claimRows(tx, workspaceId, rows.map(({ id }) => id), now + runLeaseMs)).map(toClaimed));
    }
    return claimed;
  });
}

/** Another lease for runs that take long; those that somebody else has by now are left alone. */
export async function renewClaims(tx: Write, held: Iterable<Claimed>, now: number): Promise<void> {
  for (const { workspaceId, id, claims } of held) await renewClaim(tx, workspaceId, id, claims, now + runLeaseMs);
}
