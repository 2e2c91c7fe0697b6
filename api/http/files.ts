import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { OperatorError } from "../../core/errors.ts";

interface Manifest {
  files: Record<string, { contentType: string; immutable: boolean }>;
}

/** A file held in memory with its compressed twin: served from this table, never from a path (security row 41). */
interface Served {
  bytes: Buffer;
  brotli: Buffer;
  etag: string;
  contentType: string;
  cacheControl: string;
}

const yearS = 31_536_000;

/** Reads what the build made, compressed (`NAME.br`) or not. Throws OperatorError when it was not built. */
export function loadFiles<M extends Manifest>(folder: string, shortCacheS: number): { manifest: M; files: Map<string, Served> } {
  const manifestFile = join(folder, "manifest.json");
  if (!existsSync(manifestFile)) throw new OperatorError(`${folder} is missing. Build it with: npm run build`);
  const manifest = JSON.parse(readFileSync(manifestFile, "utf8")) as M;
  const files = new Map<string, Served>();
  for (const [name, { contentType, immutable }] of Object.entries(manifest.files)) {
    const bytes = readFileSync(join(folder, name));
    const built = join(folder, `${name}.br`);
    files.set(name, {
      bytes,
      brotli: existsSync(built) ? readFileSync(built) : brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
      etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
      contentType,
      cacheControl: immutable ? `public, max-age=${yearS}, immutable` : shortCacheS === 0 ? "no-cache" : `public, max-age=${shortCacheS}`,
    });
  }
  return { manifest, files };
}

/** Serves one file with ETag and brotli. `more` holds what differs by place: CORS for the tag, CSP for the console. */
export function serveFile(app: FastifyInstance, url: string, file: Served, more: Record<string, string>): void {
  app.get(url, (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers({
      "content-type": file.contentType,
      "cache-control": file.cacheControl,
      etag: file.etag,
      vary: "Accept-Encoding",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      ...more,
    });
    if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
    if (/\bbr\b/.test(String(request.headers["accept-encoding"] ?? ""))) return reply.header("content-encoding", "br").send(file.brotli);
    return reply.send(file.bytes);
  });
}
