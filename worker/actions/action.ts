import type { RunFacts } from "../../api/runs/index.ts";
import type { PlainStep } from "../../api/workflows/index.ts";
import type { Ctx } from "../../store/context.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import type { WorkflowRunRow } from "../../store/tables-runs.ts";
import type { Work } from "../../store/work.ts";

/** What a step is handed. */
export interface StepCall<S extends PlainStep = PlainStep> {
  ctx: Ctx;
  run: WorkflowRunRow;
  path: string;
  step: S;
  /** The step with its templates filled in; the same at each try. */
  input: Record<string, unknown>;
  /** Epoch ms of its first try. */
  startedAt: number;
}

/** What a step inside the store has done. */
export interface Done {
  output: Record<string, unknown>;
  /** The contact as the step left it. */
  contact?: ContactRow;
  /** What later steps may look at. */
  known?: RunFacts;
  /** Not done yet: it is called again then (epoch ms), with `output` as `before`. */
  againAt?: number;
}

/** A step whose effect is in the store: it happens exactly once, in the transaction that writes its state. Refuses by ApiError or StepError. */
export type Inside<S extends PlainStep> = (call: StepCall<S> & { tx: Write; contact: ContactRow | undefined; before: Record<string, unknown> | undefined }) => Promise<Done>;

/** A step whose effect is outside: at least once, always with the same idempotency key. Throws StepError. */
export type Outside<S extends PlainStep> = (work: Work, call: StepCall<S> & { idempotencyKey: string }) => Promise<Record<string, unknown>>;

export type StepOf<D extends PlainStep["do"]> = Extract<PlainStep, { do: D }>;
