import type { FastifyRequest } from "fastify";
import { boundedCache } from "../../core/lru.ts";
import { headerKey, insertAudit, secretKeyMisplaced } from "../keys/index.ts";
import type { Parts } from "./context.ts";
import { header } from "./headers.ts";

const hourMs = 3_600_000;
/** Told this hour already: an audit of every request would be a flood of its own. */
const told = new WeakMap<Parts["keys"], ReturnType<typeof boundedCache<string, true>>>();

/**
 * Security rows 14 and 15: a secret key in a URL or body (which is not read there), or sent by a browser, is open to strangers. Its
 * owner hears of it once an hour by an audit entry, which the console shows with the way out. Never delays nor fails the request.
 */
export function reportExposedKey(parts: Parts, request: FastifyRequest): void {
  const found = exposedKey(request);
  if (found) void report(parts, found, request.headers.origin ?? null).catch((error: unknown) => parts.log.warn({ err: error }, "audit entry not written"));
}

function exposedKey(request: FastifyRequest): { text: string; place: "url" | "body" | "browser" } | undefined {
  const query = (request.query as Record<string, unknown>)["key"];
  const body = typeof request.body === "string" ? /"key"\s*:\s*"(gtm_sk_[0-9A-Za-z]{38})"/.exec(request.body)?.[1] : undefined;
  const text = secretKeyMisplaced({ query: typeof query === "string" ? query : undefined, body });
  if (text !== undefined) return { text, place: query === text ? "url" : "body" };
  // Only browsers send Origin (Sec-Fetch-Mode comes from Node's fetch too).
  if (request.headers.origin === undefined) return undefined;
  const sent = request.headers["x-api-key"] ?? request.headers.authorization;
  if (sent === undefined || !sent.includes("gtm_sk_")) return undefined;
  const secret = headerKey({ xApiKey: header(request, "x-api-key"), authorization: header(request, "authorization") });
  return secret === undefined ? undefined : { text: secret, place: "browser" };
}

async function report(parts: Parts, { text, place }: { text: string; place: string }, origin: string | null): Promise<void> {
  const key = await parts.keys(text);
  const now = parts.clock.now();
  let seen = told.get(parts.keys);
  if (!seen) told.set(parts.keys, (seen = boundedCache(1000)));
  const once = `${key.id} ${place} ${origin} ${Math.floor(now / hourMs)}`;
  if (seen.get(once)) return;
  seen.set(once, true);
  await parts.store.write((tx) => insertAudit(tx, { workspaceId: key.workspace.id, at: now, actor: key.id, action: "key.exposed", detail: { keyId: key.id, last4: text.slice(-4), place, origin } }));
}
