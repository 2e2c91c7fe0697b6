import type { FastifyRequest } from "fastify";
import { trustedProxies } from "../../core/address.ts";
import { header } from "./headers.ts";

type Resolve = (remote: string, forwardedFor: string | undefined) => string;
const resolvers = new WeakMap<readonly string[], Resolve>();

/** The visitor's address: the socket's, or what configured proxies say. */
export function clientAddressOf(parts: { config: { trustedProxies: string[] } }, request: FastifyRequest): string {
  const list = parts.config.trustedProxies;
  let resolve = resolvers.get(list);
  if (!resolve) resolvers.set(list, (resolve = trustedProxies(list)));
  return resolve(request.socket.remoteAddress ?? "", list.length === 0 ? undefined : header(request, "x-forwarded-for"));
}
