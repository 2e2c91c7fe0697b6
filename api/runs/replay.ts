import { ApiError, invalid } from "../../core/errors.ts";
import { getDefinition, type Saved } from "../../store/authored.ts";
import type { Ctx } from "../../store/context.ts";
import type { Write } from "../../store/store.ts";
import type { WorkflowRunRow } from "../../store/tables-runs.ts";
import { definitionOf, getWorkflowRow, sameWay } from "../workflows/index.ts";
import type { RunFacts } from "./facts.ts";
import { lockContact, selectReplayable, selectRunSteps } from "./queries.ts";
import { getRunRow } from "./service.ts";
import { type Start, startRuns } from "./start.ts";

const replayedMax = 500;

export interface How {
  version: "original" | "current";
  from: "start" | "failed_step";
}

/** A run that does what another did, queued. */
export async function replayRun(ctx: Ctx, tx: Write, id: string, how: How) {
  const old = await getRunRow(ctx, tx, id);
  const workflow = await getActive(ctx, tx, old.workflow_id);
  const start = await startOf(ctx, tx, old, workflow, how);
  const [run] = await startRuns(ctx, tx, [start], 0);
  if (!run) throw new Error("a replay started no run");
  return { runId: run.id, workflowId: run.workflow_id, workflowVersion: run.version, status: run.status };
}

/** As `replayRun`, for each run that failed and was not replayed; those that can't be are named. */
export async function replayFailedRuns(ctx: Ctx, tx: Write, workflowId: string, { since = 0, ...how }: How & { since?: number | undefined }) {
  const workflow = await getActive(ctx, tx, workflowId);
  const found = await selectReplayable(tx, ctx.workspace.id, workflowId, since, replayedMax + 1);
  const starts: Start[] = [];
  const skipped: { runId: string; reason: string }[] = [];
  for (const old of found.slice(0, replayedMax)) {
    try {
      starts.push(await startOf(ctx, tx, old, workflow, how));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      skipped.push({ runId: old.id, reason: error.details?.[0]?.message ?? error.message });
    }
  }
  await startRuns(ctx, tx, starts, 0);
  return { queued: starts.length, skipped, more: found.length > replayedMax };
}

async function getActive(ctx: Ctx, tx: Write, id: string): Promise<Saved> {
  const workflow = await getWorkflowRow(tx, ctx.workspace.id, id);
  if (workflow.status !== "active" || workflow.archived_at !== null) throw new ApiError("WORKFLOW_INACTIVE");
  return workflow;
}

async function startOf(ctx: Ctx, tx: Write, old: WorkflowRunRow, workflow: Saved, { version, from }: How): Promise<Start> {
  if (old.finished_at === null) throw invalid("id", "not_ended", "This run has not ended. Cancel it first, or wait.");
  const failed = from === "failed_step" ? await failedPath(ctx, tx, old) : undefined;
  if (failed !== undefined && version === "current" && workflow.version !== old.version) {
    const before = definitionOf({ definition: await getDefinition(tx, "workflows", ctx.workspace.id, workflow.id, old.version) });
    if (!sameWay(before.steps, definitionOf(workflow).steps, failed)) {
      throw invalid("from", "other_steps", "The current version leads to the failed step by other steps. Replay the original version, or from the start.");
    }
  }
  if (old.contact_id !== null) {
    const contact = await lockContact(ctx.store, tx, ctx.workspace.id, old.contact_id);
    if (!contact) throw new ApiError("NOT_FOUND", { message: "The contact of this run is gone." });
    if (contact.archived_at !== null) throw new ApiError("CONTACT_ARCHIVED");
  }
  const { seq: _, ...facts } = JSON.parse(old.facts) as RunFacts;
  return {
    workflowId: workflow.id,
    version: version === "original" ? old.version : workflow.version,
    contactId: old.contact_id,
    signalId: old.signal_id,
    eventId: old.event_id,
    cause: "replay",
    replayOf: old.id,
    startAt: failed ?? null,
    facts,
    depth: old.depth,
    // From the start it is meant to happen once more: then its keys are its own.
    ...(failed === undefined ? {} : { origin: old.origin }),
  };
}

async function failedPath(ctx: Ctx, tx: Write, old: WorkflowRunRow): Promise<string> {
  const failed = (await selectRunSteps(tx, ctx.workspace.id, old.id)).findLast((step) => step.status === "failed");
  if (!failed) throw invalid("from", "no_failed_step", "No step of this run has failed. Replay it from the start.");
  return failed.path;
}
