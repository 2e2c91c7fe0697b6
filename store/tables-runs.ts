/** Runs of workflows and what belongs to them. Other tables of workflows are in tables-outreach.ts. */
export interface RunTables {
  workflow_runs: WorkflowRunRow;
  workflow_run_steps: WorkflowRunStepRow;
  /** Of a workspace: `version` moves when its active workflows change, `signing` is the generation of the secret that webhook steps sign with. */
  workflow_marks: { workspace_id: string; version: number; signing: number; signing_changed_at: number | null };
  /** Active workflows that a schedule starts, and when next (epoch ms). */
  workflow_schedules: { workspace_id: string; workflow_id: string; next_at: number };
  workflow_backtests: BacktestRow;
  tasks: TaskRow;
}

export interface WorkflowRunRow {
  workspace_id: string;
  id: string;
  workflow_id: string;
  version: number;
  contact_id: string | null;
  /** A signal starts a workflow once, replays apart: a unique index says so. */
  signal_id: string | null;
  cause: "trigger" | "api" | "replay";
  status: "queued" | "running" | "waiting" | "completed" | "failed" | "stopped";
  replay_of: string | null;
  /** Path of the step to start with, as in `workflow_run_steps`; null = the first. */
  start_at: string | null;
  error: string | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  /** When it may go on; while a process has it, when that process's lease ends. Null: never (it ended, or is held). */
  due_at: number | null;
  /** How often it was taken up: who took it up before writes nothing any more. */
  claims: number;
  /** Path of the step that comes next; null = the first. */
  position: string | null;
  /** 1: its workflow is paused, and it goes on once that is active again. */
  held: 0 | 1;
  /** How many runs led to it, one after the other, itself included. */
  depth: number;
  /** Of what started it when that was no signal; starts a workflow once, as a signal does. */
  event_id: string | null;
  /** What its idempotency keys are made of: the signal, the event, the first run of a chain of replays. */
  origin: string;
  /** JSON: what is known of the start (`event`) and found out on the way (`score`). */
  facts: string;
}

export interface WorkflowRunStepRow {
  workspace_id: string;
  run_id: string;
  /** `2` or, inside a branch, `2.then.0`. */
  path: string;
  action: string;
  status: "running" | "waiting" | "completed" | "failed" | "skipped";
  attempts: number;
  /** JSON: the input as it was rendered. */
  detail: string;
  /** JSON. */
  output: string;
  error: string | null;
  started_at: number;
  finished_at: number | null;
  /** Of a step that waits: until when, or when it is tried again. */
  next_at: number | null;
  /** In which order the steps began. */
  seq: number;
}

export interface BacktestRow {
  workspace_id: string;
  id: string;
  workflow_id: string;
  version: number;
  status: "queued" | "running" | "completed" | "failed";
  looked: number;
  total: number;
  result: string;
  error: string | null;
  since: number;
  created_at: number;
  finished_at: number | null;
}

export interface TaskRow {
  workspace_id: string;
  id: string;
  contact_id: string | null;
  kind: "call" | "linkedin" | "email" | "other";
  title: string;
  notes: string | null;
  status: "open" | "done" | "dismissed";
  /** Who made it, and the run or enrollment that did. */
  source: "workflow" | "sequence" | "api";
  source_id: string | null;
  created_at: number;
  updated_at: number;
  closed_at: number | null;
  closed_by: string | null;
}
