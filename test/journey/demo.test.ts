import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { patient } from "../support/console.ts";
import { newVisitor, useBrowser } from "../support/journey.ts";

const browser = useBrowser();
const root = join(import.meta.dirname, "..", "..");

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** What `npm start` runs, on an empty folder; answers what it prints. */
async function firstStart() {
  const dataDir = mkdtempSync(join(tmpdir(), "owlbound-demo-"));
  const env = { ...process.env, PORT: String(await freePort()), DEMO_PORT: String(await freePort()), OWLBOUND_DATA: dataDir, NO_COLOR: "1" };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "scripts/start.ts")], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const out of [child.stdout, child.stderr]) out.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise((resolve) => child.on("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await gone;
    rmSync(dataDir, { recursive: true, force: true });
  });
  const found = (what: RegExp) => what.exec(said)?.[1] ?? "";
  await expect.poll(() => found(/(gtm_sk_\w+)/), { timeout: 120_000 }).not.toBe("");
  return { console: found(/Console +(\S+)/), demo: found(/Demo site +(\S+)/), api: found(/API +(\S+)\/v1/), secret: found(/(gtm_sk_\w+)/) };
}

test("somebody who signed up on the demo site opens its prices: the workflow tags them, makes a task and tells the team, on the screen and for real", async () => {
  const site = await firstStart();
  const { page: live } = await newVisitor(browser(), { viewport: { width: 1280, height: 900 } });
  await live.goto(site.console);
  await live.getByText("Live", { exact: true }).waitFor();

  const { page } = await newVisitor(browser());
  await page.goto(`${site.demo}/newsletter`);
  await page.getByLabel("Work e-mail").fill("jane@acme.example");
  await page.getByLabel("First name").fill("Jane");
  await page.getByRole("button", { name: "Send me the letter" }).click();
  await page.getByText("You are on the list").waitFor();
  await live.locator(".who").getByText("Jane", { exact: true }).first().waitFor();

  await page.goto(`${site.demo}/pricing`);
  await live.locator(".row .run-completed").waitFor();
  const call = async (path: string) => ((await (await fetch(site.api + path, { headers: { "x-api-key": site.secret } })).json()) as { data: ReturnType<typeof JSON.parse> }).data;
  const [signal] = (await call("/v1/signals?limit=1")).signals;
  expect(signal.page.path).toBe("/pricing");
  expect(await call(`/v1/contacts/${signal.contactId}`)).toMatchObject({ firstName: "Jane", tags: ["saw the prices"] });
  expect((await call("/v1/tasks")).tasks).toMatchObject([{ title: "Call Jane", contactId: signal.contactId, status: "open" }]);
  await page.goto(`${site.demo}/team`);
  await expect.poll(() => page.locator(".notes li p").allTextContents(), patient).toEqual(["Jane is on /pricing"]);
});
