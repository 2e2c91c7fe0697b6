import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Endpoint } from "../../core/endpoint.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { header } from "./headers.ts";

/** Inside `add` bodies are not read before the handler asks for them: who has no key sends no file. */
export function withOpenBodies(app: FastifyInstance, add: (within: FastifyInstance) => void): void {
  app.register((within, _options, done) => {
    within.removeAllContentTypeParsers();
    within.addContentTypeParser("*", (_request, body, parsed) => parsed(null, body));
    add(within);
    done();
  });
}

export interface Incoming {
  contentType: string;
  /** The file, decompressed; ends with an ApiError where it is too large, broken or cut off. To be read once. */
  bytes: AsyncIterable<Uint8Array>;
  /** SHA-256 of the bytes that were read, as hex. */
  digest(): string;
}

/**
 * The body of a request as a file that its endpoint takes. It may be compressed by gzip: what counts is its size afterwards (security row 11).
 * Whatever is left of it when the handler has enough is thrown away, so that the answer can be read.
 */
export function incomingFile(endpoint: Endpoint, request: FastifyRequest): Incoming {
  const { types, bytesMax } = endpoint.upload ?? { types: [], bytesMax: 0 };
  const contentType = header(request, "content-type") ?? "";
  const mediaType = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!types.includes(mediaType)) throw new ApiError("UNSUPPORTED_MEDIA_TYPE", { message: `Send the file itself as the body, with Content-Type: ${types.join(" or ")}.` });
  const encoding = header(request, "content-encoding")?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== "gzip" && encoding !== "identity") throw new ApiError("UNSUPPORTED_MEDIA_TYPE", { message: "Send the file as it is, or with Content-Encoding: gzip." });
  const body = request.body;
  if (!(body instanceof Readable)) throw invalid("", "missing_body", `Send the file itself as the body, with Content-Type: ${types.join(" or ")}.`);
  const tooLarge = () => new ApiError("PAYLOAD_TOO_LARGE", { message: `A file has at most ${bytesMax / 2 ** 20} MB. Split it.` });
  if (encoding !== "gzip" && Number(header(request, "content-length")) > bytesMax) throw tooLarge();
  const hash = createHash("sha256");
  return { contentType, bytes: counted(body as IncomingMessage, encoding === "gzip", hash, bytesMax, tooLarge), digest: () => hash.digest("hex") };
}

async function* counted(request: IncomingMessage, zipped: boolean, hash: ReturnType<typeof createHash>, bytesMax: number, tooLarge: () => ApiError): AsyncGenerator<Uint8Array> {
  const source: Readable = zipped ? request.pipe(createGunzip()) : request;
  // An abort reaches only the request itself; what reads from it would wait for ever.
  const cut = () => void (request.complete || source.destroy(new Error("cut off")));
  request.once("close", cut);
  let bytes = 0;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge();
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw invalid("", "incomplete_body", zipped ? "The file did not come whole, or is not gzip as Content-Encoding says." : "The file did not come whole. Send it again.");
  } finally {
    request.off("close", cut);
    if (zipped) {
      request.unpipe();
      source.destroy();
    }
    request.resume();
  }
}
