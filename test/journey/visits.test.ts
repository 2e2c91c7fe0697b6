import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { chrome } from "../support/api.ts";
import { executablePath, newVisitor, startSite, startTagged, useBrowser } from "../support/journey.ts";

const browser = useBrowser();

describe("a page visit", () => {
  test.each([
    ["in the head", (tag: string) => `<!doctype html><head><title>T</title>${tag}</head><body>x`],
    ["at the end of the body", (tag: string) => `<!doctype html><title>T</title><body>x${tag}`],
    ["deferred", (tag: string) => `<!doctype html><title>T</title>${tag.replace("async", "defer")}<body>x`],
    ["without async", (tag: string) => `<!doctype html><title>T</title>${tag.replace("async", "")}<body>x`],
    ["injected late", (tag: string) => `<!doctype html><title>T</title><body>x<script>setTimeout(()=>{const t=document.createElement('template');t.innerHTML=${JSON.stringify(tag).replace("</script>", "<\\/script>")};const o=t.content.firstChild;const s=document.createElement('script');for(const a of o.attributes)s.setAttribute(a.name,a.value);document.head.append(s)},300)</script>`],
  ])("is one with the tag %s", async (_where, html) => {
    const api = await startTagged();
    const site = await startSite({ "/": html(api.tag()) });
    const { page, errors } = await newVisitor(browser());
    await page.goto(`${site.url}/?utm_source=news#part`, { referer: "https://www.google.com/" });
    const [visit, ...more] = await api.settled(1);
    expect(more).toEqual([]);
    expect(visit).toMatchObject({ type: "website_visit", data: { pageUrl: `${site.url}/?utm_source=news`, title: "T" } });
    expect(visit?.messageId).toMatch(/^[\w-]{8,64}$/);
    expect(errors).toEqual([]);
  });

  test("names the page before it as referrer, in an app too, with the title that the router set", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page("", "", "Home") });
    const { page } = await newVisitor(browser());
    await page.goto(`${site.url}/`);
    await api.settled(1);
    await page.evaluate(() => {
      history.pushState({}, "", "/a");
      setTimeout(() => (document.title = "View A"), 50);
    });
    await api.settled(2);
    await page.evaluate(() => {
      history.replaceState({}, "", "/b?q=1");
      document.title = "View B";
    });
    const visits = await api.settled(3);
    expect(visits.map((v) => [v.data["pageUrl"]?.replace(site.url, ""), v.data["title"], v.data["referrer"]?.replace(site.url, "")])).toEqual([
      ["/", "Home", undefined],
      ["/a", "View A", "/"],
      ["/b?q=1", "View B", "/a"],
    ]);
    await page.goBack();
    expect((await api.settled(4)).at(-1)?.data["pageUrl"]).toBe(`${site.url}/`);
  });

  test("the same address again and a fragment are none; a changed query is one unless switched off", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page(), "/still": api.page("", 'data-query="off"') });
    const { page } = await newVisitor(browser());
    await page.goto(`${site.url}/`);
    await api.settled(1);
    await page.evaluate(() => {
      history.pushState({}, "", "/");
      location.hash = "#part";
      history.replaceState({}, "", "/#other");
    });
    expect(await api.settled(1)).toHaveLength(1);
    await page.evaluate(() => history.pushState({}, "", "/?page=2"));
    expect(await api.settled(2)).toHaveLength(2);
    await page.goto(`${site.url}/still`);
    await api.settled(3);
    await page.evaluate(() => history.pushState({}, "", "/still?page=2"));
    expect(await api.settled(3)).toHaveLength(3);
  });

  test("with hash routing each fragment is one", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page("", "data-hash") });
    const { page } = await newVisitor(browser());
    await page.goto(`${site.url}/#/one`);
    await api.settled(1);
    await page.evaluate(() => void (location.hash = "#/two"));
    expect((await api.settled(2)).map((v) => v.data["pageUrl"])).toEqual([`${site.url}/#/one`, `${site.url}/#/two`]);
  });

  test("the tag twice on a page is one visit and no error", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": `<!doctype html><title>T</title>${api.tag()}${api.tag()}<body>x` });
    const { page, errors } = await newVisitor(browser());
    await page.goto(site.url);
    expect(await api.settled(1)).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  test("a localhost page or an automated browser sends nothing without data-force", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page().replace("data-force", ""), "/forced": api.page() });
    const { page } = await newVisitor(browser());
    await page.goto(site.url);
    await page.waitForTimeout(800);
    await page.goto(`${site.url}/forced`);
    expect((await api.settled(1)).map((v) => v.data["pageUrl"])).toEqual([`${site.url}/forced`]);
  });
});

describe("a page that comes back or was loaded ahead", () => {
  const cached = useBrowser({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"], ignoreDefaultArgs: ["--disable-back-forward-cache"] });

  test("restored from bfcache it is one more visit, with a new id", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page("<a href=/next>next</a>"), "/next": api.page() });
    const { page } = await newVisitor(cached());
    await page.goto(`${site.url}/`);
    await page.evaluate(() => Object.assign(window, { survived: true }));
    await api.settled(1);
    await page.click("a");
    await api.settled(2);
    // A restored page loads nothing, so there is no load to wait for.
    await page.goBack({ waitUntil: "commit" });
    const visits = await api.settled(3);
    expect(await page.evaluate(() => "survived" in window)).toBe(true);
    expect(visits.map((v) => v.data["pageUrl"]?.replace(site.url, ""))).toEqual(["/", "/next", "/"]);
    expect(new Set(visits.map((v) => v.messageId)).size).toBe(3);
  });

  test("prerendered it is none before activation, one after, none if never shown", async () => {
    const api = await startTagged();
    let loads = 0;
    const prerendered = (path: string) => (_request: unknown, response: { writeHead(status: number, headers: Record<string, string>): void; end(text: string): void }) => {
      loads += 1;
      response.writeHead(200, { "content-type": "text/html" });
      response.end(api.page("", "", path));
    };
    // No debugger may be attached: it would pause the prerendered page. So the page navigates itself.
    const site = await startSite({
      "/": `<!doctype html><title>Start</title><script type="speculationrules">{"prerender":[{"urls":["/shown","/never"]}]}</script><script>setTimeout(()=>{location.href="/shown"},4000)</script>`,
      "/shown": prerendered("shown"),
      "/never": prerendered("never"),
    });
    const profile = mkdtempSync(join(tmpdir(), "owlbound-profile-"));
    const chromium = spawn(executablePath, ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", `--user-agent=${chrome}`, `--user-data-dir=${profile}`, "--remote-debugging-port=0", site.url], { stdio: "ignore" });
    onTestFinished(async () => {
      const gone = new Promise((resolve) => chromium.on("exit", resolve));
      chromium.kill("SIGKILL");
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });
    await expect.poll(() => loads, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    expect(await api.stored()).toEqual([]);
    const visits = await api.settled(1);
    expect(visits.map((v) => v.data["title"])).toEqual(["shown"]);
    // Both were loaded ahead, and the shown one not again.
    expect(loads).toBe(2);
  });
});
