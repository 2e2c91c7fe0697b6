import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { signIdentity } from "../../collector/identity-proof.ts";
import { owlbound, type ServerProcess, type Site } from "../faults/process.ts";
import { freshSite, serveFor } from "../faults/visits.ts";
import { patient } from "../support/console.ts";
import { type FarSide, startFarSide } from "../support/far-side.ts";
import { newVisitor, startSite, useBrowser } from "../support/journey.ts";
import type { RunSeen } from "../support/workflows.ts";

const browser = useBrowser();
const email = "jane@acme.example";
const waitS = 10;
/** What a dead process held is taken over when its lease of 30 s has run out. */
const takenOver = { timeout: 120_000, interval: 100 };
type Owlbound = { owlbound: Record<"identify", (...args: unknown[]) => unknown> };
// Answers are read as a stranger would read them: by path.
type Data = ReturnType<typeof JSON.parse>;

/** An incoming webhook as Slack has it: takes `{"text":…}` and says `ok`; keeps its first message to itself. */
const startSlack = (): Promise<FarSide> => {
  let count = 0;
  return startFarSide(({ headers, body }) => {
    const { text, ...more } = JSON.parse(body) as Record<string, unknown>;
    const known = /^application\/json\b/.test(headers["content-type"] ?? "") && typeof text === "string" && text !== "" && Object.keys(more).length === 0;
    if (!known) return { status: 400, body: "invalid_payload" };
    return ++count === 1 ? () => undefined : { body: "ok" };
  });
};

/** A receiver that is unwell at first. */
const startReceiver = (): Promise<FarSide> => {
  let count = 0;
  return startFarSide(() => ({ status: ++count === 1 ? 503 : 204 }));
};

/** A key that may author, and what it asks of the server that runs now. */
async function authorOf(site: Site) {
  const scopes = "signals:read,contacts:read,workflows:manage,workflows:read,connectors:write";
  const { key } = await owlbound<{ key: string }>(site.dataDir, "key", "create", "--workspace", site.workspaceId, "--type", "secret", "--scopes", scopes);
  return async (server: ServerProcess, method: string, path: string, body?: unknown): Promise<Data> => {
    const response = await fetch(`${server.url}/v1${path}`, { method, headers: { "x-api-key": key, "content-type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const answer = (await response.json()) as Data;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer.error)}`);
    return answer.data;
  };
}

/** What a customer's server hands to its page, so that who signed in is believed. */
async function proofFor(site: Site): Promise<string> {
  const keys = await owlbound<{ id: string; type: string }[]>(site.dataDir, "key", "list");
  const { secret } = await owlbound<{ secret: string }>(site.dataDir, "key", "identity-secret", keys.find(({ type }) => type === "publishable")?.id ?? "");
  return signIdentity(secret, email);
}

/** Signs in on the site, then opens its prices. */
async function visitPrices(site: Site, server: ServerProcess, isKnown: () => Promise<boolean>): Promise<void> {
  const tag = `<!doctype html><title>Acme</title><script async src="${server.url}/s.js" data-key="${site.publishable}" data-mode="identified" data-force></script><body>x`;
  const pages = await startSite({ "/account": tag, "/pricing": tag });
  const { page, errors } = await newVisitor(browser());
  await page.goto(`${pages.url}/account`);
  await page.waitForFunction(() => "owlbound" in window);
  await page.evaluate(([person, proof]) => void (window as unknown as Owlbound).owlbound.identify(person, proof), [{ email, firstName: "Jane" }, await proofFor(site)] as const);
  await expect.poll(isKnown, patient).toBe(true);
  await page.goto(`${pages.url}/pricing`);
  expect(errors).toEqual([]);
}

test("a known person opens the prices, and the server is killed -9 while Slack has its message and again in a wait: one run, each step once, each outside effect at most once per idempotency key where the far side honours it", async () => {
  const site = await freshSite();
  const [slack, receiver, ask] = [await startSlack(), await startReceiver(), await authorOf(site)];
  const start = () => serveFor(site, "--allow-outbound", "127.0.0.1");
  const first = await start();
  const connector = await ask(first, "POST", "/connectors", { integrationSlug: "slack", name: "Sales channel", config: { webhookUrl: `${slack.url}/services/T000/B000/XXXX` } });
  const { secret } = await ask(first, "GET", "/workflows/signing-secret");
  const { id: workflowId } = await ask(first, "POST", "/workflows", {
    name: "Known person on the prices",
    trigger: { on: "signal", types: ["website_visit"], page: "/pricing*" },
    steps: [
      { do: "tag", add: ["hot"] },
      { do: "notify", connectorId: connector.id, message: "{{ contact.firstName }} is on {{ signal.page }}" },
      { do: "webhook", url: `${receiver.url}/hook` },
      { do: "wait", seconds: waitS },
      { do: "branch", where: { field: "contact.tags", op: "contains", value: "hot" }, then: [{ do: "task", title: "Call {{ contact.firstName }}" }], else: [{ do: "tag", add: ["cold"] }] },
    ],
  });
  await ask(first, "POST", `/workflows/${workflowId}/activate`);
  const people = async (server: ServerProcess): Promise<Data[]> => (await ask(server, "GET", "/contacts")).contacts;
  await visitPrices(site, first, async () => (await people(first)).length === 1);

  // Slack has the message and has not answered: nobody can know whether it counts.
  await expect.poll(() => slack.heard.length, patient).toBe(1);
  expect(await first.kill("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });

  const runsOf = async (server: ServerProcess): Promise<RunSeen[]> => (await ask(server, "GET", `/workflows/${workflowId}/runs`)).runs;
  const runOf = async (server: ServerProcess): Promise<RunSeen> => ask(server, "GET", `/workflow-runs/${(await runsOf(server))[0]?.id}`);
  const stepsOf = async (server: ServerProcess) => (await runOf(server)).steps.map(({ path, do: what, status }) => `${path} ${what} ${status}`);
  const second = await start();
  await expect.poll(() => stepsOf(second), takenOver).toEqual(["0 tag completed", "1 notify completed", "2 webhook completed", "3 wait waiting"]);
  expect(await second.kill("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });

  const third = await start();
  await expect.poll(() => stepsOf(third), takenOver).toEqual(["0 tag completed", "1 notify completed", "2 webhook completed", "3 wait completed", "4 branch completed", "4.then.0 task completed"]);
  expect(await runsOf(third)).toMatchObject([{ status: "completed" }]);
  const run = await runOf(third);
  const [jane, ...others] = await people(third);
  expect([jane, others]).toMatchObject([{ email, firstName: "Jane", tags: ["hot"] }, []]);
  expect(run.contactId).toBe(jane.id);
  expect((await ask(third, "GET", "/tasks")).tasks).toMatchObject([{ title: "Call Jane", contactId: jane.id }]);

  // Slack takes no key: it alone may see again, to the byte, what was on its way when the process died.
  expect(slack.heard.map(({ url, body }) => [url, JSON.parse(body)])).toEqual(Array.from({ length: 2 }, () => ["/services/T000/B000/XXXX", { text: "Jane is on /pricing" }]));
  // The receiver said 503 once: the same message came again under its id, so that whoever keeps ids has done it once.
  const [told, again, ...more] = receiver.heard;
  expect([again?.body, more]).toEqual([told?.body, []]);
  expect(new Set(receiver.heard.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  for (const { headers, body } of receiver.heard) {
    expect(headers["idempotency-key"]).toBe(headers["webhook-id"]);
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ type: "workflow.step", data: { runId: run.id, step: "2", contact: { email }, signal: { page: "/pricing" } } });
  }
});
