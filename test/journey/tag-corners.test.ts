import { describe, expect, test } from "vitest";
import { newVisitor, startSite, startTagged, useBrowser, type Stored } from "../support/journey.ts";

const browser = useBrowser();

type Tagged = Awaited<ReturnType<typeof startTagged>>;
type Calls = Record<string, (...args: unknown[]) => unknown>;

async function open(page: (api: Tagged) => string, options: Parameters<typeof startTagged>[0] = {}, init = "") {
  const api = await startTagged(options);
  const site = await startSite({ "/": page(api) });
  const visitor = await newVisitor(browser());
  if (init) await visitor.page.addInitScript(init);
  await visitor.page.goto(`${site.url}/`);
  return { api, site, ...visitor };
}

/** Waits until so many signals of a type are stored, and answers them all. */
async function storedOf(api: Tagged, type: string, count: number): Promise<Stored[]> {
  const found = async () => (await api.stored()).filter((signal) => signal.type === type);
  await expect.poll(async () => (await found()).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
  return found();
}

const identified = { publishable: { mode: "identified" as const } };

describe("routes of an app", () => {
  const noNavigation = "delete window.navigation; Object.defineProperty(window, 'navigation', { value: undefined })";

  test("without the Navigation API are visits too, and the page's own history works as before", async () => {
    const { api, page, site, errors } = await open((tagged) => tagged.page(), {}, noNavigation);
    await storedOf(api, "website_visit", 1);
    await page.waitForFunction(() => !/native code/.test(String(history.pushState)));
    await page.evaluate(() => history.pushState({ n: 1 }, "", "/a"));
    expect(await page.evaluate(() => (history.state as { n: number }).n)).toBe(1);
    await storedOf(api, "website_visit", 2);
    await page.evaluate(() => history.replaceState({}, "", "/b"));
    await storedOf(api, "website_visit", 3);
    await page.goBack();
    const visits = await api.settled(4);
    expect(visits.map((visit) => visit.data["pageUrl"]?.replace(site.url, ""))).toEqual(["/", "/a", "/b", "/"]);
    expect(errors).toEqual([]);
  });

  test("two in one go are two visits", async () => {
    const { api, page, site } = await open((tagged) => tagged.page());
    await storedOf(api, "website_visit", 1);
    await page.evaluate(() => {
      history.pushState({}, "", "/one");
      history.pushState({}, "", "/two");
    });
    const visits = await storedOf(api, "website_visit", 3);
    expect(visits.map((visit) => visit.data["pageUrl"]?.replace(site.url, "")).toSorted()).toEqual(["/", "/one", "/two"]);
  });

  test("a visit still waiting for its title is stored when the page is left", async () => {
    const { api, page, site } = await open((tagged) => tagged.page());
    await storedOf(api, "website_visit", 1);
    await page.evaluate(() => {
      history.pushState({}, "", "/brief");
      location.href = "/elsewhere";
    });
    const visits = await storedOf(api, "website_visit", 2);
    expect(visits[1]?.data["pageUrl"]).toBe(`${site.url}/brief`);
  });
});

describe("delivery", () => {
  test("more than the keepalive quota at once is stored, each once", async () => {
    const { api, page } = await open((tagged) => tagged.page());
    await storedOf(api, "website_visit", 1);
    await page.evaluate(() => {
      const { owlbound } = window as unknown as { owlbound: Calls };
      for (let n = 0; n < 12; n++) owlbound["track"]?.("custom_webhook", { n: String(n), text: "x".repeat(9000) });
    });
    const found = await storedOf(api, "custom_webhook", 12);
    expect(found.map((signal) => Number(signal.data["n"])).toSorted((a, b) => a - b)).toEqual([...Array(12).keys()]);
  });

  test("where fetch is blocked a beacon takes the signal, stored once however often it is tried", async () => {
    const { api, page, site } = await open((tagged) => tagged.page(), {}, "window.fetch = () => Promise.reject(new TypeError('no network'))");
    await api.settled(1);
    await page.goto("about:blank");
    expect((await api.settled(1)).map((signal) => signal.data["pageUrl"])).toEqual([`${site.url}/`]);
  });

  test("two tabs of one visitor deliver each signal once", async () => {
    const { api, context, site } = await open((tagged) => tagged.page("", 'data-mode="identified"'), identified);
    await storedOf(api, "website_visit", 1);
    const tabs = await Promise.all([context.newPage(), context.newPage()]);
    await Promise.all(tabs.map((tab, n) => tab.goto(`${site.url}/?tab=${n}`)));
    const visits = await api.settled(3);
    expect(visits).toHaveLength(3);
    expect(new Set(visits.map((visit) => visit.visitorId)).size).toBe(1);
  });

  test("what another tab is just sending is left to it, and taken over when it is not done in time", async () => {
    const seed = (api: Tagged) => `<script>
      const id = Date.now() + "-1";
      localStorage[id + "owlbound/signals"] = '{"type":"custom_webhook","data":{"from":"elsewhere"},"messageId":"' + id + '","key":"${api.publishable.key}","sentAt":';
    </script>`;
    const { api } = await open((tagged) => `<!doctype html><title>T</title>${seed(tagged)}${tagged.tag('data-mode="identified"')}`, identified);
    expect((await api.settled(1)).map((signal) => signal.type)).toEqual(["website_visit"]);
    expect(await storedOf(api, "custom_webhook", 1)).toHaveLength(1);
  });

  test("back online means now, however long the collector asked to wait", async () => {
    const first = "const real = fetch; window.fetch = async () => { window.fetch = real; return new Response('', { status: 503, headers: { 'retry-after': '600' } }) }";
    const { api, page } = await open((tagged) => tagged.page(), {}, first);
    await page.waitForFunction(() => /native code/.test(String(window.fetch)));
    expect(await api.settled(0)).toEqual([]);
    await page.evaluate(() => dispatchEvent(new Event("online")));
    expect(await api.settled(1)).toHaveLength(1);
  });

  test("a full storage does not stop signals", async () => {
    // As long as anything fits, it is put there; what is left is too small for a signal.
    const fill = "for (let size = 1 << 20, n = 0; size >= 1; n++) try { localStorage['f' + n] = 'x'.repeat(size) } catch { size >>= 1 }";
    const { api, page, errors } = await open((tagged) => tagged.page("", 'data-mode="identified"'), identified, fill);
    await storedOf(api, "website_visit", 1);
    await page.evaluate(() => (window as unknown as { owlbound: Calls }).owlbound["track"]?.("custom_webhook", { full: "yes" }));
    await storedOf(api, "custom_webhook", 1);
    expect(errors).toEqual([]);
  });

  test("what consent took back is gone from the browser, undelivered signals too", async () => {
    const { page, api } = await open((tagged) => tagged.page("", 'data-mode="identified"'), identified, "window.fetch = () => Promise.reject(new TypeError('no network')); navigator.sendBeacon = () => false");
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage).length)).toBe(2);
    await page.evaluate(() => (window as unknown as { owlbound: Calls }).owlbound["consent"]?.("denied"));
    expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({});
    await page.goto("about:blank");
    expect(await api.settled(0)).toEqual([]);
  });
});

