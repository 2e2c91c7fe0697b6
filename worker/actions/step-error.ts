/**
 * Why a step's try failed, which decides when it is tried again: `final` never; `retry` with growing delay; `later` not before
 * `retryAfterMs`, and it costs no try.
 */
export type FailureKind = "final" | "retry" | "later";

/** Its message is kept in the run's history and shown: no secrets, nothing raw of another's answer. */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly kind: FailureKind;
  readonly retryAfterMs: number | undefined;
  constructor(kind: FailureKind, message: string, more: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.kind = kind;
    this.retryAfterMs = more.retryAfterMs;
  }
}
