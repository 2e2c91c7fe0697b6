import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ApiError, detailsOf, invalid } from "../../core/errors.ts";
import { checkPrototypes } from "../../core/json-guard.ts";
import { dryRunOf, unclearDryRun } from "../../core/query-words.ts";
import { type ActiveKey, headerKey } from "../keys/index.ts";
import { type Answer, checkRoom, type IdempotentCall, settle } from "../usage/index.ts";
import { clientAddressOf } from "./address.ts";
import { type Call, Download, type Parts, Reply, type Route, type WriteCall, Written } from "./context.ts";
import { sendError, toApiError } from "./errors.ts";
import { noteMisplacedKey } from "./exposed-keys.ts";
import { header, requestIdOf, secure } from "./headers.ts";
import { sendJson } from "./send.ts";
import { priceOf, successStatus, transact } from "./transact.ts";
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
      within.route({ method: route.endpoint.method, url, handler: (request, reply) => (isWhole(request.params) ? answer(parts, route, request, reply) : reply.callNotFound()) });
    }
  };
  if (route.endpoint.upload) withOpenBodies(app, add);
  else add(app);
}

/** `/contacts/` is no contact without a name, but no path at all. */
const isWhole = (params: unknown): boolean => Object.values(params as Record<string, string>).every((value) => value !== "");

async function answer(parts: Parts, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const now = parts.clock.now();
  const requestId = requestIdOf(now);
  secure(reply, requestId);
  try {
    if (route.endpoint.access === "none") return await open(parts, route, request, reply, requestId);
    const addressBucket = limitBucket(clientAddressOf(parts, request));
    const key = await authorize(parts, route, request, reply, addressBucket);
    const { text, call } = read(parts, route, request, key, addressBucket);
    const repeatBy = (bodyText: string) => repeatOf(route, request, call, bodyText, now);
    const done = route.receive
      ? await receive(parts, route, request, call, repeatBy, requestId)
      : route.write
        ? await transact(parts, route, call, repeatBy(text), requestId)
        : await look(parts, route, call, () => repeatBy(text), now, requestId);
    if (done instanceof Download) return await sendFile(request, reply, done);
    if (done.replayed) reply.header("idempotent-replayed", "true");
    return sendJson(reply, done.status, done.body);
  } catch (error) {
    return sendError(reply, toApiError(error, parts.log, requestId), requestId);
  } finally {
    noteMisplacedKey(parts, request);
  }
}

/** What makes a request the same one: method, path without its base, query and body; where a secret is shown, the key as well. */
function repeatOf({ endpoint }: Route, request: FastifyRequest, call: Call, text: string, now: number): IdempotentCall {
  const [path = "", query = ""] = request.url.replace(/^\/api/, "").split("?");
  return {
    workspaceId: call.ctx.workspace.id,
    scope: `${endpoint.method} ${path}`,
    key: endpoint.method === "GET" || call.dryRun ? undefined : header(request, "idempotency-key"),
    bodyText: [text, ...(query === "" ? [] : [`?${query}`]), ...(endpoint.showsSecret ? [call.key.id] : [])].join("\n"),
    now,
  };
}

/** Reads the file, then makes it count in one transaction; what was stored of it goes again where that did not happen. */
async function receive(parts: Parts, route: Route & { receive: NonNullable<Route["receive"]> }, request: FastifyRequest, call: Call, repeatBy: (bodyText: string) => IdempotentCall, requestId: string): Promise<Answer> {
  const file = incomingFile(route.endpoint, request);
  const received = await route.receive({ ...call, contentType: file.contentType, bytes: file.bytes });
  let kept = false;
  try {
    const write = (writing: WriteCall) => route.write(writing, received.value);
    const done = await transact(parts, { endpoint: route.endpoint, write }, call, repeatBy(file.digest()), requestId);
    kept = done.replayed !== true && !call.dryRun;
    return done;
  } finally {
    // Where it fails, what is left belongs to nothing and is deleted later.
    if (!kept) await received.discard().catch((error: unknown) => parts.log.warn({ err: error }, "a file that does not count could not be deleted yet"));
  }
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, { contentType, filename, body }: Download): Promise<FastifyReply> {
  reply.code(200).header("content-disposition", `attachment; filename="${filename}"`).type(contentType);
  if (request.method !== "HEAD") return reply.send(body);
  // Nobody will see it, so it is not read either.
  body.destroy();
  return reply.send(Readable.from([]));
}

