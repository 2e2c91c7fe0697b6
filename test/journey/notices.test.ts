import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Locator } from "playwright";
import { expect, test } from "vitest";
import { createLog } from "../../core/log.ts";
import { jobs } from "../../worker/jobs.ts";
import { visit } from "../support/api.ts";
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
