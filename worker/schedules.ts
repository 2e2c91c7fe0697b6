import { loadFacts, moveSchedule, needsOfWhere, selectContactsAfter, selectDueSchedules, type Start, startRuns } from "../api/runs/index.ts";
import { evaluate } from "../api/conditions/index.ts";
import { definitionOf, getWorkflowRow, nextRunAt } from "../api/workflows/index.ts";
import { enqueue } from "../store/queue.ts";
import { contextOf, type QueueHandler, type Work } from "../store/work.ts";

const lookEveryMs = 1000;
const pageSize = 200;
const hourMs = 3_600_000;

interface Audience {
  workflowId: string;
  version: number;
  /** The minute that it is about, epoch ms. */
  at: number;
  /** Contacts up to this one have been asked. */
  after: string;
}

/**
 * Starts workflows by the clock: each time once, whoever sees it first. A time that passed while nothing ran starts one run when
 * something does again, not one for each time that was missed.
 */
export function startSchedules(work: Work): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const look = () => {
    running ??= fireSchedules(work)
      .catch((error: unknown) => work.log.warn({ err: error }, "schedules could not be looked at; tried again"))
      .finally(() => (running = undefined));
  };
  const timer = setInterval(look, lookEveryMs).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

async function fireSchedules(work: Work): Promise<void> {
  const due = await selectDueSchedules(work.store.read, work.clock.now());
  for (const { workspace_id: workspaceId, workflow_id: workflowId, next_at: at } of due) await fire(work, workspaceId, workflowId, at);
  if (due.length > 0) work.wakeJobs();
}

/** Without a condition one run, for no contact; with one, a run for each contact that fulfils it. */
async function fire(work: Work, workspaceId: string, workflowId: string, at: number): Promise<void> {
  const ctx = await contextOf(work, workspaceId, { kind: "system", id: "schedule" });
  if (!ctx) return;
  await work.store.write(async (tx) => {
    const now = work.clock.now();
    const workflow = await getWorkflowRow(tx, workspaceId, workflowId);
    const { trigger, where } = definitionOf(workflow);
    const next = trigger.on === "schedule" ? nextRunAt(trigger, Math.max(now, at)) : undefined;
    // A schedule without a next time stays where it is, far away.
    if (!(await moveSchedule(tx, workspaceId, workflowId, at, next ?? Number.MAX_SAFE_INTEGER))) return;
    if (workflow.status !== "active" || workflow.archived_at !== null) return;
    if (where === null) await startRuns(ctx, tx, [{ workflowId, version: workflow.version, contactId: null, cause: "trigger", eventId: `schedule ${at}` }], 0);
    else await enqueue(tx, { workspaceId, kind: "workflow-schedule", payload: { workflowId, version: workflow.version, at, after: "" } satisfies Audience, runAt: now, now });
  });
}

/** Asks every contact, a page at a time; a page that is asked twice starts nobody twice. */
export const scheduleJob: QueueHandler = {
  kind: "workflow-schedule",
  what: "starts a scheduled workflow for each contact that fulfils its condition",
  concurrency: 2,
  async handle(work, job) {
    const audience = JSON.parse(job.payload) as Audience;
    const ctx = await contextOf(work, job.workspace_id, { kind: "system", id: "schedule" });
    if (!ctx) return;
    const workflow = await getWorkflowRow(work.store.read, job.workspace_id, audience.workflowId);
    if (workflow.status !== "active" || workflow.archived_at !== null) return;
    const definition = definitionOf(workflow);
    const needs = needsOfWhere(definition);
    const now = work.clock.now();
    const page = await selectContactsAfter(work.store.read, job.workspace_id, audience.after, pageSize);
    const starts: Start[] = [];
    for (const contact of page) {
      const facts = await loadFacts(work.store.read, job.workspace_id, now, { contact, signal: undefined }, needs);
      if (definition.where !== null && !evaluate(definition.where, facts)) continue;
      starts.push({ workflowId: workflow.id, version: workflow.version, contactId: contact.id, cause: "trigger", eventId: `schedule ${audience.at} ${contact.id}`, cooldownMs: definition.cooldownHours * hourMs });
    }
    if (starts.length > 0) await work.store.write((tx) => startRuns(ctx, tx, starts, 0));
    const last = page.at(-1);
    work.wakeJobs();
    return page.length < pageSize || !last ? undefined : { runAt: now, payload: { ...audience, after: last.id } };
  },
};
