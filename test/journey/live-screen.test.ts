import type { Page } from "playwright";
import { describe, expect, onTestFinished, test } from "vitest";
import { startServer } from "../../cli/server.ts";
import { parseConfig } from "../../core/config.ts";
import { chrome, visit } from "../support/api.ts";
import { newLink, openConsole, patient } from "../support/console.ts";
import { newVisitor, startSite, startTagged, useBrowser } from "../support/journey.ts";

const browser = useBrowser();
type Api = Awaited<ReturnType<typeof startTagged>>;

const rowIds = (page: Page) => page.locator(".row").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-id")));
const send = async (api: Api, title: string, more: Record<string, unknown> = {}): Promise<string> => {
  const answer = await api.call("POST", "/v1/signals", { key: api.secret.key, body: visit({ data: { pageUrl: "https://www.example.com/p", title, ...more } }) });
  expect(answer.status).toBe(201);
  return answer.body.data.signalId;
};

describe("the live screen", () => {
  test("shows a visit made in another page, and a download apart from visits", async () => {
    const api = await startTagged();
    const site = await startSite({ "/": api.page('<a href="/guide.pdf" download>The guide</a>', "", "Our prices") });
    const { page: live, errors } = await openConsole(browser(), api);
    await live.getByText("Three steps to your first signal").waitFor();

    const { page } = await newVisitor(browser());
    await page.goto(`${site.url}/`, { referer: "https://www.google.com/" });
    const row = live.locator('.row[data-type="website_visit"]');
    await row.waitFor();
    expect(await row.textContent()).toMatch(/Visit: Our prices.*from Search.*Google/);
    await live.getByText("The tag works").waitFor();

    await page.getByText("The guide").click();
    const download = live.locator('.row[data-type="content_download"]');
    await download.waitFor();
    expect(await download.textContent()).toContain("guide.pdf");
    await live.getByRole("button", { name: "Downloads" }).click();
    expect(await live.locator(".row").count()).toBe(1);
    await expect.poll(() => live.locator(".figure dd").allTextContents(), patient).toEqual(["1", "1", "0", "1"]);
    expect(errors).toEqual([]);
  });

  test("says which site is refused and how to let it in, until a signal comes through", async () => {
    const api = await startTagged({ publishable: { origins: ["https://www.example.com"] } });
    const site = await startSite({ "/": api.page() });
    const { page: live } = await openConsole(browser(), api);
    const { page } = await newVisitor(browser());
    await page.goto(`${site.url}/`);
    await live.getByText("This site is not on the key's list").waitFor();
    expect(await live.locator(".problem").textContent()).toContain(`--allow ${site.url}`);

    const sent = await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit(), headers: { origin: "https://www.example.com" } });
    expect(sent.status).toBe(201);
    await live.getByText("The tag works").waitFor();
    expect(await live.locator(".problem").count()).toBe(0);
  });

  test("marks a known person and opens what is known of a signal, by keyboard too", async () => {
    const api = await startTagged({ publishable: { mode: "identified" } });
    const { page: live } = await openConsole(browser(), api);
    const visitorId = "visitor-0000001";
    const identified = await api.call("POST", "/v1/identify", { body: { visitorId, person: { email: "ada@example.com", firstName: "Ada", lastName: "Lovelace" } } });
    expect(identified.status).toBeLessThan(300);
    await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit({ visitorId }), headers: { "user-agent": chrome } });
    const row = live.locator(".row");
    await row.waitFor();
    expect(await row.textContent()).toMatch(/Ada Lovelace.*known/);
    await row.focus();
    await live.keyboard.press("Enter");
    const drawer = live.getByRole("dialog");
    expect(await drawer.textContent()).toContain("ada@example.com");
    await live.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    expect(await row.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  test("shows what strangers sent as text, and links nowhere but to the web", async () => {
    const api = await startTagged();
    const { page: live, errors } = await openConsole(browser(), api);
    const title = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    await send(api, title, { pageUrl: "https://www.example.com/", referrer: "javascript:alert(1)" });
    await live.locator(".row").waitFor();
    expect(await live.locator(".what-title").textContent()).toBe(title);
    await live.locator(".row").click();
    const links = await live.locator("dialog a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    expect(links).toEqual(["https://www.example.com/"]);
    expect(await live.locator("#app img, #app script").count()).toBe(0);
    expect(await live.title()).toContain("Owlbound");
    expect(errors).toEqual([]);
  });

  test("stands still under the pointer, tells how many are new, and then shows each once", async () => {
    const api = await startTagged();
    const { page: live } = await openConsole(browser(), api);
    const first = await send(api, "First");
    await live.locator(".row").hover();
    await live.getByText("Holding").waitFor();
    const later = [await send(api, "Second"), await send(api, "Third")];
    await live.getByRole("button", { name: "2 new signals" }).waitFor();
    expect(await rowIds(live)).toEqual([first]);
    await live.getByRole("button", { name: "2 new signals" }).click();
    await expect.poll(() => rowIds(live), patient).toEqual([...later.toReversed(), first]);
  });

  test("keeps at most 200 rows in the page, the newest", async () => {
    const api = await startTagged();
    const { page: live } = await openConsole(browser(), api);
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const signals = Array.from({ length: 80 }, (_, n) => visit({ data: { pageUrl: `https://www.example.com/${i}/${n}` } }));
      const answer = await api.call("POST", "/v1/signals/batch", { body: { signals } });
      ids.push(...answer.body.data.results.map((result: { signalId: string }) => result.signalId));
    }
    await expect.poll(() => rowIds(live), patient).toEqual(ids.toSorted().toReversed().slice(0, 200));
  });

  test("says that it reconnects while the server is away, then has all that came meanwhile, once", async () => {
    const api = await startTagged();
    const { page: live } = await openConsole(browser(), api);
    const before = await send(api, "Before");
    await live.locator(".row").waitFor();
    const { port } = new URL(api.url);
    await api.close();
    await live.getByText("Reconnecting", { exact: true }).waitFor();
    await live.context().setOffline(true);

    const again = await startServer(parseConfig({ port, data: api.dataDir, "log-level": "silent" }, {}));
    onTestFinished(() => again.close());
    // The page stays offline until these are stored: only what it reads afterwards can bring them.
    const missed = [await send(api, "Missed 1"), await send(api, "Missed 2")];
    await live.context().setOffline(false);
    await live.getByText("Live", { exact: true }).waitFor();
    const after = await send(api, "After");
    await expect.poll(() => rowIds(live), patient).toEqual([after, ...missed.toReversed(), before]);
  });
});

