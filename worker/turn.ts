import { type Claimed, findRunStep, idempotencyKeyOf, inputOf, isPaused, loadFacts, signalOf } from "../api/runs/index.ts";
import { evaluate, type Facts } from "../api/conditions/index.ts";
import { pathAfter, pathInto, type PlainStep, type Step, stepAt } from "../api/workflows/index.ts";
import type { ApiError } from "../core/errors.ts";
import type { Ctx } from "../store/context.ts";
import { attempt, isRefusal } from "../store/savepoint.ts";
import type { Write } from "../store/store.ts";
import type { WorkflowRunStepRow } from "../store/tables-runs.ts";
import { insides, outsides } from "./actions/index.ts";
import type { StepCall } from "./actions/action.ts";
import { StepError } from "./actions/step-error.ts";
import { begin, closeTurn, end, fail, finish, keep, openTurn, pause, placeOf, type PlanOf, type Trace, type Turn, wait } from "./turn-state.ts";

const interruptedMax = 10;
/** They write nothing before they refuse, so there is nothing to take back: two statements less. */
const refusesEarly: ReadonlySet<Step["do"]> = new Set(["tag", "task"]);

/** What the outside said of a step. */
export interface Outcome {
  path: string;
  row: WorkflowRunStepRow;
  result: { ok: true; output: Record<string, unknown> } | { ok: false; error: unknown };
}

export type Next =
  /** It ended, waits, is held, or somebody else's. */
  | { kind: "over" }
  /** There is more to do at once, in a transaction of its own. */
  | { kind: "again" }
  | { kind: "outside"; row: WorkflowRunStepRow; call: StepCall & { idempotencyKey: string } };

/**
 * One transaction of a run: writes what the outside said of its last step, then does steps that stay inside the store, all of them
 * together, up to one that leaves it, waits, or is the last. State and effects commit as one.
 */
export async function takeTurn(ctx: Ctx, tx: Write, claimed: Claimed, planOf: PlanOf, trace: Trace, how: { outcome: Outcome | undefined; stopping: boolean }): Promise<Next> {
  const turn = await openTurn(ctx, tx, claimed, planOf, trace);
  if (!turn) return { kind: "over" };
  const { run } = turn;
  let path: string | undefined = placeOf(run);
  if (how.outcome) path = settle(turn, how.outcome);
  else if (run.claims > 1) keep(turn, await findRunStep(tx, run.workspace_id, run.id, path));
  const next = turn.change.due_at !== undefined ? undefined : await walk(turn, path, how.stopping);
  await closeTurn(turn, next !== undefined);
  return next ?? { kind: "over" };
}

/** Writes down that a turn broke off unexpectedly: from then on each step has a transaction of its own, so that only the one at fault is tried again. */
export async function breakOff(ctx: Ctx, tx: Write, claimed: Claimed, planOf: PlanOf, trace: Trace, error: unknown): Promise<void> {
  const turn = await openTurn(ctx, tx, claimed, planOf, trace);
  if (!turn) return;
  const { run, now } = turn;
  const path = trace.path ?? placeOf(run);
  const step = stepAt(turn.plan.definition.steps, path);
  if (!step || turn.known.careful !== true) {
    turn.known.careful = true;
    turn.change.due_at = now + 1000;
  } else {
    keep(turn, await findRunStep(tx, run.workspace_id, run.id, path));
    const after = fail(turn, begin(turn, path, step), step, error);
    if (after !== undefined) pause(turn, after, { due_at: now });
    else if (turn.change.due_at === undefined) end(turn, "completed", null);
  }
  await closeTurn(turn, false);
}

async function walk(turn: Turn, from: string | undefined, stopping: boolean): Promise<Next | undefined> {
  const { run, now, plan } = turn;
  if (from === undefined) return end(turn, "completed", null);
  if (run.contact_id !== null && !turn.contact) return end(turn, "stopped", "The contact is gone.");
  if (turn.contact && turn.contact.archived_at !== null) return end(turn, "stopped", "The contact is archived.");
  if (await isHeld(turn)) return pause(turn, from, { held: 1, due_at: null });
  if (stopping) return pause(turn, from, { due_at: now });
  let path: string | undefined = from;
  for (let done = 0; path !== undefined; done++) {
    turn.trace.path = path;
    const step = stepAt(plan.definition.steps, path);
    if (!step) break;
    if (done > 0 && turn.known.careful === true) {
      turn.change = { ...turn.change, position: path, status: "running" };
      return { kind: "again" };
    }
    const next: Next | string | undefined = await doStep(turn, path, step);
    if (typeof next === "object") return next;
    if (turn.change.due_at !== undefined) return undefined;
    path = next;
  }
  return end(turn, "completed", null);
}

