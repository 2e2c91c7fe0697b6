import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { ApiError, type ErrorDetail, invalid } from "../../core/errors.ts";
import { type ActiveKey, headerKey } from "../keys/index.ts";
import type { Answer, IdempotentCall } from "../usage/index.ts";
import { clientAddressOf } from "./address.ts";
import { type Call, Download, type Parts, Reply, type Route, type WriteCall } from "./context.ts";
import { sendError, toApiError } from "./errors.ts";
import { noteMisplacedKey } from "./exposed-keys.ts";
import { header, isTrue, requestIdOf, secure } from "./headers.ts";
import { successStatus, transact } from "./transact.ts";
import { incomingFile, withOpenBodies } from "./upload.ts";
import { limitBucket } from "../../core/address.ts";

/** Every endpoint answers under both, with the same bytes. */
export const basePaths = ["/api/v1", "/v1"] as const;

/**
 * Mounts an endpoint: key → rate limit → scope → body and query → handler. The endpoint object is all that decides;
 * handlers see parsed input only.
 */
export function mount(app: FastifyInstance, parts: Parts, route: Route): void {
  // OpenAPI has no empty path: to it the root is "/" below the base.
  const paths = route.endpoint.path === "" ? ["", "/"] : [route.endpoint.path];
  const add = (within: FastifyInstance) => {
    for (const url of basePaths.flatMap((base) => paths.map((path) => base + path))) {
      within.route({ method: route.endpoint.method, url, handler: (request, reply) => answer(parts, route, request, reply) });
    }
  };
  if (route.endpoint.upload) withOpenBodies(app, add);
  else add(app);
}

async function answer(parts: Parts, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const now = parts.clock.now();
  const requestId = requestIdOf(now);
  secure(reply, requestId);
  try {
    if (route.endpoint.access === "none") return await open(parts, route, request, reply);
    const key = await authorize(parts, route, request, reply);
    const { text, call } = read(parts, route, request, key);
    const dryRun = call.dryRun;
    const repeat: IdempotentCall = {
      workspaceId: key.workspace.id,
      scope: `${route.endpoint.method} ${request.url.replace(/^\/api/, "").split("?")[0]}`,
      key: route.endpoint.method === "GET" || dryRun ? undefined : header(request, "idempotency-key"),
      bodyText: text,
      now,
    };
    if (route.write) {
      const done = route.receive ? await receive(parts, route, request, call, repeat, requestId) : await transact(parts, route, call, repeat, requestId);
      if (done.replayed) reply.header("idempotent-replayed", "true");
      return await reply.code(done.status).type("application/json; charset=utf-8").send(done.body);
    }
    const result = await route.handle(call);
    const credits = dryRun ? 0 : route.endpoint.credits;
    if (!dryRun) parts.ledger.record({ workspaceId: key.workspace.id, keyId: key.id, capability: `api.${route.endpoint.key}`, credits }, now);
    if (result instanceof Download) {
      reply.code(200).header("content-disposition", `attachment; filename="${result.filename}"`).type(result.contentType);
      if (request.method !== "HEAD") return await reply.send(result.body);
      // Nobody will see it, so it is not read either.
      result.body.destroy();
      return await reply.send(Readable.from([]));
    }
    const [status, data] = result instanceof Reply ? [result.status, result.data] : [successStatus(route.endpoint), result];
    return await reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify({ data, meta: { requestId, credits: { used: credits }, ...(dryRun ? { dryRun: true } : {}) } }));
  } catch (error) {
    return sendError(reply, toApiError(error, parts.log, requestId), requestId);
  } finally {
    noteMisplacedKey(parts, request);
  }
}

