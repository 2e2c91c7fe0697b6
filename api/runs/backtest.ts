import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { enqueue } from "../../store/queue.ts";
import type { Write } from "../../store/store.ts";
import type { BacktestRow } from "../../store/tables-runs.ts";
import { definitionOf, getWorkflowRow } from "../workflows/index.ts";
import { findBacktest, insertBacktest } from "./queries.ts";

const dayMs = 86_400_000;
const backtestDays = 30;

/** What a backtest has found so far, as its row keeps it. */
export interface Found {
  started: number;
  contacts: number;
  runs: { signalId: string; contactId: string; at: number; reached: { path: string; do: string; waiting: boolean } | null }[];
}

/** Queues a look at the stored signals of the last 30 days; `backtestJob` does it. */
export async function backtestWorkflow(ctx: Ctx, tx: Write, id: string) {
  const workflow = await getWorkflowRow(tx, ctx.workspace.id, id);
  if (definitionOf(workflow).trigger.on !== "signal") throw invalid("trigger.on", "not_stored", "Only what a signal triggers can be tested on the past: the signals are stored, the other events are not.");
  const now = ctx.clock.now();
  const none: Found = { started: 0, contacts: 0, runs: [] };
  const row: BacktestRow = {
    workspace_id: ctx.workspace.id, id: newId(now), workflow_id: id, version: workflow.version, status: "queued", looked: 0, total: 0,
    result: JSON.stringify(none), error: null, since: now - backtestDays * dayMs, created_at: now, finished_at: null,
  };
  await insertBacktest(tx, row);
  await enqueue(tx, { workspaceId: ctx.workspace.id, kind: "workflow-backtest", payload: { backtestId: row.id }, runAt: now, now });
  return toBacktest(row);
}

export async function getBacktest(ctx: Ctx, id: string) {
  const row = await findBacktest(ctx.store.read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return toBacktest(row);
}

function toBacktest(row: BacktestRow) {
  return {
    id: row.id,
    workflowId: row.workflow_id,
    workflowVersion: row.version,
    status: row.status,
    since: row.since,
    progress: { looked: row.looked, total: row.total },
    ...(JSON.parse(row.result) as Found),
    error: row.error,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
