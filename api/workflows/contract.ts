import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { contactStatuses } from "../../core/contact-words.ts";
import { cursor, flag, id, limit, pageFields, params } from "../../core/query-words.ts";
import { shaped } from "../../core/shape-words.ts";
import { priorities, signalTypes } from "../../core/signal-words.ts";
import { line, text, webUrl } from "../../core/text-words.ts";
import { Condition, fieldKind } from "../conditions/contract.ts";

const nestingMax = 4;
const stepsMax = 50;

/** Text in which `{{ contact.firstName }}` stands for a field. */
function template(inner: z.ZodType<string>): z.ZodType<string> {
  return inner.superRefine((typed, ctx) => {
    for (const [, name = ""] of typed.matchAll(/\{\{([^{}]*)\}\}/g)) {
      if (fieldKind(name.trim()) === undefined) ctx.addIssue({ code: "custom", message: `There is no field "${name.trim().slice(0, 80)}" to fill in.` });
    }
  });
}

export const Trigger = z.discriminatedUnion("on", [
  z.strictObject({ on: z.literal("signal"), types: z.array(z.enum(signalTypes)).max(8).default([]), priorities: z.array(z.enum(priorities)).max(3).default([]), sources: z.array(line(100)).max(20).default([]), page: line(200).optional() }),
  z.strictObject({ on: z.literal("score"), icpProfileId: id, crosses: z.number().int().min(1).max(100) }),
  z.strictObject({ on: z.literal("contact.status"), to: z.enum(contactStatuses) }),
  z.strictObject({ on: z.literal("enrollment"), event: z.enum(["created", "completed", "stopped"]), sequenceId: id.optional() }),
  z.strictObject({ on: z.literal("reply") }),
  z.strictObject({ on: z.literal("schedule"), cron: z.string().max(100).regex(/^((\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?(,(\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?)*( (?!$)|$)){5}$/, "is five fields (minute hour day month weekday) of numbers, like 0 9 * * 1") }),
  z.strictObject({ on: z.literal("inbound") }),
  z.strictObject({ on: z.literal("manual") }),
]);
export type Trigger = z.infer<typeof Trigger>;

export type Step =
  | { do: "enrich"; forceRefresh?: boolean | undefined }
  | { do: "score"; icpProfileId: string }
  | { do: "branch"; where: Condition; then: Step[]; else?: Step[] | undefined }
  | { do: "enroll"; sequenceId: string }
  | { do: "unenroll"; sequenceId?: string | undefined }
  | { do: "tag"; add?: string[] | undefined; remove?: string[] | undefined }
  | { do: "notify"; connectorId: string; message: string }
  | { do: "webhook"; url: string }
  | { do: "wait"; hours?: number | undefined; days?: number | undefined }
  | { do: "set"; field: string; value: string | number | boolean | null }
  | { do: "task"; title: string; notes?: string | undefined }
  | { do: "stop" };

const tags = z.array(line(100)).min(1).max(50);
const plainSteps = {
  enrich: z.strictObject({ do: z.literal("enrich"), forceRefresh: z.boolean().optional() }),
  score: z.strictObject({ do: z.literal("score"), icpProfileId: id }),
  enroll: z.strictObject({ do: z.literal("enroll"), sequenceId: id }),
  unenroll: z.strictObject({ do: z.literal("unenroll"), sequenceId: id.optional() }),
  tag: z.strictObject({ do: z.literal("tag"), add: tags.optional(), remove: tags.optional() }).refine((step) => step.add ?? step.remove, "says neither add nor remove"),
  notify: z.strictObject({ do: z.literal("notify"), connectorId: id, message: template(text(4000)) }),
  webhook: z.strictObject({ do: z.literal("webhook"), url: webUrl }),
  wait: z.strictObject({ do: z.literal("wait"), hours: z.number().min(0).max(8760).optional(), days: z.number().min(0).max(365).optional() }).refine((step) => (step.hours ?? 0) + (step.days ?? 0) > 0, "says neither hours nor days"),
  set: z.strictObject({ do: z.literal("set"), field: z.string().regex(/^(status|title|company|location|notes|attributes\.[\w-]{1,64})$/, "is status, title, company, location, notes or attributes.*"), value: z.union([text(5000), z.number(), z.boolean(), z.null()]) }).refine((step) => step.field !== "status" || contactStatuses.some((status) => status === step.value), { path: ["value"], message: `is one of ${contactStatuses.join(", ")}` }),
  task: z.strictObject({ do: z.literal("task"), title: template(line(300)), notes: template(text(5000)).optional() }),
  stop: z.strictObject({ do: z.literal("stop") }),
};
/** What is no step at all: the error is at `do`. */
const unknownStep = z.strictObject({ do: z.enum(["branch", ...Object.keys(plainSteps)]) });

/** The steps of a list in which branches may hold `left` levels more. */
function stepsAt(left: number): z.ZodType<Step[]> {
  const inner = z.lazy(() => stepsAt(left - 1));
  const branch = z.strictObject({ do: z.literal("branch"), where: Condition, then: inner, else: inner.optional() });
  const step = shaped<Step>(
    (value) => {
      if (value["do"] === "branch") return left > 0 ? branch : `Nest branches at most ${nestingMax} levels.`;
      const known = typeof value["do"] === "string" && Object.hasOwn(plainSteps, value["do"]) ? plainSteps[value["do"] as keyof typeof plainSteps] : unknownStep;
      return known as z.ZodType<Step>;
    },
    { description: `{ do: ${["branch", ...Object.keys(plainSteps)].join(" | ")}, … }; a branch is { do: "branch", where: condition, then: [steps], else: [steps] }`, examples: [{ do: "tag", add: ["nurture"] }] },
  );
  return z.array(step).max(stepsMax);
}

const countSteps = (steps: readonly Step[]): number => steps.reduce((sum, step) => sum + 1 + (step.do === "branch" ? countSteps(step.then) + countSteps(step.else ?? []) : 0), 0);
export const Steps = stepsAt(nestingMax).refine((steps) => countSteps(steps) <= stepsMax, `has more than ${stepsMax} steps, those in branches counted`);

const authored = {
  name: line(200),
  trigger: Trigger,
  where: Condition.nullable(),
  steps: Steps,
  /** The same contact starts it again only after so long. */
  cooldownHours: z.number().min(0).max(8760),
  /** Whether what a browser claims and nobody proved may start it. */
  acceptUnverified: z.boolean(),
};
const { name, trigger, ...rest } = authored;

export const WorkflowInput = z.strictObject({ name, trigger, ...z.strictObject(rest).partial().shape });
export const WorkflowPatch = z.strictObject(authored).partial();
export const Definition = z.strictObject({ trigger, ...rest });
export type Definition = z.infer<typeof Definition>;

const workflowStatuses = ["draft", "active", "paused"] as const;
const summary = { id: z.string(), name: z.string(), status: z.enum(workflowStatuses), version: z.number(), createdAt: z.number(), updatedAt: z.number(), archivedAt: z.number().nullable() };
export const WorkflowSummary = z.object(summary);
export const Workflow = z.object({ ...summary, ...Definition.shape });

export const runStatuses = ["queued", "running", "waiting", "completed", "failed", "stopped"] as const;
export const Run = z.object({
  id: z.string(),
  workflowId: z.string(),
  workflowVersion: z.number(),
  contactId: z.string().nullable(),
  signalId: z.string().nullable(),
  /** `trigger`: its trigger fired; `api`: POST /workflows/:id/trigger; `replay`. */
  cause: z.enum(["trigger", "api", "replay"]),
  status: z.enum(runStatuses),
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
      detail: z.record(z.string(), z.unknown()),
      error: z.string().nullable(),
      startedAt: z.number(),
      finishedAt: z.number().nullable(),
    }),
  ),
});

