import type { Socket } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { collectorRoutes } from "../../collector/index.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import { ApiError, type ErrorCode } from "../../core/errors.ts";
import { auditRoutes } from "../audit/index.ts";
import { companyRoutes } from "../companies/index.ts";
import { connectorRoutes } from "../connectors/index.ts";
import { mountConsole } from "../console/index.ts";
import { contactRoutes } from "../contacts/index.ts";
import { enrichmentRoutes } from "../enrichment/index.ts";
import { eventRoutes } from "../events/index.ts";
import { exclusionRoutes } from "../exclusions/index.ts";
import { importRoutes } from "../imports/index.ts";
import { inboundRoutes } from "../inbound/index.ts";
import { intelligenceRoutes } from "../intelligence/index.ts";
import { mergeRoutes } from "../merges/index.ts";
import { keyRoutes } from "../keys/index.ts";
import { messageRoutes } from "../messages/index.ts";
import { metaRoutes } from "../meta/index.ts";
import { privacyRoutes } from "../privacy/index.ts";
import { runRoutes } from "../runs/index.ts";
import { scoringRoutes } from "../scoring/index.ts";
import { sequenceRoutes } from "../sequences/index.ts";
import { signalRoutes } from "../signals/index.ts";
import { taskRoutes } from "../tasks/index.ts";
import { timelineRoutes } from "../timeline/index.ts";
import { usageRoutes } from "../usage/index.ts";
import { viewRoutes } from "../views/index.ts";
import { visitorRoutes } from "../visitors/index.ts";
import { webhookRoutes } from "../webhooks/index.ts";
import { workflowRoutes } from "../workflows/index.ts";
import type { Parts, Route } from "./context.ts";
import { errorBody, sendError, toApiError } from "./errors.ts";
import { requestIdOf, secure } from "./headers.ts";
import { basePaths, mount } from "./mount.ts";
import { mountCollector } from "./mount-collector.ts";
import { mountInbound } from "./mount-inbound.ts";
import { mountConsoleFiles, mountReference, mountTag } from "./static.ts";

/** THE list of capabilities. */
function capabilities(all: () => readonly Endpoint[]): Route[] {
  return [...metaRoutes(all), ...contactRoutes, ...companyRoutes, ...importRoutes, ...scoringRoutes, ...enrichmentRoutes, ...intelligenceRoutes, ...sequenceRoutes, ...exclusionRoutes, ...messageRoutes, ...signalRoutes, ...visitorRoutes, ...workflowRoutes, ...runRoutes, ...taskRoutes, ...webhookRoutes, ...connectorRoutes, ...eventRoutes, ...inboundRoutes, ...mergeRoutes, ...timelineRoutes, ...viewRoutes, ...keyRoutes, ...usageRoutes, ...auditRoutes, ...privacyRoutes];
}

function publicTable(): { routes: Route[]; endpoints: readonly Endpoint[] } {
  const routes: Route[] = capabilities(() => endpoints);
  const endpoints: readonly Endpoint[] = [...routes.map((r) => r.endpoint), ...collectorRoutes.map((r) => r.endpoint)];
  return { routes, endpoints };
}

/** Every public endpoint: what the router, the root, the inventory, OpenAPI and the client package are made of. */
export const publicEndpoints = (): readonly Endpoint[] => publicTable().endpoints;

/** Builds the server: collector, API, tag and console on one port. */
export function createApp(parts: Parts): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: 1024 * 1024,
    // Security row 12: Fastify waits for ever unless told otherwise.
    requestTimeout: 30_000,
    http: { headersTimeout: 15_000, maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 5000 },
    keepAliveTimeout: 65_000,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    clientErrorHandler: refuseClient,
    // What its router refuses (a URL that can't be decoded, an id that is too long) passes the error handler by.
    frameworkErrors: (error, _request, reply) => answerError(parts, error, reply),
    // One spelling for each path: case and slashes decide nothing behind its back (row 18).
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, maxParamLength: 128 },
  });
  capConnections(app, parts.config.connectionsPerAddress);

  // Bodies stay text until the key is known; what may be sent is decided per route.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));

  const { routes, endpoints } = publicTable();
  for (const route of routes) mount(app, parts, route);
  mountCollector(app, parts);
  mountInbound(app, parts);
  const tag = mountTag(app, parts);
  mountConsoleFiles(app, parts);
  mountReference(app, parts);
  mountConsole(app, parts, tag);
  refuseUnknown(app, parts, endpoints);
  return app;
}

function refuseUnknown(app: FastifyInstance, parts: Parts, endpoints: readonly Endpoint[]): void {
  const methodsAt = (path: string) => endpoints.filter((e) => matches(e.path, path)).map((e) => e.method);
  app.setNotFoundHandler((request, reply) => {
    const requestId = requestIdOf(parts.clock.now());
    secure(reply, requestId);
    const path = request.url.split("?")[0] ?? "";
    const base = basePaths.find((b) => path === b || path.startsWith(`${b}/`));
    const allowed = base === undefined ? [] : [...new Set(methodsAt(path.slice(base.length)))];
    if (allowed.length === 0) return sendError(reply, new ApiError("NOT_FOUND", { message: "There is no such path. See GET /v1 for all endpoints." }), requestId);
    return sendError(reply.header("allow", allowed.join(", ")), new ApiError("METHOD_NOT_ALLOWED"), requestId);
  });
  app.setErrorHandler((error, _request, reply) => answerError(parts, error, reply));
}

function answerError(parts: Parts, error: unknown, reply: FastifyReply): FastifyReply {
  const requestId = requestIdOf(parts.clock.now());
  secure(reply, requestId);
  return sendError(reply, toApiError(error, parts.log, requestId), requestId);
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  return wanted.length === given.length && wanted.every((part, i) => (part.startsWith(":") ? given[i] !== "" : part === given[i]));
}

/** Requests that never became one: answered in the envelope as well. */
function refuseClient(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const code: ErrorCode = error.code === "HPE_HEADER_OVERFLOW" ? "HEADERS_TOO_LARGE" : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "REQUEST_TIMEOUT" : "VALIDATION_ERROR";
  const apiError = new ApiError(code, code === "VALIDATION_ERROR" ? { message: "The request is not valid HTTP." } : {});
  const body = errorBody(apiError, requestIdOf(Date.now()));
  socket.end(`HTTP/1.1 ${apiError.status} Error\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

/** Refuses connections of one address past the bound, so that one client can't hold all sockets. */
function capConnections(app: FastifyInstance, max: number): void {
  if (max === 0) return;
  const open = new Map<string, number>();
  app.server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (open.get(address) ?? 0) + 1;
    if (count > max) return void socket.destroy();
    open.set(address, count);
    socket.on("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}