describe("the API", () => {
  test("track() carries its options, and a call that can't be sent throws nothing", async () => {
    const { api, page, errors } = await open((tagged) => tagged.page());
    await page.waitForFunction(() => "owlbound" in window);
    await page.evaluate(() => {
      const { owlbound } = window as unknown as { owlbound: Calls };
      const circle: Record<string, unknown> = {};
      circle["self"] = circle;
      owlbound["track"]?.("custom_webhook", circle);
      owlbound["track"]?.();
      owlbound["identify"]?.();
      owlbound["consent"]?.("perhaps");
      owlbound["consent"]?.("granted");
      owlbound["track"]?.("custom_webhook", { event: "demo" }, { priority: "high", notes: "asked for it" });
    });
    const [signal] = await storedOf(api, "custom_webhook", 1);
    expect(await api.detail(signal?.id ?? "")).toMatchObject({ priority: "high", notes: "asked for it", source: "website_tracker", data: { event: "demo" } });
    expect(errors).toEqual([]);
  });

  test("the key may stand in the script's address, where a tag manager drops attributes", async () => {
    const { api } = await open((tagged) => `<!doctype html><title>T</title><script async src="${tagged.url}/s.js?key=${tagged.publishable.key}" data-force></script>`);
    expect(await api.settled(1)).toHaveLength(1);
  });

  test("in mode anonymous identify() sends nothing", async () => {
    const { api, page } = await open((tagged) => tagged.page());
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.evaluate(() => {
      const { owlbound } = window as unknown as { owlbound: Calls };
      owlbound["identify"]?.({ email: "kim@acme.com" });
      owlbound["track"]?.("custom_webhook", { after: "identify" });
    });
    await storedOf(api, "custom_webhook", 1);
    expect(asked).not.toContain("/v1/identify");
  });
});

