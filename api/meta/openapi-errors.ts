import type { Endpoint } from "../../core/endpoint.ts";
import { type ErrorCode, errorTable } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json-schema.ts";

/** The console's own; no public endpoint answers them. */
const consoleOnly: readonly ErrorCode[] = ["SESSION_REQUIRED", "SETUP_LINK_INVALID"];
const codes = (Object.keys(errorTable) as ErrorCode[]).filter((code) => !consoleOnly.includes(code));

const titles: Record<number, string> = {
  400: "The request is not valid; `details` says where",
  401: "No key, or not a valid one",
  402: "The workspace's credit cap is reached",
  403: "The key may not do this",
  404: "Missing, or another workspace's",
  409: "It conflicts with what there is",
  413: "The body is too large",
  415: "The body is not of a type that this takes",
  429: "Too many requests",
  500: "Unexpected; nothing was changed",
  503: "The store can't take writes right now; nothing was changed",
};

/** Answers that any path may give before it is known what was asked for. */
const rare: readonly ErrorCode[] = ["METHOD_NOT_ALLOWED", "REQUEST_TIMEOUT", "URI_TOO_LONG", "HEADERS_TOO_LARGE"];
const waiting = [429, 503];

export const errorSchema: JsonObject = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "requestId"],
      properties: {
        code: { type: "string", enum: codes },
        message: { type: "string", description: "What is wrong and how to mend it." },
        requestId: { type: "string" },
        details: {
          type: "array",
          description: "One entry for each thing that is wrong, where there is more to say.",
          items: {
            type: "object",
            properties: { path: { type: "string", description: "The field, e.g. `steps.0.subject`." }, code: { type: "string" }, message: { type: "string" } },
          },
        },
      },
    },
  },
};

/** The answers of the one table of errors, by component name, each with an example of every code. */
export function errorResponses(): Record<string, JsonObject> {
  const statuses = Object.keys(titles).map(Number);
  const known = statuses.map((status) => [`Error${status}`, responseOf(titles[status] ?? "", codes.filter((code) => errorTable[code].status === status && !rare.includes(code)), waiting.includes(status))] as const);
  return { ...Object.fromEntries(known), OtherError: responseOf("Refused before an endpoint was reached", rare, false) };
}

/** References to what this endpoint may answer besides success. */
export function errorsOf(e: Endpoint): JsonObject {
  const keyed = e.access !== "none";
  const named = e.params !== undefined || e.body !== undefined;
  const statuses = [
    400,
    ...(keyed ? [401, ...(e.credits > 0 ? [402] : []), 403, ...(named ? [404] : [])] : []),
    ...(e.method === "GET" ? [] : [409]),
    ...(e.body || e.upload ? [413, 415] : []),
    ...(keyed ? [429] : []),
    500,
    503,
  ];
  const references = statuses.map((status) => [status, { $ref: `#/components/responses/Error${status}` }]);
  return { ...Object.fromEntries(references), default: { $ref: "#/components/responses/OtherError" } };
}

function responseOf(description: string, of: readonly ErrorCode[], waits: boolean): JsonObject {
  const examples = of.map((code) => [code, { summary: code, value: { error: exampleOf(code) } }]);
  return {
    description,
    headers: { "X-Request-Id": { $ref: "#/components/headers/X-Request-Id" }, ...(waits ? { "Retry-After": { $ref: "#/components/headers/Retry-After" } } : {}) },
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" }, examples: Object.fromEntries(examples) } },
  };
}

function exampleOf(code: ErrorCode): JsonObject {
  const details = code === "VALIDATION_ERROR" ? { details: [{ path: "limit", code: "too_big", message: "Too big: expected number to be <=100" }] } : {};
  return { code, message: errorTable[code].message, requestId: "req_abc123def456", ...details };
}
