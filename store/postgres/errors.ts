import { ApiError } from "../../core/errors.ts";

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "");

/**
 * The server or the way to it failed, so nothing is known of the statement's fate: connection classes 08 and 57P,
 * sockets, and pg's own words for a lost connection (postgresql.org/docs/current/errcodes-appendix.html).
 */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  return /^(08|57P)/.test(code) || /^E[A-Z]+$/.test(code) || (error instanceof Error && /connection (terminated|timeout|ended)|timeout exceeded when trying to connect|not queryable/i.test(error.message));
}

/** What callers see: STORE_UNAVAILABLE for a store that can't work now (disk full, read-only, too busy, gone); else the error itself. */
export function unavailable(error: unknown): unknown {
  if (codeOf(error) === "57014") return new ApiError("STORE_UNAVAILABLE", { message: "The read was ended. Ask for a shorter time range or fewer rows.", cause: error });
  if (isConnectionLost(error) || /^(53|58|25006|40|55P03)/.test(codeOf(error))) return new ApiError("STORE_UNAVAILABLE", { cause: error });
  return error;
}
