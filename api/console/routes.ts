import type { ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError, invalid } from "../../core/errors.ts";
import type { Parts } from "../http/context.ts";
import { sendError, toApiError } from "../http/errors.ts";
import { header, requestIdOf, secure } from "../http/headers.ts";
import { feedPage, installStatus, overview, type ConsoleParts, type TagFiles } from "./service.ts";
import { closeSession, openSession, sessionWorkspace } from "./sessions.ts";
import { streamFeed } from "./stream.ts";

const cookieName = "owlbound_session";

/**
 * The console's own endpoints: a cookie session that means nothing on /v1, and changes only by JSON from the same
 * origin (security rows 35 and 36). Answers have the API's envelope, so that one client reads both.
 */
export function mountConsole(app: FastifyInstance, parts: Parts, tag: TagFiles): void {
  const on = (method: "GET" | "POST" | "DELETE", url: string, handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) => {
    app.route({
      method,
      url: `/console/api${url}`,
      bodyLimit: 16 * 1024,
      handler: async (request, reply) => {
        const requestId = requestIdOf(parts.clock.now());
        secure(reply, requestId);
        try {
          if (method !== "GET") sameOriginOnly(request);
          const data = await handle(request, reply);
          if (reply.sent) return reply;
          return await (data === undefined ? reply.code(204).send() : reply.type("application/json; charset=utf-8").send(JSON.stringify({ data, meta: { requestId, credits: { used: 0 } } })));
        } catch (error) {
          return sendError(reply, toApiError(error, parts.log, requestId), requestId);
        }
      },
    });
  };
  const signedIn = async (request: FastifyRequest): Promise<ConsoleParts> => ({
    store: parts.store,
    now: parts.clock.now(),
    workspaceId: await sessionWorkspace(parts.store, parts.clock.now(), cookie(request)),
    publicUrl: parts.publicUrl(),
    collectPath: parts.config.collectPath,
    tag,
  });

  on("POST", "/session", async (request, reply) => {
    const session = await openSession(parts.store, parts.clock.now(), setupTokenOf(request));
    reply.header("set-cookie", sessionCookie(parts, session.token, 30 * 86_400));
  });
  on("DELETE", "/session", async (request, reply) => {
    await closeSession(parts.store, cookie(request));
    reply.header("set-cookie", sessionCookie(parts, "", 0));
  });
  on("GET", "/overview", async (request) => overview(await signedIn(request)));
  on("GET", "/install", async (request) => installStatus(await signedIn(request)));
  on("GET", "/signals", async (request) => {
    const { limit = "50", cursor } = request.query as Record<string, string | undefined>;
    const count = Number(limit);
    if (!Number.isInteger(count) || count < 1 || count > 200) throw invalid("limit", "out_of_range", "limit is a whole number from 1 to 200.");
    return feedPage(await signedIn(request), count, cursor);
  });
  // A screen left open must not hold a stop up; it comes back by itself.
  const streams = new Set<ServerResponse>();
  app.addHook("preClose", async () => {
    for (const stream of streams) stream.end();
  });
  on("GET", "/stream", async (request, reply) => {
    const session = await signedIn(request);
    streams.add(reply.raw);
    reply.raw.on("close", () => streams.delete(reply.raw));
    const since = Number((request.query as Record<string, unknown>)["since"]);
    const resume = { lastEventId: header(request, "last-event-id"), since: since > 0 ? Math.min(since, session.now) : session.now };
    streamFeed(parts, session, resume, reply, async () => signedIn(request));
  });
}

function cookie(request: FastifyRequest): string | undefined {
  for (const part of (header(request, "cookie") ?? "").split(";")) {
    const [name, value] = part.trim().split("=");
    if (name === cookieName && value) return value;
  }
  return undefined;
}

function sessionCookie(parts: Parts, token: string, maxAgeS: number): string {
  const secureFlag = parts.publicUrl().startsWith("https:") ? "; Secure" : "";
  return `${cookieName}=${token}; Path=/console; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${secureFlag}`;
}

function sameOriginOnly(request: FastifyRequest): void {
  const type = header(request, "content-type") ?? "";
  const origin = header(request, "origin");
  const site = header(request, "sec-fetch-site");
  if (request.method !== "DELETE" && !/^application\/json\b/i.test(type)) throw new ApiError("UNSUPPORTED_MEDIA_TYPE");
  const own = origin !== undefined && URL.canParse(origin) && new URL(origin).host === header(request, "host");
  if (!own || (site !== undefined && site !== "same-origin")) throw new ApiError("ORIGIN_NOT_ALLOWED", { message: "The console takes changes from its own pages only." });
}

function setupTokenOf(request: FastifyRequest): string {
  let body: unknown;
  try {
    body = JSON.parse(typeof request.body === "string" ? request.body : "");
  } catch {
    throw invalid("", "invalid_json", "The body is not valid JSON.");
  }
  const token = typeof body === "object" && body !== null && "token" in body ? body.token : undefined;
  if (typeof token !== "string" || token.length > 200) throw invalid("token", "required", "The link's token is missing.");
  return token;
}
