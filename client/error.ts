import type { ErrorDetail, Failure } from "./types.ts";

/** The one error that calls throw, apart from the reason of a signal that ended them. */
export class OwlboundError extends Error implements Failure {
  override readonly name = "OwlboundError";
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly details: readonly ErrorDetail[];
  readonly retryAfterS: number | undefined;
  readonly attempts: number;

  constructor(message: string, failure: Pick<Failure, "code"> & Partial<Failure>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = failure.code;
    this.status = failure.status ?? 0;
    this.requestId = failure.requestId;
    this.details = failure.details ?? [];
    this.retryAfterS = failure.retryAfterS;
    this.attempts = failure.attempts ?? 1;
  }
}
