import { expect, test } from "vitest";
import { newVisitor, startSite, startTagged, useBrowser } from "../support/journey.ts";

const browser = useBrowser();

test("a page with a strict policy and a nonce: stored, chunks included, nothing violated", async () => {
  const api = await startTagged();
  const site = await startSite({
    "/": (_request, response) => {
      response.writeHead(200, {
        "content-type": "text/html",
        "content-security-policy": `default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src ${api.url}; require-trusted-types-for 'script'; trusted-types 'none'`,
      });
      response.end(`<!doctype html><title>T</title>${api.tag("data-vitals data-forms").replace("<script", '<script nonce="abc"')}<body><h1>x</h1>`);
    },
  });
  const { page, errors } = await newVisitor(browser());
  const blocked: string[] = [];
  page.on("console", (message) => void (/violates|refused/i.test(message.text()) && blocked.push(message.text())));
  const chunks: string[] = [];
  page.on("response", (response) => void (/\/s\.\w+\./.test(response.url()) && chunks.push(String(response.status()))));
  await page.goto(site.url);
  expect(await api.settled(1)).toHaveLength(1);
  await expect.poll(() => chunks.filter((status) => status === "200").length).toBeGreaterThanOrEqual(2);
  expect([blocked, errors]).toEqual([[], []]);
});

test("the pinned tag with its integrity hash is run by the browser", async () => {
  const api = await startTagged();
  const manifest = await import("../../dist/tag/manifest.json", { with: { type: "json" } });
  const { file, integrity } = manifest.default as { file: string; integrity: string };
  const site = await startSite({ "/": `<!doctype html><title>T</title>${api.tag(`integrity="${integrity}" crossorigin="anonymous"`, `/${file}`)}<body>x` });
  const { page } = await newVisitor(browser());
  await page.goto(site.url);
  expect(await api.settled(1)).toHaveLength(1);
});

const hostile: [string, string][] = [
  ["storage that throws", "for (const s of ['localStorage','sessionStorage']) Object.defineProperty(window, s, { get() { throw new DOMException('no', 'SecurityError') } }); Object.defineProperty(document, 'cookie', { get() { throw new Error('no') }, set() { throw new Error('no') } })"],
  ["a fetch that throws", "window.fetch = () => { throw new Error('wrapped badly') }"],
  ["no fetch at all", "delete window.fetch; window.fetch = undefined"],
  ["no crypto.randomUUID", "Object.defineProperty(crypto, 'randomUUID', { value: undefined })"],
  ["a frozen history", "Object.freeze(history)"],
  ["no sendBeacon", "Object.defineProperty(navigator, 'sendBeacon', { value: undefined })"],
];
test.each(hostile)("%s: no uncaught error, and the visit is stored where anything can send it", async (what, script) => {
  const api = await startTagged({ publishable: { mode: "identified" } });
  const site = await startSite({ "/": api.page("", 'data-mode="identified"') });
  const { page, errors } = await newVisitor(browser());
  await page.addInitScript(script);
  await page.goto(site.url);
  await page.evaluate(() => history.pushState({}, "", "/next")).catch(() => {});
  await page.waitForTimeout(600);
  await page.goto("about:blank");
  // A fetch that always throws leaves the beacon, which goes when the page does.
  if (what !== "a fetch that throws") await expect.poll(async () => (await api.stored()).length, { timeout: 15_000 }).toBeGreaterThanOrEqual(1);
  expect(errors).toEqual([]);
});

test("a sandboxed frame without storage or origin: no error, and the visit is stored", async () => {
  const api = await startTagged();
  const site = await startSite({ "/": `<!doctype html><iframe sandbox="allow-scripts" src="/framed"></iframe>`, "/framed": api.page("", "", "Framed") });
  const { page, errors } = await newVisitor(browser());
  await page.goto(site.url);
  expect((await api.settled(1)).map((s) => s.data["title"])).toEqual(["Framed"]);
  expect(errors).toEqual([]);
});

test("a plain page loads one file of the tag, whatever its visitor does", async () => {
  const api = await startTagged();
  const site = await startSite({ "/": api.page('<a href="/guide.pdf" onclick="event.preventDefault()">g</a>') });
  const { page } = await newVisitor(browser());
  const loaded: string[] = [];
  page.on("request", (request) => void (request.resourceType() === "script" && loaded.push(new URL(request.url()).pathname)));
  await page.goto(site.url);
  await page.click("a");
  await page.evaluate(() => history.pushState({}, "", "/next"));
  expect((await api.settled(3)).map((signal) => signal.type).toSorted()).toEqual(["content_download", "website_visit", "website_visit"]);
  expect(loaded).toEqual(["/s.js"]);
});

test("one global, no DOM nodes, and blocked requests stay the tag's own trouble", async () => {
  const api = await startTagged();
  const site = await startSite({ "/": api.page() });
  const { page, errors } = await newVisitor(browser());
  await page.route("**/v1/**", (route) => route.abort());
  await page.goto(site.url);
  await page.waitForTimeout(500);
  expect(await page.evaluate(() => Object.keys(window).filter((name) => /owl|gtm/i.test(name)))).toEqual(["owlbound"]);
  expect(await page.evaluate(() => document.querySelectorAll("script, iframe, img").length)).toBe(1);
  expect(errors).toEqual([]);
});
