import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import type { TagFiles } from "../console/index.ts";
import type { Parts } from "./context.ts";
import { loadFiles, serveFile } from "./files.ts";
import { basePaths } from "./mount.ts";

interface TagManifest {
  version: string;
  /** The immutable twin of s.js. */
  file: string;
  integrity: string;
  files: Record<string, { contentType: string; immutable: boolean }>;
}

interface PageManifest {
  index: string;
  files: Record<string, { contentType: string; immutable: boolean }>;
}

/** A change of the tag reaches every page within this. */
const tagCacheS = 3600;

/** Any page may load the tag, with or without SRI (`crossorigin`). */
const tagHeaders = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" };

/** The hash of an empty style element: Redoc fills its one by script, which a policy does not concern. Its icons are a data: font. */
const emptyStyle = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

const policy = (styles: string, fonts: string) =>
  `default-src 'none'; script-src 'self'; style-src ${styles}; img-src 'self' data:; connect-src 'self'; font-src ${fonts}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const pageHeaders = (csp: string) => ({
  "content-security-policy": csp,
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
});

const consoleHeaders = pageHeaders(policy("'self'", "'self'"));
const referenceHeaders = pageHeaders(policy(`'self' ${emptyStyle}`, "'self' data:"));

/** Serves `/s.js` (or the operator's name for it), its immutable twin and its chunks beside it. */
export function mountTag(app: FastifyInstance, parts: Parts): TagFiles {
  const { manifest, files } = loadFiles<TagManifest>(join(parts.distDir, "tag"), tagCacheS);
  const folder = parts.config.tagPath.slice(0, parts.config.tagPath.lastIndexOf("/") + 1);
  for (const [name, file] of files) serveFile(app, name === "s.js" ? parts.config.tagPath : folder + name, file, tagHeaders);
  return { path: parts.config.tagPath, pinnedPath: folder + manifest.file, integrity: manifest.integrity };
}

/** Serves the console's page and assets under /console/. */
export function mountConsoleFiles(app: FastifyInstance, parts: Parts): void {
  const { manifest, files } = loadFiles<PageManifest>(join(parts.distDir, "console"), 0);
  for (const [name, file] of files) {
    if (name === manifest.index) serveFile(app, "/console/", file, consoleHeaders);
    else serveFile(app, name.startsWith("assets/") ? `/console/${name}` : `/console/assets/${name}`, file, consoleHeaders);
  }
  app.get("/console", (_request, reply) => reply.redirect("/console/", 308));
  app.get("/", (_request, reply) => reply.redirect("/console/", 302));
}

/** Serves the API's reference page at /docs; who looks for it beside the endpoints is led there. */
export function mountReference(app: FastifyInstance, parts: Parts): void {
  const { manifest, files } = loadFiles<PageManifest>(join(parts.distDir, "docs"), 0);
  for (const [name, file] of files) serveFile(app, name === manifest.index ? "/docs" : `/docs/${name}`, file, referenceHeaders);
  for (const path of ["/docs/", ...basePaths.map((base) => `${base}/docs`)]) app.get(path, (_request, reply) => reply.redirect("/docs", 308));
}
