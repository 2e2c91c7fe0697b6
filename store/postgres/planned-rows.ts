import type { NewSignal, PlannedGroup } from "../ingest.ts";
import type { Tables } from "../tables.ts";

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
    company_id: null,
  };
}

/** What other nodes are told of each batch: where it is. The ids stand in for an index on `batch_id`. */
export interface StoredNews {
  workspaceId: string;
  batchId: string;
  firstId: string;
  lastId: string;
}

export function saidOf(plan: Pick<PlannedGroup, "batches">): string[] {
  return plan.batches.map((b) => {
    let [firstId = "", lastId = firstId] = [b.signalIds[0]];
    for (const id of b.signalIds) {
      if (id < firstId) firstId = id;
      if (id > lastId) lastId = id;
    }
    return JSON.stringify({ workspaceId: b.workspaceId, batchId: b.batchId, firstId, lastId } satisfies StoredNews);
  });
}
