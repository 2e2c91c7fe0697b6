/** Why nothing came back. Only `refused` is final by itself; people are told the one text, logs the kind. */
export type OutboundFailure = "refused" | "redirect" | "timeout" | "network" | "too_large" | "type";

export class OutboundError extends Error {
  override readonly name = "OutboundError";
  readonly kind: OutboundFailure;
  constructor(kind: OutboundFailure, cause?: unknown) {
    super("The address could not be reached, or may not be.", { cause });
    this.kind = kind;
  }
}
