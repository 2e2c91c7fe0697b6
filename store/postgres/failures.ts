import { ApiError } from "../../core/errors.ts";

/** The connection went before the server answered; nothing of the transaction was committed. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** The connection went while the server was committing: it may have, or not. */
export class CommitUnknown extends Error {
  override readonly name = "CommitUnknown";
}

/** Connection failures, shutdowns, and a primary that became a standby: another connection may do. */
const lostStates = /^(08|57P|25006)/;
const retryStates = /^(40001|40P01)$/;
/** Resources (a full disk among them), time limits, locks, the machine's own failures. */
const unavailableStates = /^(53|55P03|57|58|XX00)/;

/** The SQLSTATE of an error that the server sent. */
function stateOf(error: unknown): string | undefined {
  return error instanceof Error && "severity" in error && "code" in error ? String(error.code) : undefined;
}

/** What a driver threw, as ConnectionLost unless the server answered. */
export function orLost(error: unknown): unknown {
  const state = stateOf(error);
  if (stateOf(error) === "57014") return new ApiError("STORE_UNAVAILABLE", { message: "It took too long and was ended. Ask for a shorter time range or fewer rows.", cause: error });
  if (error instanceof ConnectionLost || error instanceof TypeError || (state !== undefined && !lostStates.test(state))) return error;
  return new ConnectionLost("the connection to PostgreSQL was lost", { cause: error });
}

/** A victim of a deadlock or of a serialization failure: the same transaction may succeed now. */
export function isConflict(error: unknown): boolean {
  return retryStates.test(stateOf(error) ?? "");
}

/** Errors of the database itself become STORE_UNAVAILABLE; what the work threw, or a bad value caused, passes through. */
export function unavailable(error: unknown): unknown {
  if (stateOf(error) === "57014") return new ApiError("STORE_UNAVAILABLE", { message: "It took too long and was ended. Ask for a shorter time range or fewer rows.", cause: error });
  if (error instanceof ConnectionLost || error instanceof CommitUnknown || isConflict(error) || unavailableStates.test(stateOf(error) ?? "")) {
    return new ApiError("STORE_UNAVAILABLE", { cause: error });
  }
  return error;
}

export const isUnavailable = (error: unknown) => error instanceof ApiError && error.code === "STORE_UNAVAILABLE";
