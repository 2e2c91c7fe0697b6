import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startApi } from "../support/api.ts";
import { type Handler, newVisitor, startSite, useBrowser } from "../support/journey.ts";

declare global {
  interface Window {
    createClient(options: unknown): { signals: { create(body: unknown): Promise<{ signalId: string }> } };
  }
}

const browser = useBrowser();
const packaged = readFileSync(join(import.meta.dirname, "../../dist/client/index.js"));
const script = (text: string | Buffer): Handler => (_request, response) => void response.writeHead(200, { "content-type": "text/javascript" }).end(text);

/** A site of another origin whose page has the package, and a worker that sends what it is told. */
async function startPage() {
  const api = await startApi();
  const site = await startSite({
    "/": '<!doctype html><title>A page</title><script type="module">import { createClient } from "/client.js"; window.createClient = createClient;</script>',
    "/client.js": script(packaged),
    "/worker.js": script(`import { createClient } from "/client.js";
      onmessage = async ({ data: [options, body] }) => postMessage(await createClient(options).signals.create(body));`),
  });
  const { page, errors } = await newVisitor(browser());
  await page.goto(site.url);
  const options = { apiKey: api.publishable.key, baseUrl: `${api.url}/v1` };
  const stored = async () => (await api.call("GET", "/v1/signals?include_bots=true")).body.data.signals as { id: string; data: unknown }[];
  return { api, page, errors, options, stored };
}

const body = { type: "website_visit", data: { pageUrl: "https://www.example.com/pricing" } };

test("the package sends a signal from a page of another origin", async () => {
  const { page, errors, options, stored } = await startPage();
  const made = await page.evaluate(([given, signal]) => window.createClient(given).signals.create(signal), [options, body] as const);
  expect(await stored()).toMatchObject([{ id: made.signalId, data: body.data }]);
  expect(errors).toEqual([]);
});

test("the package sends a signal from a worker", async () => {
  const { page, options, stored } = await startPage();
  const made = await page.evaluate(
    ([given, signal]) =>
      new Promise<{ signalId: string }>((resolve, reject) => {
        const worker = new Worker("/worker.js", { type: "module" });
        worker.addEventListener("error", (event) => reject(new Error(event.message)));
        worker.addEventListener("message", ({ data }) => resolve(data as { signalId: string }));
        worker.postMessage([given, signal]);
      }),
    [options, body] as const,
  );
  expect((await stored()).map(({ id }) => id)).toEqual([made.signalId]);
});

test("the package refuses a secret key in a page, before anything is sent", async () => {
  const { api, page, options } = await startPage();
  const said = page.evaluate((given) => void window.createClient(given), { ...options, apiKey: api.secret.key });
  await expect(said).rejects.toThrow("A secret key in a page can be read by whoever opens it");
});
