import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { WorkflowRunRow, WorkflowRunStepRow } from "../../store/tables-runs.ts";
import { getWorkflowRow } from "../workflows/index.ts";
import { endOpenSteps, findRun, lockRun, selectRuns, selectRunSteps, updateRun } from "./queries.ts";

export async function listRuns(ctx: Ctx, cursors: Cursors, workflowId: string, query: { limit: number; cursor?: string | undefined; status?: WorkflowRunRow["status"] | undefined }) {
  await getWorkflowRow(ctx.store.read, ctx.workspace.id, workflowId);
  const bound = [ctx.workspace.id, "workflow-runs", workflowId, query.status];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectRuns(ctx.store.slow, { workspaceId: ctx.workspace.id, workflowId, limit: query.limit + 1, before, status: query.status });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { runs: page.map(toRun), ...more };
}

export async function getRun(ctx: Ctx, id: string) {
  const row = await getRunRow(ctx, ctx.store.read, id);
  return { ...toRun(row), steps: (await selectRunSteps(ctx.store.read, ctx.workspace.id, id)).map(toStep) };
}

/** Ends a run where it stands; who has it writes nothing any more. One that has ended stays as it is. */
export async function cancelRun(ctx: Ctx, tx: Write, id: string) {
  const row = await lockRun(ctx.store, tx, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  if (row.finished_at !== null) return toRun(row);
  const now = ctx.clock.now();
  const change = { status: "stopped", error: "It was cancelled.", held: 0, due_at: null, finished_at: now, claims: row.claims + 1 } as const;
  await updateRun(tx, ctx.workspace.id, id, change);
  await endOpenSteps(tx, ctx.workspace.id, id, "The run was cancelled while it was under way.", now);
  await recordEvent(tx, ctx, "workflow.run_stopped", { runId: id, workflowId: row.workflow_id, contactId: row.contact_id });
  await recordAudit(tx, ctx, "workflow.run_cancelled", { runId: id });
  return toRun({ ...row, ...change });
}

/** Throws NOT_FOUND. */
export async function getRunRow(ctx: Ctx, db: Read | Write, id: string): Promise<WorkflowRunRow> {
  const row = await findRun(db, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

export function toRun(row: WorkflowRunRow) {
  return {
    id: row.id,
    workflowId: row.workflow_id,
    workflowVersion: row.version,
    contactId: row.contact_id,
    signalId: row.signal_id,
    cause: row.cause,
    status: row.status,
    held: row.held === 1,
    depth: row.depth,
    replayOf: row.replay_of,
    error: row.error,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

function toStep(step: WorkflowRunStepRow) {
  return {
    path: step.path,
    do: step.action,
    status: step.status,
    attempts: step.attempts,
    input: JSON.parse(step.detail) as Record<string, unknown>,
    output: JSON.parse(step.output) as Record<string, unknown>,
    error: step.error,
    startedAt: step.started_at,
    finishedAt: step.finished_at,
    durationMs: step.finished_at === null ? null : step.finished_at - step.started_at,
    nextAt: step.next_at,
  };
}
