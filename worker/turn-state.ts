import { type Claimed, lockContact, lockRun, type Needs, type RunFacts, runLeaseMs, saveRunSteps, updateRun } from "../api/runs/index.ts";
import type { Facts } from "../api/conditions/index.ts";
import { type Definition, pathAfter, type Step } from "../api/workflows/index.ts";
import type { Ctx } from "../store/context.ts";
import { recordEvent } from "../store/events.ts";
import type { Write } from "../store/store.ts";
import type { ContactRow } from "../store/tables.ts";
import type { WorkflowRunRow, WorkflowRunStepRow } from "../store/tables-runs.ts";
import { costsTry, nextTryAt, wordsOf } from "./retry.ts";

/** A definition never changes: each save is a version. */
export interface Plan {
  definition: Definition;
  needs: Needs;
}
/** Reads by `tx`: a second connection for each of many transactions would wait for ever. */
export type PlanOf = (tx: Write, run: WorkflowRunRow) => Promise<Plan>;

/** Where a turn is, for whoever has to say where it broke off. */
export interface Trace {
  path: string | undefined;
}

type Known = RunFacts & { careful?: boolean };

export interface Turn {
  ctx: Ctx;
  tx: Write;
  run: WorkflowRunRow & { paused: boolean };
  plan: Plan;
  now: number;
  known: Known;
  contact: ContactRow | undefined;
  /** Steps that this turn writes. */
  rows: Map<string, WorkflowRunStepRow>;
  facts: Facts | undefined;
  /** What becomes of the run. */
  change: Partial<WorkflowRunRow>;
  trace: Trace;
}

/** The run as it stands, locked until the transaction ends; undefined once it has ended or is somebody else's. */
export async function openTurn(ctx: Ctx, tx: Write, claimed: Claimed, planOf: PlanOf, trace: Trace): Promise<Turn | undefined> {
  const run = await lockRun(ctx.store, tx, claimed.workspaceId, claimed.id);
  if (!run || run.claims !== claimed.claims || run.finished_at !== null) return undefined;
  const contact = run.contact_id === null ? undefined : await lockContact(ctx.store, tx, run.workspace_id, run.contact_id);
  const known = JSON.parse(run.facts) as Known;
  return { ctx: { ...ctx, depth: run.depth }, tx, run, plan: await planOf(tx, run), now: ctx.clock.now(), known, contact, rows: new Map(), facts: undefined, change: {}, trace };
}

/** Where a run stands. */
export const placeOf = (run: WorkflowRunRow): string => run.position ?? run.start_at ?? "0";

/** A try that failed: again later, or for good; then the step's `onError` says what becomes of the run. */
export function fail(turn: Turn, row: WorkflowRunStepRow, step: Step, error: unknown): string | undefined {
  const { now } = turn;
  const words = wordsOf(error);
  if (!costsTry(error)) row.attempts -= 1;
  const next = nextTryAt(error, row.attempts, row.started_at, now);
  if (next !== undefined) {
    Object.assign(row, { status: "waiting", error: words, next_at: next });
    return wait(turn, row.path, next);
  }
  Object.assign(row, { status: "failed", error: words, finished_at: now, next_at: null });
  const onError = "onError" in step ? step.onError : undefined;
  if (onError === "continue") return pathAfter(turn.plan.definition.steps, row.path);
  end(turn, onError === "stop" ? "stopped" : "failed", `Step ${row.path} (${row.action}): ${words}`);
  return undefined;
}

/** A step's row as this try begins. */
export function begin(turn: Turn, path: string, step: Step): WorkflowRunStepRow {
  const { run, now, known } = turn;
  const before = turn.rows.get(path);
  if (before === undefined) known.seq = (known.seq ?? 0) + 1;
  const fresh = { workspace_id: run.workspace_id, run_id: run.id, path, action: step.do, status: "running", attempts: 0, detail: "{}", output: "{}", error: null, started_at: now, finished_at: null, next_at: null, seq: known.seq ?? 0 } as const;
  const row: WorkflowRunStepRow = { ...(before ?? fresh) };
  // A wait that is over, or work that is looked after again, is no new try.
  const resumed = before !== undefined && before.status === "waiting" && before.error === null;
  if (!resumed) row.attempts += 1;
  turn.rows.set(path, row);
  return row;
}

export function keep(turn: Turn, row: WorkflowRunStepRow | undefined): void {
  if (row) turn.rows.set(row.path, row);
}

export function finish(row: WorkflowRunStepRow, now: number, output: Record<string, unknown>): void {
  Object.assign(row, { status: "completed", output: JSON.stringify(output), error: null, finished_at: now, next_at: null });
}

export function wait(turn: Turn, path: string, until: number): undefined {
  Object.assign(turn.change, { position: path, status: "waiting", due_at: until });
}

/** Stops before a step: another process, or this one later, goes on there. */
export function pause(turn: Turn, path: string, change: Partial<WorkflowRunRow>): undefined {
  const { status } = { ...turn.run, ...turn.change };
  Object.assign(turn.change, { position: path, status: status === "running" ? "waiting" : status, ...change });
}

export function end(turn: Turn, status: "completed" | "failed" | "stopped", error: string | null): undefined {
  Object.assign(turn.change, { status, error, due_at: null, held: 0, finished_at: turn.now });
}

/** Writes what the turn did. One that goes on keeps its lease. */
export async function closeTurn(turn: Turn, goesOn: boolean): Promise<void> {
  const { ctx, tx, run, rows, change, known, now } = turn;
  await saveRunSteps(tx, [...rows.values()]);
  const status = change.status ?? run.status;
  const lease = goesOn ? { due_at: now + runLeaseMs } : {};
  await updateRun(tx, run.workspace_id, run.id, { ...change, ...lease, facts: JSON.stringify(known), started_at: run.started_at ?? (status === "queued" ? null : now) });
  if (change.finished_at !== undefined) await recordEvent(tx, ctx, `workflow.run_${status}`, { runId: run.id, workflowId: run.workflow_id, contactId: run.contact_id });
}
