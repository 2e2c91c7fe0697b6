import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Locator } from "playwright";
import { expect, test } from "vitest";
import { createLog } from "../../core/log.ts";
import { jobs } from "../../worker/jobs.ts";
import { chrome, visit } from "../support/api.ts";
import { openConsole, patient } from "../support/console.ts";
import { newVisitor, startSite, startTagged, useBrowser } from "../support/journey.ts";

const hourMs = 3_600_000;
const browser = useBrowser();
const run = promisify(execFile);
const main = join(import.meta.dirname, "..", "..", "cli", "main.ts");

/** Runs the command that the console shows, on this test's data. */
async function follow(advice: Locator, dataDir: string): Promise<string> {
  const [, line = ""] = ((await advice.locator("code").textContent()) ?? "").split("npm run -s owlbound -- ");
  const args = line.split(" ").map((word) => (word === "./data" ? dataDir : word));
  return (await run(process.execPath, [main, ...args], { env: { ...process.env, NODE_NO_WARNINGS: "1" } })).stdout;
}

test("a secret key in a page's script is warned of on the open screen; the command shown there mends it", async () => {
  const api = await startTagged();
  const post = `fetch("${api.url}/v1/signals", { method: "POST", headers: { "X-API-Key": "${api.secret.key}", "Content-Type": "application/json" }, body: ${JSON.stringify(JSON.stringify(visit()))} })`;
  const site = await startSite({ "/": `<!doctype html><title>A page</title><script>${post}.then((answer) => (document.title = answer.status))</script>` });
  const { page: live, errors } = await openConsole(browser(), api);
  const warning = live.locator(".warning");
  expect(await warning.count()).toBe(0);

  const { page } = await newVisitor(browser());
  await page.goto(`${site.url}/`);
  await expect.poll(() => page.title(), patient).toBe("201");
  await warning.waitFor();
  expect(await warning.textContent()).toContain(`came from a page of ${site.url}`);
  expect(await warning.textContent()).not.toContain(api.secret.key);

  expect(await follow(warning, api.dataDir)).toMatch(/gtm_sk_\w{38}/);
  await expect.poll(() => warning.count(), patient).toBe(0);
  await page.reload();
  await expect.poll(() => page.title(), patient).toBe("401");
  expect(errors).toEqual([]);
});

