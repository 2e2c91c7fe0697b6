import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { collectorRoutes, type Incoming, receive } from "../../collector/index.ts";
import { ApiError } from "../../core/errors.ts";
import { dryRunOf } from "../../core/query-words.ts";
import { clientAddressOf } from "./address.ts";
import type { Parts } from "./context.ts";
import { sendError, toApiError } from "./errors.ts";
import { noteMisplacedKey } from "./exposed-keys.ts";
import { header, requestIdOf } from "./headers.ts";
import { basePaths } from "./mount.ts";

const bodyMax = 64 * 1024;
/** What the tag sends (no preflight) and what developers send. */
const bodyTypes = /^(application\/json|text\/plain)\b/i;

/** Mounts the collector: the only endpoints with CORS, for pages on any site. Never with credentials. */
export function mountCollector(app: FastifyInstance, parts: Parts): void {
  const bases = parts.config.collectPath === undefined ? basePaths : [...basePaths, parts.config.collectPath];
  for (const { endpoint, handle } of collectorRoutes) {
    for (const base of bases) {
      app.route({
        method: "POST",
        url: base + endpoint.path,
        bodyLimit: bodyMax,
        handler: async (request, reply) => {
          const requestId = requestIdOf(parts.clock.now());
          try {
            const { answer, limits } = await receive(parts, endpoint, handle, incoming(parts, request, requestId));
            const headers = answerHeaders(request, requestId);
            if (limits) Object.assign(headers, limits);
            if (answer.replayed) headers["idempotent-replayed"] = "true";
            // Accepted before the stop, answered after it: nothing may follow on this connection.
            if (!app.server.listening) headers["connection"] = "close";
            headers["content-length"] = String(Buffer.byteLength(answer.body));
            // Past Fastify's reply: its header merging and serialising cost a tenth of the whole request here.
            reply.hijack();
            reply.raw.writeHead(answer.status, headers).end(answer.body);
            return reply;
          } catch (error) {
            return sendError(reply.headers(answerHeaders(request, requestId)), toApiError(error, parts.log, requestId), requestId);
          } finally {
            noteMisplacedKey(parts, request);
          }
        },
      });
      app.options(base + endpoint.path, (request, reply) => preflight(request, reply));
    }
  }
}

function incoming(parts: Parts, request: FastifyRequest, requestId: string): Incoming {
  const headers = request.headers;
  if (headers["content-encoding"] !== undefined) throw new ApiError("UNSUPPORTED_MEDIA_TYPE");
  // A beacon of an empty Blob type carries none; what it holds is still checked as JSON.
  if (headers["content-type"] !== undefined && !bodyTypes.test(headers["content-type"])) throw new ApiError("UNSUPPORTED_MEDIA_TYPE");
  const query = request.query as Record<string, unknown>;
  const trusting = parts.config.trustedProxies.length > 0 && parts.config.countryHeader !== undefined;
  return {
    xApiKey: header(request, "x-api-key"),
    authorization: headers.authorization,
    query: typeof query["key"] === "string" ? query["key"] : undefined,
    body: typeof request.body === "string" ? request.body : "",
    origin: headers.origin,
    userAgent: headers["user-agent"],
    address: clientAddressOf(parts, request),
    gpc: headers["sec-gpc"] === "1",
    country: trusting ? countryOf(header(request, parts.config.countryHeader ?? "")) : null,
    idempotencyKey: header(request, "idempotency-key"),
    dryRun: dryRunOf(query),
    requestId,
  };
}

const countryOf = (text: string | undefined) => (text !== undefined && /^[A-Za-z]{2}$/.test(text) && text.toUpperCase() !== "XX" ? text.toUpperCase() : null);

const exposed = "Retry-After, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Idempotent-Replayed";

function answerHeaders(request: FastifyRequest, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": "application/json; charset=utf-8",
    "x-request-id": requestId,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    vary: "Origin",
  };
  const { origin } = request.headers;
  if (origin !== undefined) {
    // Errors carry it too: the tag has to read why and when to try again.
    headers["access-control-allow-origin"] = origin;
    headers["access-control-expose-headers"] = exposed;
    // A collector on the public web is reached from intranet pages as well.
    headers["cross-origin-resource-policy"] = "cross-origin";
  }
  return headers;
}

/** For developers who send application/json or a key header from a page; the tag itself never needs it. */
function preflight(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .headers({
      "access-control-allow-origin": request.headers.origin ?? "*",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "Content-Type, X-API-Key, Authorization, Idempotency-Key",
      "access-control-max-age": "86400",
      vary: "Origin",
    })
    .send();
}