/** Runs a reading endpoint; one that takes a body (a search) honours Idempotency-Key as writes do. */
async function look(parts: Parts, route: Route & { handle: NonNullable<Route["handle"]> }, call: Call, repeat: () => IdempotentCall, now: number, requestId: string): Promise<Answer | Download> {
  const credits = priceOf(route.endpoint, call);
  const entry = { workspaceId: call.ctx.workspace.id, keyId: call.key.id, capability: `api.${route.endpoint.key}`, credits };
  let file: Download | undefined;
  const run = async (): Promise<Answer> => {
    if (!call.dryRun) await checkRoom(parts.store.read, call.key, credits, now);
    const result = await route.handle(call);
    if (!call.dryRun) await settle(parts, call.key, entry, now);
    if (result instanceof Download) file = result;
    const [status, data] = result instanceof Reply ? [result.status, result.data] : [successStatus(route.endpoint), file ? null : result];
    const meta = { requestId, credits: { used: call.dryRun ? 0 : credits }, ...(call.dryRun ? { dryRun: true } : {}) };
    return { status, body: data instanceof Written ? `{"data":${data.json},"meta":${JSON.stringify(meta)}}` : JSON.stringify({ data, meta }) };
  };
  const done = route.endpoint.method === "GET" || route.endpoint.files ? await run() : await parts.idempotency.once(repeat(), run);
  return file ?? done;
}

async function open(parts: Parts, route: Route, request: FastifyRequest, reply: FastifyReply, requestId: string): Promise<FastifyReply> {
  const data = await route.handle?.({ parts, cursors: parts.cursors, query: request.query, params: request.params } as unknown as Call);
  const answer = route.endpoint.bare === true ? data : { data, meta: { requestId, credits: { used: 0 } } };
  return sendJson(reply, successStatus(route.endpoint), JSON.stringify(answer));
}

async function authorize(parts: Parts, route: Route, request: FastifyRequest, reply: FastifyReply, bucket: string): Promise<ActiveKey> {
  let key: ActiveKey;
  try {
    const text = headerKey({ xApiKey: header(request, "x-api-key"), authorization: header(request, "authorization") });
    if (text === undefined) throw new ApiError("MISSING_API_KEY");
    key = await parts.keys(text);
  } catch (error) {
    if (error instanceof ApiError && error.code === "API_KEY_INVALID") parts.limiter.takeFailure(bucket);
    throw error;
  }
  parts.noteUse(key);
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

function read(parts: Parts, route: Route, request: FastifyRequest, key: ActiveKey, addressBucket: string): { text: string; call: Call } {
  const { endpoint } = route;
  const text = typeof request.body === "string" ? request.body : "";
  const query = check(endpoint.query, request.query);
  const params = check(endpoint.params, request.params);
  const body = endpoint.method === "GET" ? undefined : check(endpoint.body ?? noBody, json(request, text));
  const ctx = { workspace: key.workspace, actor: { kind: "key" as const, id: key.id }, store: parts.store, clock: parts.clock, log: parts.log };
  // A search or a lookup changes nothing: a dry run of it would only be one that costs nothing.
  const looks = endpoint.method === "GET" || (route.handle !== undefined && endpoint.access.endsWith(":read"));
  const dryRun = looks ? false : dryRunOf(request.query);
  if (dryRun === undefined) throw unclearDryRun();
  return { text, call: { ctx, key, params, query, body, cursors: parts.cursors, parts, addressBucket, dryRun } as unknown as Call };
}

/** Where an endpoint takes no body, a field is as unknown as anywhere. */
const noBody = z.strictObject({}).optional();

/** The parsed body; `undefined` where none was sent, which the endpoint's schema may allow. */
function json(request: FastifyRequest, text: string): unknown {
  if (text === "") return undefined;
  if (header(request, "content-encoding") !== undefined) throw new ApiError("UNSUPPORTED_MEDIA_TYPE");
  const type = header(request, "content-type");
  if (type === undefined || !/^application\/json\b/i.test(type)) throw new ApiError("UNSUPPORTED_MEDIA_TYPE");
  const body = parsed(text);
  const shape = checkPrototypes(body, text);
  if (!shape.ok) throw invalid(shape.path.join("."), shape.code, shape.message);
  return body;
}

function parsed(text: string): unknown {
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
  throw new ApiError("VALIDATION_ERROR", { details: detailsOf(result.error) });
}