test("on a phone warnings are folded to their titles, and a tap shows what to do", async () => {
  const api = await startTagged();
  await api.call("POST", "/v1/signals", { headers: { origin: "https://shop.example.com" }, body: visit() });
  const { page: live } = await openConsole(browser(), api, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  const warning = live.locator(".warning");
  await warning.getByText("A secret key is used in a browser").waitFor();
  expect(await warning.locator("code").isVisible()).toBe(false);
  await warning.locator("summary").tap({ position: { x: 4, y: 4 } });
  await warning.locator("code").waitFor();
  expect(await live.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test("counts that do not add up are warned of on the open screen, until a check finds that they do", async () => {
  const api = await startTagged();
  const { page: live } = await openConsole(browser(), api);
  const check = jobs.find(({ name }) => name === "check-counts");
  const hour = Date.now() - (Date.now() % hourMs) - 2 * hourMs;
  const count = (outcome: string, n: number) =>
    api.store.write((tx) =>
      tx
        .insertInto("ingest_hours")
        .values({ workspace_id: api.workspace.id, key_id: api.publishable.id, hour, outcome, count: n })
        .onConflict((on) => on.columns(["workspace_id", "hour", "key_id", "outcome"]).doUpdateSet({ count: n }))
        .execute(),
    );
  await count("received", 8);
  await count("dropped:VALIDATION_ERROR", 7);
  await check?.run(api.store, hour + 2 * hourMs, createLog("silent"));
  const warning = live.locator(".warning");
  await warning.waitFor();
  expect(await warning.textContent()).toMatch(/Key “Website”.*8 received, but 7 stored, repeated or dropped\. If.*PRAGMA integrity_check/);

  await count("dropped:VALIDATION_ERROR", 8);
  await check?.run(api.store, hour + 2 * hourMs, createLog("silent"));
  // Any signal has the screen read its figures again.
  await api.call("POST", "/v1/signals", { body: visit() });
  await expect.poll(() => warning.count(), patient).toBe(0);
});

test("the command shown for a refused site lets it in from the running server's next request", async () => {
  const api = await startTagged({ publishable: { origins: ["https://www.example.com"] } });
  const site = await startSite({ "/": api.page() });
  const { page: live } = await openConsole(browser(), api);
  const { page } = await newVisitor(browser());
  await page.goto(`${site.url}/`);
  const problem = live.locator(".problem");
  await problem.waitFor();
  expect(await follow(problem, api.dataDir)).toBe(`https://www.example.com\n${site.url}\n`);
  await page.goto(`${site.url}/`);
  await live.getByText("The tag works").waitFor();
  expect(await problem.count()).toBe(0);
});

test("rows of a visitor who fills in a form are marked where they are, and in the open drawer; nobody else's are", async () => {
  const site = await startSite({});
  const api = await startTagged({ publishable: { mode: "identified", origins: [site.url] } });
  site.pages["/"] = api.page('<form data-gtm-form onsubmit="return false"><input type=email name=email><input name=first_name><button>Send</button></form>', 'data-mode="identified" data-forms', "Contact");
  const { page: live, errors } = await openConsole(browser(), api);
  const { page: stranger } = await newVisitor(browser());
  await stranger.goto(`${site.url}/`);
  const rows = live.locator(".row");
  await expect.poll(() => rows.count(), patient).toBe(1);
  const { page: ada } = await newVisitor(browser());
  await ada.goto(`${site.url}/`);
  await expect.poll(() => rows.count(), patient).toBe(2);
  const ids = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-id")));
  expect(await live.locator(".row .known").count()).toBe(0);

  await rows.first().click();
  await ada.locator("input[name=email]").fill("ada@example.com");
  await ada.locator("input[name=first_name]").fill("Ada");
  await ada.getByText("Send").click();
  const drawer = live.getByRole("dialog");
  await drawer.locator(".known").waitFor();
  expect(await drawer.textContent()).toContain("ada@example.com");
  await live.keyboard.press("Escape");
  expect(await rows.evaluateAll((all) => all.map((row) => [row.getAttribute("data-id"), row.querySelector(".known") !== null]))).toEqual([[ids[0], true], [ids[1], false]]);
  expect(await rows.first().locator(".who-name").textContent()).toBe("Ada");
  await expect.poll(() => live.locator(".figure-known dd").textContent(), patient).toBe("1");
  expect(errors).toEqual([]);
});

test("a page that was away marks who became known meanwhile, without a new signal", async () => {
  const api = await startTagged({ publishable: { mode: "identified" } });
  const { page: live } = await openConsole(browser(), api);
  const visitorId = "visitor-0000001";
  expect((await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit({ visitorId }), headers: { "user-agent": chrome } })).status).toBe(201);
  await live.locator(".row").waitFor();
  const asked: string[] = [];
  live.on("request", (request) => void asked.push(request.url()));
  await live.context().setOffline(true);
  await live.getByText("Reconnecting", { exact: true }).waitFor();
  const away = Date.now();
  expect((await api.call("POST", "/v1/identify", { body: { visitorId, person: { email: "ada@example.com", firstName: "Ada" } } })).status).toBe(200);
  await live.context().setOffline(false);
  await live.locator(".row .known").waitFor();
  expect(await live.locator(".row").count()).toBe(1);
  const since = asked.flatMap((url) => /\/stream\?since=(\d+)$/.exec(url)?.[1] ?? []).map(Number);
  expect(since.length).toBeGreaterThan(0);
  expect(Math.max(...since)).toBeLessThan(away);
});
