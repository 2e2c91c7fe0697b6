import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startServer } from "../../cli/server.ts";
import { parseConfig } from "../../core/config.ts";
import { newVisitor, startSite, startTagged, useBrowser } from "../support/journey.ts";

const browser = useBrowser();

/** The same collector on the same port and data, started again after it was closed. */
async function restart(api: Awaited<ReturnType<typeof startTagged>>) {
  const again = await startServer(parseConfig({ port: new URL(api.url).port, data: api.dataDir, "log-level": "silent", ...(api.server.parts.config.databaseUrl ? { "database-url": api.server.parts.config.databaseUrl } : {}) }, {}));
  onTestFinished(() => again.close());
}

test("the collector is down at the visit: stored once after it is back, in the page", async () => {
  const api = await startTagged();
  const site = await startSite({ "/": api.page("", "data-force").replace("/s.js", "/s.js") });
  const script = await (await fetch(`${api.url}/s.js`)).text();
  site.pages["/s.js"] = (_request, response) => {
    response.writeHead(200, { "content-type": "text/javascript" });
    response.end(script);
  };
  site.pages["/"] = `<!doctype html><title>T</title><script async src="/s.js" data-key="${api.publishable.key}" data-collector="${api.url}/v1" data-force></script><body>x`;
  const { page, errors } = await newVisitor(browser());
  await api.close();
  await page.goto(site.url);
  await page.waitForTimeout(1000);
  await restart(api);
  expect(await api.settled(1)).toHaveLength(1);
  expect(errors).toEqual([]);
});

test("the tab is closed while the collector is down: a known visitor's signals go at the next visit, once", async () => {
  const api = await startTagged({ publishable: { mode: "identified" } });
  const textOf = async (path: string) => (await fetch(api.url + path)).text();
  const script = await textOf("/s.js");
  // A browser that was here before has the part that remembers.
  const part = `/${/s\.m\.\w+\.js/.exec(script)?.[0]}`;
  const served = (text: string): RequestListener => (_request, response) => {
    response.writeHead(200, { "content-type": "text/javascript" });
    response.end(text);
  };
  const site = await startSite({
    "/s.js": served(script),
    [part]: served(await textOf(part)),
    "/": `<!doctype html><title>T</title><script async src="/s.js" data-key="${api.publishable.key}" data-collector="${api.url}/v1" data-mode="identified" data-force></script><body>x`,
  });
  const { context, page } = await newVisitor(browser());
  await api.close();
  await page.goto(`${site.url}/?first`);
  await page.waitForTimeout(500);
  await page.close();
  await restart(api);
  const next = await context.newPage();
  await next.goto(`${site.url}/?second`);
  const visits = await api.settled(2);
  expect(visits.map((v) => v.data["pageUrl"]).toSorted()).toEqual([`${site.url}/?first`, `${site.url}/?second`]);
  expect(new Set(visits.map((v) => v.visitorId)).size).toBe(1);
});