/** Does a step, or begins it: answers where to go on, what is to be done outside, or nothing once `turn.change` says what becomes of the run. */
async function doStep(turn: Turn, path: string, step: Step): Promise<Next | string | undefined> {
  const { plan, now } = turn;
  if (step.do === "branch") {
    const side = evaluate(step.where, await factsOf(turn)) ? "then" : "else";
    finish(begin(turn, path, step), now, { branch: side });
    return pathInto(plan.definition.steps, path, side);
  }
  const before = turn.rows.get(path);
  if (before?.status === "waiting" && before.next_at !== null && before.next_at > now) return wait(turn, path, before.next_at);
  const row = begin(turn, path, step);
  try {
    if (row.detail === "{}") row.detail = JSON.stringify(inputOf(step, await factsOf(turn)));
    const input = JSON.parse(row.detail) as Record<string, unknown>;
    return await (step.do === "stop" ? stop(turn, row) : step.do === "wait" ? sleep(turn, path, row, before, input) : act(turn, path, step, row, before, input));
  } catch (error) {
    if (!(error instanceof StepError) && !isTemplateFault(error)) throw error;
    return fail(turn, row, step, isTemplateFault(error) ? new StepError("final", "A template can't be filled in.") : error);
  }
}

const refuses = (error: unknown): error is ApiError | StepError => error instanceof StepError || isRefusal(error);
const isTemplateFault = (error: unknown): boolean => error instanceof Error && /^(RenderError|ParseError|TokenizationError)$/.test(error.name);

function stop(turn: Turn, row: WorkflowRunStepRow): undefined {
  finish(row, turn.now, {});
  end(turn, "completed", null);
}

function sleep(turn: Turn, path: string, row: WorkflowRunStepRow, before: WorkflowRunStepRow | undefined, input: Record<string, unknown>): string | undefined {
  if (before?.status === "waiting") {
    finish(row, turn.now, {});
    return pathAfter(turn.plan.definition.steps, path);
  }
  const until = Number(input["until"]);
  Object.assign(row, { status: "waiting", next_at: until });
  return wait(turn, path, until);
}

async function act(turn: Turn, path: string, step: Exclude<PlainStep, { do: "wait" | "stop" }>, row: WorkflowRunStepRow, before: WorkflowRunStepRow | undefined, input: Record<string, unknown>): Promise<Next | string | undefined> {
  const { ctx, tx, run, now } = turn;
  const call = { ctx, run, path, step, input, startedAt: row.started_at };
  const inside = insides[step.do];
  if (!inside) {
    if (!outsides[step.do]) throw new Error(`nothing does ${step.do}`);
    if (before?.status === "running" && before.attempts >= interruptedMax) return fail(turn, row, step, new StepError("final", `It was interrupted ${before.attempts} times.`));
    Object.assign(row, { status: "running", next_at: null });
    Object.assign(turn.change, { position: path, status: "running" });
    return { kind: "outside", row, call: { ...call, idempotencyKey: idempotencyKeyOf(run, path) } };
  }
  const output = before === undefined || before.output === "{}" ? undefined : (JSON.parse(before.output) as Record<string, unknown>);
  const work = () => inside({ ...call, tx, contact: turn.contact, before: output });
  const tried = refusesEarly.has(step.do) ? { ok: true as const, value: await work() } : await attempt(tx, work, refuses);
  if (!tried.ok) return fail(turn, row, step, tried.refusal);
  const done = tried.value;
  if (done.contact) turn.contact = done.contact;
  if (done.known) turn.known = { ...turn.known, ...done.known };
  turn.facts = undefined;
  if (done.againAt === undefined) {
    finish(row, now, done.output);
    return pathAfter(turn.plan.definition.steps, path);
  }
  Object.assign(row, { status: "waiting", output: JSON.stringify(done.output), next_at: done.againAt });
  return wait(turn, path, done.againAt);
}

/** What the outside said, written into the step's row; answers where to go on. */
function settle(turn: Turn, { path, row, result }: Outcome): string | undefined {
  const step = stepAt(turn.plan.definition.steps, path);
  if (!step) throw new Error(`there is no step ${path}`);
  turn.rows.set(path, row);
  turn.trace.path = path;
  if (!result.ok) return fail(turn, row, step, result.error);
  finish(row, turn.now, result.output);
  return pathAfter(turn.plan.definition.steps, path);
}

/** Whether its workflow is paused. Only a yes needs the lock: nobody may activate it between the look and the hold. */
async function isHeld({ ctx, tx, run }: Turn): Promise<boolean> {
  return run.paused && (await isPaused(ctx.store, tx, run.workspace_id, run.workflow_id));
}

async function factsOf(turn: Turn): Promise<Facts> {
  const { tx, run, now, known, contact, plan } = turn;
  if (!turn.facts) {
    const signal = plan.needs.roots.has("signal") ? await signalOf(tx, run.workspace_id, run.signal_id) : undefined;
    turn.facts = await loadFacts(tx, run.workspace_id, now, { contact, signal, known }, plan.needs);
  }
  return turn.facts;
}
