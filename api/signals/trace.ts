import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import type { SignalRow } from "../../store/tables.ts";
import type { WorkflowRunStepRow } from "../../store/tables-runs.ts";
import { findBatch, findLink, findSignal, selectRunsOf, selectStepsOf } from "./queries.ts";

/** A signal's way through the house, told from the rows that each station wrote; what no row says is not said. Throws NOT_FOUND. */
export async function traceSignal(ctx: Ctx, id: string) {
  const workspaceId = ctx.workspace.id;
  const db = ctx.store.read;
  const signal = await findSignal(db, workspaceId, id);
  if (!signal) throw new ApiError("NOT_FOUND");
  const [batch, link, runs] = await Promise.all([
    findBatch(db, workspaceId, signal.batch_id),
    signal.visitor_id === null || signal.contact_id === null ? undefined : findLink(db, workspaceId, signal.visitor_id, signal.contact_id),
    selectRunsOf(db, workspaceId, id),
  ]);
  const steps = Map.groupBy(await selectStepsOf(db, workspaceId, runs.map((run) => run.id)), (step) => step.run_id);
  const routedAt = batch?.routed_at ?? null;
  return {
    signalId: id,
    received: { at: signal.received_at, occurredAt: signal.occurred_at, source: signal.source, keyId: signal.key_id, clockFlag: signal.clock_flag },
    stored: { at: batch?.stored_at ?? null, batchId: signal.batch_id },
    linked: {
      contactId: signal.contact_id,
      claimedContactId: signal.claimed_contact_id,
      visitorId: signal.visitor_id,
      sessionId: signal.session_id,
      by: signal.contact_id === null ? null : (link?.proof ?? ("sent" as const)),
      at: link?.at ?? null,
    },
    routed: routedAt === null ? null : { at: routedAt },
    nothingStarted: runs.length > 0 ? null : whyNothing(signal, routedAt),
    runs: runs.map((run) => ({
      runId: run.id,
      workflowId: run.workflow_id,
      workflowName: run.workflow_name,
      workflowVersion: run.version,
      cause: run.cause,
      status: run.status,
      error: run.error,
      queuedAt: run.created_at,
      startedAt: run.started_at,
      finishedAt: run.finished_at,
      steps: (steps.get(run.id) ?? []).map(toStep),
    })),
  };
}

function whyNothing(signal: SignalRow, routedAt: number | null) {
  if (signal.bot !== null) return { reason: "bot" as const, detail: `It counts as a bot's (${signal.bot}), and bots start no workflow.` };
  if (routedAt === null) return { reason: "not_routed" as const, detail: "The router has not seen it yet." };
  if (signal.contact_id !== null) return { reason: "no_workflow" as const, detail: "No active workflow's trigger, condition and cooldown let it start when it was routed." };
  if (signal.claimed_contact_id !== null) return { reason: "unverified" as const, detail: "Nobody proved that it is the contact's. Only a workflow that accepts unverified claims could have started, and none did." };
  return { reason: "anonymous" as const, detail: "It belongs to nobody known, and no workflow started." };
}

function toStep(step: WorkflowRunStepRow) {
  return { path: step.path, do: step.action, status: step.status, attempts: step.attempts, error: step.error, startedAt: step.started_at, finishedAt: step.finished_at };
}
