import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { contactFields, contactStatuses } from "../../core/contact-words.ts";
import { cursor, flag, id, limit, pageFields, params } from "../../core/query-words.ts";
import { shaped } from "../../core/shape-words.ts";
import { priorities, signalTypes } from "../../core/signal-words.ts";
import { line, text, webUrl } from "../../core/text-words.ts";
import { zone } from "../../core/zone-words.ts";
import { Condition } from "../conditions/contract.ts";

const nestingMax = 4;
const stepsMax = 50;

export const Trigger = z.discriminatedUnion("on", [
  z.strictObject({ on: z.literal("signal"), types: z.array(z.enum(signalTypes)).max(8).default([]), priorities: z.array(z.enum(priorities)).max(3).default([]), sources: z.array(line(100)).max(20).default([]), page: line(200).optional() }),
  z.strictObject({ on: z.literal("score"), icpProfileId: id, crosses: z.number().int().min(1).max(100) }),
  z.strictObject({ on: z.literal("contact.status"), to: z.enum(contactStatuses) }),
  z.strictObject({ on: z.literal("enrollment"), event: z.enum(["created", "completed", "stopped"]), sequenceId: id.optional() }),
  z.strictObject({ on: z.literal("reply") }),
  z.strictObject({ on: z.literal("schedule"), cron: z.string().max(100).regex(/^((\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?(,(\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?)*( (?!$)|$)){5}$/, "is five fields (minute hour day month weekday) of numbers, like 0 9 * * 1"), zone: zone.default("UTC") }),
  z.strictObject({ on: z.literal("inbound") }),
  z.strictObject({ on: z.literal("manual") }),
]);
export type Trigger = z.infer<typeof Trigger>;

/** What becomes of a run when a step has failed for good: it fails, goes on with the next step, or ends there without a failure. */
const onErrors = ["fail", "continue", "stop"] as const;
type Failing = { onError?: (typeof onErrors)[number] | undefined };

export type Step =
  | ({ do: "enrich"; forceRefresh?: boolean | undefined } & Failing)
  | ({ do: "score"; icpProfileId: string } & Failing)
  | { do: "branch"; where: Condition; then: Step[]; else?: Step[] | undefined }
  | ({ do: "enroll"; sequenceId: string } & Failing)
  | ({ do: "unenroll"; sequenceId?: string | undefined } & Failing)
  | ({ do: "tag"; add?: string[] | undefined; remove?: string[] | undefined } & Failing)
  | ({ do: "notify"; connectorId: string; message: string; subject?: string | undefined; to?: string | undefined } & Failing)
  | ({ do: "webhook"; url: string } & Failing)
  | { do: "wait"; seconds?: number | undefined; hours?: number | undefined; days?: number | undefined }
  | ({ do: "set"; field: string; value: string | number | boolean | null } & Failing)
  | ({ do: "task"; title: string; notes?: string | undefined; kind?: (typeof taskKinds)[number] | undefined } & Failing)
  | { do: "stop" };
export type PlainStep = Exclude<Step, { do: "branch" }>;

const taskKinds = ["call", "linkedin", "email", "other"] as const;
const tags = z.array(line(60)).min(1).max(50);
const onError = z.enum(onErrors).optional();
const plainSteps = {
  enrich: z.strictObject({ do: z.literal("enrich"), forceRefresh: z.boolean().optional(), onError }),
  score: z.strictObject({ do: z.literal("score"), icpProfileId: id, onError }),
  enroll: z.strictObject({ do: z.literal("enroll"), sequenceId: id, onError }),
  unenroll: z.strictObject({ do: z.literal("unenroll"), sequenceId: id.optional(), onError }),
  tag: z.strictObject({ do: z.literal("tag"), add: tags.optional(), remove: tags.optional(), onError }).refine((step) => step.add ?? step.remove, "says neither add nor remove"),
  notify: z.strictObject({ do: z.literal("notify"), connectorId: id, message: text(4000), subject: line(300).optional(), to: line(300).optional(), onError }),
  webhook: z.strictObject({ do: z.literal("webhook"), url: webUrl, onError }),
  wait: z.strictObject({ do: z.literal("wait"), seconds: z.number().int().min(0).max(86_400).optional(), hours: z.number().min(0).max(8760).optional(), days: z.number().min(0).max(365).optional() }).refine((step) => (step.seconds ?? 0) + (step.hours ?? 0) + (step.days ?? 0) > 0, "says neither seconds nor hours nor days"),
  set: z.strictObject({ do: z.literal("set"), field: z.string().regex(/^(status|title|company|location|notes|attributes\.[\w-]{1,64})$/, "is status, title, company, location, notes or attributes.*"), value: z.union([text(5000), z.number(), z.boolean(), z.null()]), onError }).superRefine(checkSet),
  task: z.strictObject({ do: z.literal("task"), title: line(300), notes: text(5000).optional(), kind: z.enum(taskKinds).optional(), onError }),
  stop: z.strictObject({ do: z.literal("stop") }),
};

/** Texts of a contact are texts, of at most their length; attributes take anything. */
function checkSet({ field, value }: { field: string; value: unknown }, ctx: z.RefinementCtx): void {
  const wrong = (message: string) => ctx.addIssue({ code: "custom", path: ["value"], message });
  if (field === "status" && !contactStatuses.some((status) => status === value)) return wrong(`is one of ${contactStatuses.join(", ")}`);
  if (field === "attributes.__proto__") return ctx.addIssue({ code: "custom", path: ["field"], message: "is a name that is not allowed" });
  if (field.startsWith("attributes.") || value === null || field === "status") return;
  const checked = contactFields[field as "title" | "company" | "location" | "notes"].safeParse(value);
  if (!checked.success) wrong(checked.error.issues[0]?.message ?? "is not valid");
}

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
  examples: [{
    body: {
      name: "Hot pricing visit",
      trigger: { on: "signal", types: ["website_visit"], page: "/pricing*" },
      where: { field: "contact.title", op: "contains", value: "VP" },
      steps: [
        { do: "tag", add: ["hot"] },
        { do: "wait", hours: 24 },
        { do: "task", title: "Call {{ contact.firstName }}" },
      ],
      cooldownHours: 24,
    },
  }],
});
export const getWorkflow = endpoint({ key: "workflows.get", method: "GET", path: "/workflows/:id", ...read, summary: "One workflow", params, answers: { 200: Workflow } });
export const updateWorkflow = endpoint({
  key: "workflows.update", method: "PATCH", path: "/workflows/:id", ...manage,
  summary: "Change a workflow",
  description: "Makes a new version; runs go on with theirs. Absent fields are kept, lists are replaced.",
  params, body: WorkflowPatch,
  answers: { 200: Workflow },
  examples: [{ params: { id: "wf123" }, body: { cooldownHours: 48 } }],
});
export const archiveWorkflow = endpoint({
  key: "workflows.archive", method: "DELETE", path: "/workflows/:id", ...manage,
  summary: "Archive a workflow",
  description: "It starts no more; its runs go on, those that a pause holds end. Doing it again changes nothing.",
  params,
  answers: { 200: Workflow },
});
export const activateWorkflow = endpoint({
  key: "workflows.activate", method: "POST", path: "/workflows/:id/activate", ...manage,
  summary: "Activate a workflow",
  description: "It needs a step, and the sequences, connectors and ICP profiles that it names. Runs that a pause held go on.",
  params,
  answers: { 200: Workflow },
});
export const pauseWorkflow = endpoint({ key: "workflows.pause", method: "POST", path: "/workflows/:id/pause", ...manage, summary: "Pause a workflow; its runs are held", description: "They go on where they stand once it is active again. Signals that come in meanwhile start nothing.", params, answers: { 200: Workflow } });

const SigningSecret = z.object({
  /** What the requests of `webhook` steps are signed with, by Standard Webhooks: whsec_… */
  secret: z.string(),
  /** Until when requests carry a signature of the secret before as well; null when there is none. */
  oldSecretUntil: z.number().nullable(),
});
export const getSigningSecret = endpoint({ key: "workflows.signingSecret", method: "GET", path: "/workflows/signing-secret", ...manage, summary: "The secret that webhook steps sign with", answers: { 200: SigningSecret } });
export const rotateSigningSecret = endpoint({
  key: "workflows.rotateSigningSecret", method: "POST", path: "/workflows/signing-secret/rotate", ...manage,
  summary: "A new secret for webhook steps",
  description: "Requests are signed with the old one as well for 24 hours.",
  answers: { 200: SigningSecret },
});
