import type { FastifyError, FastifyReply } from "fastify";
import { ApiError, type ErrorCode } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { RateLimitError } from "../usage/index.ts";

/** What Fastify itself refuses, in the words of our table. */
const frameworkErrors: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "VALIDATION_ERROR",
  FST_ERR_CTP_EMPTY_JSON_BODY: "VALIDATION_ERROR",
  FST_ERR_BAD_URL: "NOT_FOUND",
  FST_ERR_MAX_PARAM_LENGTH: "URI_TOO_LONG",
};

/** Turns whatever was thrown into an ApiError; what we did not foresee becomes INTERNAL_ERROR and is logged. */
export function toApiError(error: unknown, log: Log, requestId: string): ApiError {
  if (error instanceof ApiError) {
    if (error.status >= 500) log.error({ requestId, code: error.code, err: error.cause ?? error }, error.message);
    return error;
  }
  const code = error instanceof Error && "code" in error ? frameworkErrors[String((error as FastifyError).code)] : undefined;
  if (code) return new ApiError(code);
  log.error({ requestId, err: error }, "a request failed unexpectedly");
  return new ApiError("INTERNAL_ERROR");
}

/** The error envelope as JSON text. No meta, never a stack. */
export function errorBody(error: ApiError, requestId: string): string {
  return JSON.stringify({ error: { code: error.code, message: error.message, requestId, ...(error.details ? { details: error.details } : {}) } });
}

export function sendError(reply: FastifyReply, error: ApiError, requestId: string): FastifyReply {
  if (error.retryAfterS !== undefined) reply.header("retry-after", String(error.retryAfterS));
  if (error instanceof RateLimitError && error.headers) reply.headers(error.headers);
  return reply.code(error.status).type("application/json; charset=utf-8").send(errorBody(error, requestId));
}
