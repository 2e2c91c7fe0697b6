import type { NewSignal, PlannedGroup } from "../ingest.ts";
import type { Tables } from "../tables.ts";

/** The node that stored a batch routes it; another may take over after this. */
const routeLeaseMs = 60_000;

/** The row that stands for a visitor until the plan's sums are added: no session, nothing counted. */
export function newVisitor({ row, visitorMode }: NewSignal): Tables["visitors"] | undefined {
  if (row.visitor_id === null) return undefined;
  return {
    workspace_id: row.workspace_id,
    id: row.visitor_id,
    mode: visitorMode,
    contact_id: null,
    session_id: "",
    first_seen_at: row.received_at,
    last_seen_at: 0,
    sessions: 0,
    bot: row.bot,
  };
}

/** The batches of a plan and the job that routes each, leased to this node. */
export function batchRows(plan: PlannedGroup): { batches: Tables["signal_batches"][]; jobs: Tables["jobs"][] } {
  const batches = plan.batches.map((b) => ({ workspace_id: b.workspaceId, id: b.batchId, stored_at: b.storedAt, signals: b.signalIds.length, routed_at: null }));
  const jobs = plan.batches.map((b) => ({
    workspace_id: b.workspaceId,
    id: b.batchId,
    kind: "route",
    payload: JSON.stringify(b.signalIds),
    state: "leased" as const,
    run_at: b.storedAt,
    attempts: 1,
    lease_until: b.storedAt + routeLeaseMs,
    last_error: null,
    created_at: b.storedAt,
  }));
  return { batches, jobs };
}

/** What other nodes are told of each batch: where it is. The ids stand in for an index on `batch_id`. */
export interface StoredNews {
  workspaceId: string;
  batchId: string;
  firstId: string;
  lastId: string;
}

export function saidOf(plan: PlannedGroup): string[] {
  return plan.batches.map((b) => {
    let [firstId = "", lastId = firstId] = [b.signalIds[0]];
    for (const id of b.signalIds) {
      if (id < firstId) firstId = id;
      if (id > lastId) lastId = id;
    }
    return JSON.stringify({ workspaceId: b.workspaceId, batchId: b.batchId, firstId, lastId } satisfies StoredNews);
  });
}