test("503 and 429 are tried again with the same messageId after Retry-After; other refusals are dropped without a loop", async () => {
  const api = await startTagged();
  const answers = [503, 429, 201];
  const seen: { messageId: string; at: number }[] = [];
  const collector = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const status = request.url?.endsWith("/signals") === true ? (answers.shift() ?? 400) : 202;
      if (request.url?.endsWith("/signals") === true) seen.push({ messageId: JSON.parse(body).messageId, at: Date.now() });
      response.writeHead(status, { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After", ...(status > 400 ? { "retry-after": "1" } : {}) });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void collector.close());
  const base = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1`;
  const site = await startSite({ "/": api.page("", `data-collector="${base}"`) });
  const { page } = await newVisitor(browser());
  await page.goto(site.url);
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(3);
  expect(new Set(seen.map((s) => s.messageId)).size).toBe(1);
  expect((seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)).toBeGreaterThanOrEqual(900);
  // The next one is refused for good: sent once.
  await page.evaluate(() => history.pushState({}, "", "/refused"));
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(4);
  await page.waitForTimeout(2500);
  expect(seen).toHaveLength(4);
});

test("a key that is not accepted is one console warning, and silence for this page", async () => {
  const api = await startTagged();
  const site = await startSite({ "/": api.page().replace(api.publishable.key, `${api.publishable.key.slice(0, -1)}!`) });
  const { page, errors } = await newVisitor(browser());
  const warnings: string[] = [];
  page.on("console", (message) => void (message.type() === "warning" && warnings.push(message.text())));
  const sent: string[] = [];
  page.on("request", (request) => void (request.url().includes("/v1/signals") && sent.push(request.method())));
  await page.goto(site.url);
  await expect.poll(() => warnings.length, { timeout: 10_000 }).toBe(1);
  await page.evaluate(() => history.pushState({}, "", "/more"));
  await page.waitForTimeout(1500);
  expect(sent).toEqual(["POST"]);
  expect(warnings).toHaveLength(1);
  expect(errors).toEqual([]);
});

test("never a preflight, never credentials", async () => {
  const api = await startTagged();
  const methods: string[] = [];
  api.server.app.server.on("request", (request: { method: string; url: string; headers: Record<string, string> }) => {
    if (request.url.startsWith("/v1/")) methods.push(`${request.method} ${request.headers["content-type"]?.split(";")[0] ?? ""} ${request.headers["cookie"] ?? "-"}`);
  });
  const site = await startSite({ "/": api.page() });
  const { page, context } = await newVisitor(browser());
  await context.addCookies([{ name: "session", value: "secret", url: api.url }]);
  await page.goto(site.url);
  await api.settled(1);
  expect([...new Set(methods.filter((m) => !m.startsWith("GET")))]).toEqual(["POST text/plain -"]);
});

test("offline signals go when the browser is online again", async () => {
  const api = await startTagged();
  const site = await startSite({ "/": api.page() });
  const { page, context } = await newVisitor(browser());
  await page.goto(site.url);
  await api.settled(1);
  await context.setOffline(true);
  await page.evaluate(() => history.pushState({}, "", "/offline"));
  await page.waitForTimeout(1500);
  await context.setOffline(false);
  expect((await api.settled(2)).at(-1)?.data["pageUrl"]).toBe(`${site.url}/offline`);
});

test("engaged time and scroll depth arrive under the visit's messageId when the page goes away", async () => {
  const api = await startTagged();
  const site = await startSite({ "/": api.page(), "/next": "<!doctype html>bye" });
  const { page } = await newVisitor(browser());
  await page.goto(site.url);
  const [visit] = await api.settled(1);
  await page.bringToFront();
  await page.mouse.wheel(0, 10_000);
  await page.waitForTimeout(1200);
  await page.goto(`${site.url}/next`);
  await expect.poll(async () => (await api.detail(visit?.id ?? "")).engagement?.engagedMs ?? 0, { timeout: 10_000 }).toBeGreaterThan(900);
  expect((await api.detail(visit?.id ?? "")).engagement?.scrollDepth).toBe(100);
});

test("web vitals come on request, under the visit's messageId", async () => {
  const api = await startTagged();
  const site = await startSite({ "/": api.page("<h1 onclick='this.textContent+=1'>A heading that is painted</h1>", "data-vitals"), "/next": "<!doctype html>bye" });
  const { page } = await newVisitor(browser());
  await page.goto(site.url);
  const [visit] = await api.settled(1);
  await page.click("h1");
  await page.waitForTimeout(1500);
  await page.goto(`${site.url}/next`);
  await expect.poll(async () => (await api.detail(visit?.id ?? "")).engagement?.lcp ?? null, { timeout: 15_000 }).not.toBeNull();
  await expect.poll(async () => (await api.detail(visit?.id ?? "")).engagement?.cls ?? null, { timeout: 15_000 }).not.toBeNull();
});