describe("the doctor", () => {
  const failing = async (page: (api: Tagged) => string, init = "") => {
    const opened = await open(page, {}, init);
    await opened.page.waitForFunction(() => "owlbound" in window);
    const report = await opened.page.evaluate(() => (window as unknown as { owlbound: Calls }).owlbound["doctor"]?.());
    return (report as { checks: { name: string; ok: boolean; text: string }[] }).checks.filter((check) => !check.ok);
  };

  test("names a wrong key, a double install, a missing consent and a page that is not sent", async () => {
    const found = await failing(
      (api) => `<!doctype html><title>T</title>${api.tag('data-mode="consent"').replace(/data-key="[^"]*"/, 'data-key="gtm_sk_x"').replace("data-force", "").replace("async", "")}${api.tag()}`,
    );
    expect(found.map((check) => check.name)).toEqual(expect.arrayContaining(["key", "double install", "consent", "page", "webdriver"]));
  });

  test("names the policy that forbids the collector, and a key that the collector refuses", async () => {
    const policy = '<meta http-equiv="content-security-policy" content="connect-src \'none\'">';
    const blocked = await failing((api) => `<!doctype html><title>T</title>${policy}${api.tag()}`);
    expect(blocked.find((check) => check.name === "collector")?.text).toContain("connect-src");
    const refused = await failing((api) => `<!doctype html><title>T</title>${api.tag().replace(/data-key="[^"]*"/, 'data-key="gtm_pk_wrong"')}`);
    expect(refused.map((check) => check.text).join()).toContain("API_KEY_INVALID");
  });
});

describe("engagement", () => {
  test("of a page that grows counts the share of the whole", async () => {
    const { api, page } = await open((tagged) => tagged.page());
    const [visit] = await storedOf(api, "website_visit", 1);
    await page.mouse.wheel(0, 10_000);
    await page.waitForFunction(() => scrollY + innerHeight >= 2990);
    await page.evaluate(() => void (document.body.style.minHeight = "9000px"));
    await page.waitForTimeout(300);
    await page.goto("about:blank");
    const depth = async () => (await api.detail(visit?.id ?? "")).engagement?.scrollDepth ?? 0;
    await expect.poll(depth, { timeout: 10_000 }).toBeGreaterThan(25);
    expect(await depth()).toBeLessThan(45);
  });

  test("of an app's route is told apart from the route before", async () => {
    const { api, page } = await open((tagged) => tagged.page());
    const [first] = await storedOf(api, "website_visit", 1);
    await page.waitForTimeout(1500);
    await page.evaluate(() => history.pushState({}, "", "/second"));
    const [, second] = await storedOf(api, "website_visit", 2);
    await page.waitForTimeout(300);
    await page.goto("about:blank");
    const engagedMs = async (signal: Stored | undefined) => (await api.detail(signal?.id ?? "")).engagement?.engagedMs ?? 0;
    await expect.poll(() => engagedMs(first), { timeout: 10_000 }).toBeGreaterThan(1000);
    await expect.poll(() => engagedMs(second), { timeout: 10_000 }).toBeGreaterThan(0);
  });
});
