import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Locator } from "playwright";
import { expect, test } from "vitest";
import { visit } from "../support/api.ts";
import { openConsole, patient } from "../support/console.ts";
import { newVisitor, startSite, startTagged, useBrowser } from "../support/journey.ts";

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