const read = { access: "workflows:read", credits: 0 } as const;
const manage = { access: "workflows:manage", credits: 0 } as const;

export const listWorkflows = endpoint({
  key: "workflows.list", method: "GET", path: "/workflows", ...read,
  summary: "List workflows, newest first",
  query: z.object({ limit: limit(100, 50), cursor, status: z.enum(workflowStatuses).optional(), include_archived: flag.default(false) }),
  answers: { 200: z.object({ workflows: z.array(WorkflowSummary), ...pageFields }) },
});
export const createWorkflow = endpoint({
  key: "workflows.create", method: "POST", path: "/workflows", ...manage,
  summary: "Write a workflow; it starts as a draft",
  body: WorkflowInput,
  answers: { 201: Workflow },
});
export const getWorkflow = endpoint({ key: "workflows.get", method: "GET", path: "/workflows/:id", ...read, summary: "One workflow", params, answers: { 200: Workflow } });
export const updateWorkflow = endpoint({
  key: "workflows.update", method: "PATCH", path: "/workflows/:id", ...manage,
  summary: "Change a workflow",
  description: "Makes a new version; runs go on with theirs. Absent fields are kept, lists are replaced.",
  params, body: WorkflowPatch,
  answers: { 200: Workflow },
});
export const archiveWorkflow = endpoint({
  key: "workflows.archive", method: "DELETE", path: "/workflows/:id", ...manage,
  summary: "Archive a workflow",
  description: "It starts no more; its runs go on. Doing it again changes nothing.",
  params,
  answers: { 200: Workflow },
});
export const activateWorkflow = endpoint({
  key: "workflows.activate", method: "POST", path: "/workflows/:id/activate", ...manage,
  summary: "Activate a workflow",
  description: "It needs a step, and the sequences that its steps name.",
  params,
  answers: { 200: Workflow },
});
export const pauseWorkflow = endpoint({ key: "workflows.pause", method: "POST", path: "/workflows/:id/pause", ...manage, summary: "Pause a workflow; its runs are held", params, answers: { 200: Workflow } });

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
export const replayRun = endpoint({
  key: "workflowRuns.replay", method: "POST", path: "/workflow-runs/:id/replay", access: "workflows:write", credits: 0,
  summary: "Run it again",
  description: "With the version of then (original) or of now (current), from the start or the step that failed.",
  params,
  body: z.strictObject({ version: z.enum(["original", "current"]).default("original"), from: z.enum(["start", "failed_step"]).default("start") }),
  answers: { 202: z.object({ runId: z.string(), workflowId: z.string(), workflowVersion: z.number(), status: z.enum(runStatuses) }) },
});

