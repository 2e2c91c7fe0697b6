import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type LaunchOptions, type Page } from "playwright";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { type ApiOptions, chrome, startApi } from "./api.ts";

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const executablePath = process.env["OWLBOUND_TEST_CHROMIUM"] ?? "/usr/bin/chromium";

/** A Chromium for all tests of a file. */
export function useBrowser(options: LaunchOptions = {}): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: flags, ...options });
  });
  afterAll(() => browser?.close());
  return () => {
    if (!browser) throw new Error("the browser has not started");
    return browser;
  };
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Site {
  url: string;
  /** What the pages hold: path to HTML, or to a handler. */
  pages: Record<string, string | Handler>;
}

/** A website of its own origin. Unknown paths answer a small page. */
export async function startSite(pages: Site["pages"]): Promise<Site> {
  const site: Site = { url: "", pages };
  const server: Server = createServer((request, response) => {
    const found = site.pages[(request.url ?? "/").split("?")[0] ?? "/"];
    if (typeof found === "function") return found(request, response);
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "text/html; charset=utf-8" });
    response.end(found ?? "<!doctype html><title>Not here</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return site;
}

export interface Stored {
  id: string;
  type: string;
  messageId: string;
  visitorId: string | null;
  contactId: string | null;
  data: Record<string, string>;
  receivedAt: number;
  engagement?: { engagedMs: number; scrollDepth: number; lcp: number | null; inp: number | null; cls: number | null } | null;
}

/** A collector, a key, and the tag that names them. */
export async function startTagged(options: ApiOptions = {}) {
  const api = await startApi(options);
  const tag = (attributes = "", src = "/s.js") => `<script async src="${api.url}${src}" data-key="${api.publishable.key}" data-force ${attributes}></script>`;
  const page = (body = "", attributes = "", title = "A page") => `<!doctype html><meta charset="utf-8"><title>${title}</title>${tag(attributes)}<body style="min-height:3000px">${body}`;
  const stored = async (): Promise<Stored[]> => (await api.call("GET", "/v1/signals?limit=100&include_bots=true")).body.data.signals.toReversed();
  const detail = async (id: string): Promise<Stored> => (await api.call("GET", `/v1/signals/${id}`)).body.data;
  /** Waits until so many signals are stored, then until the page has had time for one too many. */
  const settled = async (count: number): Promise<Stored[]> => {
    await expect.poll(async () => (await stored()).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
    await new Promise((resolve) => setTimeout(resolve, 400));
    return stored();
  };
  return { ...api, tag, page, stored, detail, settled };
}

/** A visitor: a context with an ordinary user agent. Errors of its pages are kept. */
export async function newVisitor(browser: Browser, options: BrowserContextOptions = {}): Promise<{ context: BrowserContext; page: Page; errors: string[] }> {
  const context = await browser.newContext({ userAgent: chrome, viewport: { width: 1000, height: 800 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  return { context, page, errors };
}
