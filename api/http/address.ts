import type { FastifyRequest } from "fastify";
import type { Parts } from "./context.ts";
import { header } from "./headers.ts";

/** The visitor's address: the socket's, or what configured proxies say. */
export function clientAddressOf(parts: Pick<Parts, "addressOf">, request: FastifyRequest): string {
  return parts.addressOf(request.socket.remoteAddress ?? "", header(request, "x-forwarded-for"));
}
