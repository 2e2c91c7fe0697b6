import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInbox, type Inbox } from "./inbox.ts";
import { buildManifest, pageResource, type Manifest, type Resource } from "./manifest.ts";
import { readNewsletter } from "./newsletter.ts";
import { inboxPage } from "./pages/inbox.ts";
import { newsletterPage } from "./pages/newsletter.ts";
import { tagOrigin, type Tag } from "./render/tag.ts";

export interface DemoSiteOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  tag: Tag;
}

export interface DemoSite {
  url: string;
  /** Resolves when the port is free again; open connections are ended. */
  close(): Promise<void>;
}

/**
 * Serves a small company's website with the real tag on every page, until `close`.
 * Rejects with node's own error when the port is taken, and when `tag.scriptUrl` is no absolute URL.
 */
export async function startDemoSite(options: DemoSiteOptions): Promise<DemoSite> {
  const manifest = buildManifest(options.tag);
  const policy = contentSecurityPolicy(tagOrigin(options.tag));
  const inbox = createInbox();
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000 }, (request, response) => {
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "strict-origin-when-cross-origin");
    answer(request, response, manifest, inbox).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host === "0.0.0.0" || options.host === "::" ? "127.0.0.1" : options.host;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, manifest: Manifest, inbox: Inbox): Promise<void> {
  const [path = "/"] = (request.url ?? "/").split("?");
  if (request.method === "POST" && path === "/newsletter") return subscribe(request, response, manifest);
  if (request.method === "POST" && path === "/team") return void response.writeHead(await inbox.take(request), { "Content-Type": "application/json" }).end("{}");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { Allow: path === "/newsletter" || path === "/team" ? "GET, HEAD, POST" : "GET, HEAD" }).end();
    return;
  }
  if (path === "/team") return send(request, response, { ...pageResource(inboxPage(inbox.notes()), manifest.frame), cacheControl: "no-store" }, 200);
  const bare = path.replace(/\/+$/, "");
  if (path !== "/" && path !== bare && manifest.resources.has(bare)) {
    response.writeHead(308, { Location: bare }).end();
    return;
  }
  const found = manifest.resources.get(path);
  send(request, response, found ?? manifest.notFound, found ? 200 : 404);
}

/** A rejected form comes back with its words and the reason; an accepted one leads to the thank-you page. Nothing is kept. */
async function subscribe(request: IncomingMessage, response: ServerResponse, manifest: Manifest): Promise<void> {
  const state = await readNewsletter(request);
  if (state.problem === undefined) {
    response.writeHead(303, { Location: "/newsletter/thanks", "Cache-Control": "no-store" }).end();
    return;
  }
  send(request, response, { ...pageResource(newsletterPage(state), manifest.frame), cacheControl: "no-store" }, 422);
}

function send(request: IncomingMessage, response: ServerResponse, resource: Resource, status: number): void {
  const packed = resource.packed && /\bbr\b/.test(String(request.headers["accept-encoding"])) ? resource.packed : undefined;
  const etag = packed ? resource.etag.replace(/"$/, '-br"') : resource.etag;
  response.setHeader("Cache-Control", resource.cacheControl);
  response.setHeader("ETag", etag);
  if (resource.packed) response.setHeader("Vary", "Accept-Encoding");
  if (status === 200 && isFresh(request.headers["if-none-match"], etag)) {
    response.writeHead(304).end();
    return;
  }
  const body = packed ?? resource.body;
  response.setHeader("Content-Type", resource.contentType);
  response.setHeader("Content-Length", body.length);
  if (packed) response.setHeader("Content-Encoding", "br");
  if (resource.disposition !== undefined) response.setHeader("Content-Disposition", resource.disposition);
  response.writeHead(status).end(request.method === "HEAD" ? undefined : body);
}

function isFresh(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch === "*" || ifNoneMatch.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === etag);
}

/** Strict, so that the site shows the tag at work where a careful company would put it: script and beacons need the tag's origin, nothing else does. */
function contentSecurityPolicy(origin: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${origin}`,
    `connect-src ${origin}`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
