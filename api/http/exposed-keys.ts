import type { FastifyRequest } from "fastify";
import { ApiError } from "../../core/errors.ts";
import { type ExposurePlace, secretKeyMisplaced } from "../keys/index.ts";
import type { Parts } from "./context.ts";

/** Security row 14: a secret key in a URL or body is not read there, and whoever owns it must hear of it, whatever the request's answer. */
export function noteMisplacedKey(parts: Parts, request: FastifyRequest): void {
  const body = typeof request.body === "string" ? request.body : "";
  // Nearly no request has one: the rest pays for two searches only.
  if (!request.url.includes("gtm_sk_") && !body.includes("gtm_sk_")) return;
  const query = (request.query as Record<string, unknown>)["key"];
  const text = secretKeyMisplaced({ query: typeof query === "string" ? query : undefined, body: /"key"\s*:\s*"(gtm_sk_[0-9A-Za-z]{38})"/.exec(body)?.[1] });
  if (text !== undefined) void report(parts, text, query === text ? "url" : "body", request.headers.origin);
}

async function report(parts: Parts, text: string, place: ExposurePlace, origin: string | undefined): Promise<void> {
  try {
    parts.noteExposure(await parts.keys(text), place, origin);
  } catch (error) {
    // A key that is none, or works no more, needs no warning.
    if (!(error instanceof ApiError) || error.status >= 500) parts.log.warn({ err: error }, "a misplaced secret key could not be looked up");
  }
}
