import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, id, limit, pageFields, params } from "../../core/query-words.ts";

export const runStatuses = ["queued", "running", "waiting", "completed", "failed", "stopped"] as const;
export const Run = z.object({
  id: z.string(),
  workflowId: z.string(),
  /** The version that it began with, and keeps. */
  workflowVersion: z.number(),
  contactId: z.string().nullable(),
  signalId: z.string().nullable(),
  /** `trigger`: its trigger fired; `api`: POST /workflows/:id/trigger; `replay`. */
  cause: z.enum(["trigger", "api", "replay"]),
  status: z.enum(runStatuses),
  /** Its workflow is paused: it goes on where it stands once that is active again. */
  held: z.boolean(),
  /** How many runs led to it, one after the other, itself included. */
  depth: z.number(),
  replayOf: z.string().nullable(),
  error: z.string().nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
});
export const RunDetail = Run.extend({
  /** In the order in which they began; none before the run begins. */
  steps: z.array(
    z.object({
      path: z.string(),
      do: z.string(),
      status: z.enum(["running", "waiting", "completed", "failed", "skipped"]),
      attempts: z.number(),
      /** With its templates filled in; secrets are left out. */
      input: z.record(z.string(), z.unknown()),
      output: z.record(z.string(), z.unknown()),
      /** Why the last try failed. */
      error: z.string().nullable(),
      startedAt: z.number(),
      finishedAt: z.number().nullable(),
      durationMs: z.number().nullable(),
      /** Of a step that waits: until when, or when it is tried again. */
      nextAt: z.number().nullable(),
    }),
  ),
});

const read = { access: "workflows:read", credits: 0 } as const;
const write = { access: "workflows:write", credits: 0 } as const;
const queued = z.object({ runId: z.string(), workflowId: z.string(), workflowVersion: z.number(), status: z.enum(runStatuses) });

export const triggerWorkflow = endpoint({
  key: "workflows.trigger", method: "POST", path: "/workflows/:id/trigger", access: "workflows:write", credits: 2,
  summary: "Trigger an active workflow for a contact",
  description: "Stores a custom_webhook signal with `data` and a run that is queued, both or neither. The workflow's own trigger, condition and cooldown are not asked.",
  params,
  body: z.strictObject({ contactId: id, data: z.unknown().meta({ type: "object", description: "An object of at most 10,240 bytes of JSON." }).optional() }),
  answers: { 202: z.object({ signalId: z.string(), runId: z.string(), workflowId: z.string(), status: z.enum(runStatuses) }) },
});

export const listRuns = endpoint({
  key: "workflowRuns.list", method: "GET", path: "/workflows/:id/runs", ...read,
  summary: "Runs of a workflow, newest first",
  params,
  query: z.object({ limit: limit(100, 50), cursor, status: z.enum(runStatuses).optional() }),
  answers: { 200: z.object({ runs: z.array(Run), ...pageFields }) },
});
export const getRun = endpoint({ key: "workflowRuns.get", method: "GET", path: "/workflow-runs/:id", ...read, summary: "One run with its steps", params, answers: { 200: RunDetail } });
export const cancelRun = endpoint({
  key: "workflowRuns.cancel", method: "POST", path: "/workflow-runs/:id/cancel", ...write,
  summary: "End a run",
  description: "No further step begins; one that runs right now may still have its effect. Doing it again changes nothing; a run that has ended stays as it is.",
  params,
  answers: { 200: Run },
});

const how = {
  version: z.enum(["original", "current"]).default("original"),
  from: z.enum(["start", "failed_step"]).default("start"),
};
export const replayRun = endpoint({
  key: "workflowRuns.replay", method: "POST", path: "/workflow-runs/:id/replay", ...write,
  summary: "Run it again",
  description: "With the version of then (original) or of now (current), from the start or the step that failed. From the failed step its idempotency key is the one of before, so that a receiver who got it takes it once.",
  params,
  body: z.strictObject(how),
  answers: { 202: queued },
  examples: [{ params: { id: "r58e..." }, body: { version: "current", from: "start" } }],
});
export const replayFailedRuns = endpoint({
  key: "workflowRuns.replayFailed", method: "POST", path: "/workflows/:id/replay-failed", ...write,
  summary: "Run all failed runs of a workflow again",
  description: "Those that failed and were not replayed yet, oldest first, at most 500 a call; `more` says that there are others. A run that can't be replayed is named with the reason.",
  params,
  body: z.strictObject({ ...how, since: z.number().int().min(0).optional() }),
  answers: { 202: z.object({ queued: z.number(), skipped: z.array(z.object({ runId: z.string(), reason: z.string() })), more: z.boolean() }) },
  examples: [{ params: { id: "wf123" }, body: { from: "failed_step", since: 1_705_312_200_000 } }],
});

const stepPlan = z.object({
  path: z.string(),
  do: z.string(),
  branch: z.enum(["then", "else"]).optional(),
  /** As it would be rendered; null where that fails. */
  input: z.record(z.string(), z.unknown()).nullable(),
  problem: z.string().optional(),
  /** When, waits before it counted. */
  at: z.number(),
});
export const testWorkflow = endpoint({
  key: "workflows.test", method: "POST", path: "/workflows/:id/test", ...read,
  summary: "What a workflow would do for a contact right now; does nothing",
  description: "Name a stored signal to ask the trigger as well. Walks the steps as a run would; what a step changes of the contact, later steps see. What enrichment would find nobody knows before.",
  params,
  body: z.strictObject({ contactId: id, signalId: id.optional() }),
  answers: {
    200: z.object({
      /** Null when no signal was named, or the trigger is not a signal's. */
      triggerFits: z.boolean().nullable(),
      conditionHolds: z.boolean(),
      wouldStart: z.boolean(),
      steps: z.array(stepPlan),
    }),
  },
  examples: [{ params: { id: "wf123" }, body: { contactId: "contact123" } }],
});

const Backtest = z.object({
  id: z.string(),
  workflowId: z.string(),
  workflowVersion: z.number(),
  status: z.enum(["queued", "running", "completed", "failed"]),
  since: z.number(),
  /** Signals looked at so far, of `total`. */
  progress: z.object({ looked: z.number(), total: z.number() }),
  /** How many would have started, and for how many contacts. */
  started: z.number(),
  contacts: z.number(),
  /** The first 1,000, oldest first: who, when, and how far it would have come by now. */
  runs: z.array(z.object({ signalId: z.string(), contactId: z.string(), at: z.number(), reached: z.object({ path: z.string(), do: z.string(), waiting: z.boolean() }).nullable() })),
  error: z.string().nullable(),
  createdAt: z.number(),
  finishedAt: z.number().nullable(),
});
export const backtestWorkflow = endpoint({
  key: "workflows.backtest", method: "POST", path: "/workflows/:id/backtest", access: "workflows:manage", credits: 0,
  summary: "Which stored signals of the last 30 days would have started it",
  description: "For workflows that a signal triggers; a job whose progress GET /workflow-backtests/:id tells. Counts of signals are as of then; fields of contacts are as of today. Starts nothing.",
  params,
  answers: { 202: Backtest },
});
export const getBacktest = endpoint({ key: "workflowBacktests.get", method: "GET", path: "/workflow-backtests/:id", ...read, summary: "A backtest: its progress, or what it found", params, answers: { 200: Backtest } });