export const testWorkflow = endpoint({
  key: "workflows.test", method: "POST", path: "/workflows/:id/test", ...read,
  summary: "What a workflow would do for a contact right now; does nothing",
  description: "Name a stored signal to ask the trigger as well. Steps that would change what a later condition reads are not taken into account.",
  params,
  body: z.strictObject({ contactId: id, signalId: id.optional() }),
  answers: {
    200: z.object({
      /** Null when no signal was named, or the trigger is not a signal's. */
      triggerFits: z.boolean().nullable(),
      conditionHolds: z.boolean(),
      wouldStart: z.boolean(),
      /** The steps it would take, in order; a branch says where it would go. */
      steps: z.array(z.object({ path: z.string(), do: z.string(), branch: z.enum(["then", "else"]).optional() })),
    }),
  },
});
export const backtestWorkflow = endpoint({
  key: "workflows.backtest", method: "POST", path: "/workflows/:id/backtest", ...manage,
  summary: "Which stored signals of the last 30 days would have started it",
  description: "For workflows that a signal triggers. Counts of signals are as of then; fields of contacts are as of today. Starts nothing.",
  params,
  answers: {
    200: z.object({
      since: z.number(),
      /** Signals that fit the trigger; the newest ones when `truncated`. */
      looked: z.number(),
      truncated: z.boolean(),
      started: z.number(),
      contacts: z.number(),
      /** The first 100, oldest first. */
      runs: z.array(z.object({ signalId: z.string(), contactId: z.string(), at: z.number() })),
    }),
  },
});
