import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { checkData } from "../../core/json-guard.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { NewSignal } from "../../store/ingest.ts";
import { enqueue } from "../../store/queue.ts";
import type { Write } from "../../store/store.ts";
import type { WorkflowRunRow } from "../../store/tables-outreach.ts";
import { findRun, insertRun, lockContact, selectRuns, selectRunSteps } from "./queries.ts";
import { getWorkflowRow } from "./service.ts";

/**
 * Stores a custom_webhook signal of the contact and a run that is queued for it, in the call's transaction: both or
 * neither. `announce` has to be called after it, so that the signal is routed at once. The unique index on signal and
 * workflow keeps the router from starting the same workflow once more.
 */
export async function triggerWorkflow(ctx: Ctx, tx: Write, workflowId: string, input: { contactId: string; data?: unknown }) {
  const workflow = await getWorkflowRow(tx, ctx.workspace.id, workflowId);
  const contact = await lockContact(ctx.store, tx, ctx.workspace.id, input.contactId);
  if (!contact) throw new ApiError("NOT_FOUND", { message: "There is no contact with this contactId." });
  if (workflow.status !== "active" || workflow.archived_at !== null) throw new ApiError("WORKFLOW_INACTIVE");
  if (contact.archived_at !== null) throw new ApiError("CONTACT_ARCHIVED");
  const signal = signalOf(ctx, input.contactId, input.data ?? {});
  const run = await startRun(ctx, tx, { workflow_id: workflowId, version: workflow.version, contact_id: input.contactId, signal_id: signal.row.id, cause: "api", replay_of: null, start_at: null });
  // Last: it holds sums that ingest writes too.
  const { signalId, announce } = await ctx.store.appendIn(tx, signal);
  return { answer: { signalId, runId: run.id, workflowId, status: run.status }, announce };
}

/** A run that does what another did, queued. */
export async function replayRun(ctx: Ctx, tx: Write, id: string, how: { version: "original" | "current"; from: "start" | "failed_step" }) {
  const old = await getRunRow(ctx, tx, id);
  const workflow = await getWorkflowRow(tx, ctx.workspace.id, old.workflow_id);
  const failed = (await selectRunSteps(tx, ctx.workspace.id, id)).findLast((step) => step.status === "failed");
  if (how.from === "failed_step" && !failed) throw invalid("from", "no_failed_step", "No step of this run has failed. Replay it from the start.");
  if (how.from === "failed_step" && how.version === "current" && workflow.version !== old.version) {
    throw invalid("from", "other_steps", "The current version has other steps. Replay the original version, or from the start.");
  }
  if (workflow.status !== "active" || workflow.archived_at !== null) throw new ApiError("WORKFLOW_INACTIVE");
  if (old.contact_id !== null && (await lockContact(ctx.store, tx, ctx.workspace.id, old.contact_id))?.archived_at !== null) throw new ApiError("CONTACT_ARCHIVED");
  const run = await startRun(ctx, tx, {
    workflow_id: old.workflow_id,
    version: how.version === "original" ? old.version : workflow.version,
    contact_id: old.contact_id,
    signal_id: null,
    cause: "replay",
    replay_of: id,
    start_at: how.from === "failed_step" ? (failed?.path ?? null) : null,
  });
  return { runId: run.id, workflowId: run.workflow_id, workflowVersion: run.version, status: run.status };
}

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
  const steps = await selectRunSteps(ctx.store.read, ctx.workspace.id, id);
  return {
    ...toRun(row),
    steps: steps.map((step) => ({
      path: step.path,
      do: step.action,
      status: step.status,
      attempts: step.attempts,
      detail: JSON.parse(step.detail) as Record<string, unknown>,
      error: step.error,
      startedAt: step.started_at,
      finishedAt: step.finished_at,
    })),
  };
}

async function getRunRow(ctx: Ctx, db: Write, id: string): Promise<WorkflowRunRow> {
  const row = await findRun(db, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

type Start = Pick<WorkflowRunRow, "workflow_id" | "version" | "contact_id" | "signal_id" | "cause" | "replay_of" | "start_at">;

/** A queued run and the job that an engine takes it up by. */
async function startRun(ctx: Ctx, tx: Write, start: Start): Promise<WorkflowRunRow> {
  const now = ctx.clock.now();
  const row: WorkflowRunRow = { workspace_id: ctx.workspace.id, id: newId(now), ...start, status: "queued", error: null, created_at: now, started_at: null, finished_at: null };
  await insertRun(tx, row);
  await enqueue(tx, { workspaceId: row.workspace_id, kind: "workflow-run", payload: { runId: row.id }, runAt: now, now });
  await recordEvent(tx, ctx, "workflow.run_queued", { runId: row.id, workflowId: row.workflow_id, contactId: row.contact_id });
  return row;
}

function signalOf(ctx: Ctx, contactId: string, data: unknown): NewSignal {
  const checked = checkData(data);
  if (!checked.ok) throw invalid(["data", ...checked.path].join("."), checked.code, checked.message);
  const now = ctx.clock.now();
  const none = { notes: null, claimed_contact_id: null, message_id: null, visitor_id: null, session_id: null, clock_flag: null, page_host: null, page_path: null, referrer_kind: null, referrer_name: null, utm: null, browser: null, os: null, device: null, country: null, bot: null, actioned_at: null };
  return {
    visitorMode: "identified",
    capability: "api.workflows.trigger",
    credits: 0,
    bytes: checked.json.length,
    row: { workspace_id: ctx.workspace.id, id: newId(now), type: "custom_webhook", priority: "medium", source: "workflow_trigger", data: checked.json, contact_id: contactId, key_id: ctx.actor.id, batch_id: "", received_at: now, occurred_at: now, ...none },
  };
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
    replayOf: row.replay_of,
    error: row.error,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
