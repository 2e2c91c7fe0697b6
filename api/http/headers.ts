import type { FastifyReply, FastifyRequest } from "fastify";
import { newId } from "../../core/id.ts";

/** `req_` and 20 unguessable characters. */
export const requestIdOf = (now: number): string => `req_${newId(now).slice(6)}`;

/** A header that may come once; Node joins most repeats with a comma, which then fails where it is read. */
export function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}

/** On every JSON answer: nothing is cached, nothing leaks by referrer, nothing is sniffed. */
export function secure(reply: FastifyReply, requestId: string): void {
  reply.headers({
    "x-request-id": requestId,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
}