describe("the way in", () => {
  test("a one-time link opens the console, leaves no token behind, and works once", async () => {
    const api = await startTagged();
    const { page } = await newVisitor(browser());
    const link = await newLink(api);
    await page.goto(link);
    await page.getByText("Live", { exact: true }).waitFor();
    expect(page.url()).toBe(`${api.url}/console/`);
    await page.reload();
    await page.getByText("Live", { exact: true }).waitFor();

    const { page: second } = await newVisitor(browser());
    await second.goto(link);
    await second.getByText("This link was used or has expired").waitFor();
    expect(await second.locator("code").first().textContent()).toBe("npm run -s owlbound -- console link --data ./data");
    expect(second.url()).toBe(`${api.url}/console/`);
    await second.goto(await newLink(api));
    await second.getByText("Live", { exact: true }).waitFor();
  });

  test("signing out ends it, and a session that ended while the page is open shows the way back", async () => {
    const api = await startTagged();
    const { page } = await openConsole(browser(), api);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out").waitFor();
    await page.reload();
    await page.getByText("Open the console with a one-time link").waitFor();

    await page.goto(await newLink(api));
    await page.getByText("Live", { exact: true }).waitFor();
    await page.context().clearCookies();
    await page.context().setOffline(true);
    await page.getByText("Reconnecting", { exact: true }).waitFor();
    await page.context().setOffline(false);
    await page.getByText("Your session has ended").waitFor();
    expect((await page.request.get(`${api.url}/console/api/overview`)).status()).toBe(401);
  });

  test.each([
    ["a phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
    ["a wide screen", { viewport: { width: 1440, height: 900 } }],
  ] as const)("on %s nothing runs over the side, in light and dark", async (_screen, options) => {
    const api = await startTagged();
    await send(api, "A title that is longer than any row can show, since it goes on and on without an end in sight");
    const { page } = await openConsole(browser(), api, options);
    await page.locator(".row").waitFor();
    const grounds: string[] = [];
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      grounds.push(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor));
    }
    expect(grounds[0]).not.toBe(grounds[1]);
    await page.getByRole("button", { name: /^Theme: as the system/ }).click();
    await page.reload();
    await page.locator(".row").waitFor();
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(grounds[0]);
  });
});