/** Reads the file, then makes it count in one transaction; what was stored of it goes again where that did not happen. */
async function receive(parts: Parts, route: Route & { receive: NonNullable<Route["receive"]> }, request: FastifyRequest, call: Call, repeat: IdempotentCall, requestId: string): Promise<Answer> {
  const file = incomingFile(route.endpoint, request);
  const received = await route.receive({ ...call, contentType: file.contentType, bytes: file.bytes });
  let kept = false;
  try {
    const write = (writing: WriteCall) => route.write(writing, received.value);
    const bodyText = JSON.stringify([call.query ?? null, file.digest()]);
    const done = await transact(parts, { endpoint: route.endpoint, write }, call, { ...repeat, bodyText }, requestId);
    kept = done.replayed !== true && !call.dryRun;
    return done;
  } finally {
    // Where it fails, what is left belongs to nothing and is deleted later.
    if (!kept) await received.discard().catch((error: unknown) => parts.log.warn({ err: error }, "a file that does not count could not be deleted yet"));
  }
}

async function open(parts: Parts, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const data = await route.handle?.({ parts, cursors: parts.cursors, query: request.query, params: request.params } as unknown as Call);
  return reply.code(successStatus(route.endpoint)).type("application/json; charset=utf-8").send(JSON.stringify(data));
}

async function authorize(parts: Parts, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<ActiveKey> {
  const bucket = limitBucket(clientAddressOf(parts, request));
  let key: ActiveKey;
  try {
    const text = headerKey({ xApiKey: header(request, "x-api-key"), authorization: header(request, "authorization") });
    if (text === undefined) throw new ApiError("MISSING_API_KEY");
    key = await parts.keys(text);
  } catch (error) {
    if (error instanceof ApiError && error.code === "API_KEY_INVALID") parts.limiter.takeFailure(bucket);
    throw error;
  }
  const origin = header(request, "origin");
  if (origin !== undefined) parts.noteExposure(key, "browser", origin);
  const limits = await parts.limiter.take(key, bucket);
  if (limits) reply.headers(limits);
  const needed = route.endpoint.access;
  if (key.type === "publishable" && route.endpoint.collector !== true && needed !== "key") {
    throw new ApiError("INSUFFICIENT_SCOPE", { message: "Publishable keys only send signals. Use a secret key (gtm_sk_…) on your server." });
  }
  if (needed !== "key" && !key.scopes.has(needed)) {
    throw new ApiError("INSUFFICIENT_SCOPE", { message: `This endpoint needs the scope ${needed}, which the key does not have.` });
  }
  return key;
}

function read(parts: Parts, route: Route, request: FastifyRequest, key: ActiveKey): { text: string; call: Call } {
  const { endpoint } = route;
  const text = typeof request.body === "string" ? request.body : "";
  const query = check(endpoint.query, request.query);
  const params = check(endpoint.params, request.params);
  const body = endpoint.body ? check(endpoint.body, json(request, text)) : undefined;
  const ctx = { workspace: key.workspace, actor: { kind: "key" as const, id: key.id }, store: parts.store, clock: parts.clock, log: parts.log };
  const dryRun = endpoint.method !== "GET" && isTrue((request.query as Record<string, unknown>)["dry_run"]);
  return { text, call: { ctx, key, params, query, body, cursors: parts.cursors, parts, dryRun } as unknown as Call };
}

/** The parsed body; `undefined` where none was sent, which the endpoint's schema may allow. */
function json(request: FastifyRequest, text: string): unknown {
  if (text === "") return undefined;
  if (header(request, "content-encoding") !== undefined) throw new ApiError("UNSUPPORTED_MEDIA_TYPE");
  const type = header(request, "content-type");
  if (type === undefined || !/^application\/json\b/i.test(type)) throw new ApiError("UNSUPPORTED_MEDIA_TYPE");
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("", "invalid_json", "The body is not valid JSON.");
  }
}

function check(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (value === undefined) throw invalid("", "missing_body", "Send a JSON body, with Content-Type: application/json.");
  const details: ErrorDetail[] = result.error.issues.map((issue) => ({ path: issue.path.join("."), code: issue.code, message: issue.message }));
  throw new ApiError("VALIDATION_ERROR", { details });
}
