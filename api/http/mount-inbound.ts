import type { FastifyInstance } from "fastify";
import { limitBucket } from "../../core/address.ts";
import { createInbound, inboundBytesMax } from "../inbound/index.ts";
import { clientAddressOf } from "./address.ts";
import type { Parts } from "./context.ts";
import { sendError, toApiError } from "./errors.ts";
import { requestIdOf, secure } from "./headers.ts";

/** Mounts `POST /inbound/:token`, outside the API's versions and its keys: other systems keep this address for years. */
export function mountInbound(app: FastifyInstance, parts: Parts): void {
  const receive = createInbound(parts);
  void app.register((scope, _options, done) => {
    // Signatures are over the bytes as they came.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, parsed) => parsed(null, body));
    scope.post<{ Params: { token: string } }>("/inbound/:token", { bodyLimit: inboundBytesMax }, async (request, reply) => {
      const requestId = requestIdOf(parts.clock.now());
      secure(reply, requestId);
      try {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const answer = await receive({ token: request.params.token, bucket: limitBucket(clientAddressOf(parts, request)), headers: request.headers, body });
        return await reply.code(200).type("application/json; charset=utf-8").send(JSON.stringify(answer));
      } catch (error) {
        return sendError(reply, toApiError(error, parts.log, requestId), requestId);
      }
    });
    done();
  });
}
