import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startSink } from "../support/workflows.ts";
import { owlbound, type ServerProcess, type Site } from "./process.ts";
import { eachOf, freshSite, newMessageId, openFile, serveFor } from "./visits.ts";

const rounds = 6;
const peopleCount = 20;
const senders = 8;

async function ask<T>(server: ServerProcess, key: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${server.url}/v1${path}`, { method, headers: { "x-api-key": key, "content-type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const answer = (await response.json()) as { data: T; error?: unknown };
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

/** A key that may author, people, and a workflow of three steps whose middle one leaves the house. */
async function prepare(site: Site, sinkUrl: string): Promise<{ key: string; people: string[] }> {
  const scopes = "signals:write,contacts:write,workflows:manage,workflows:read";
  const { key } = await owlbound<{ key: string }>(site.dataDir, "key", "create", "--workspace", site.workspaceId, "--type", "secret", "--scopes", scopes);
  const server = await serveFor(site, "--allow-outbound", "127.0.0.1");
  const people: string[] = [];
  for (let i = 0; i < peopleCount; i++) people.push((await ask<{ contactId: string }>(server, key, "POST", "/contacts", { email: `p${i}@example.com` })).contactId);
  const steps = [{ do: "tag", add: ["seen"] }, { do: "webhook", url: sinkUrl }, { do: "task", title: "Call {{ contact.email }}" }];
  const { id } = await ask<{ id: string }>(server, key, "POST", "/workflows", { name: "Known on pricing", trigger: { on: "signal", types: ["website_visit"], page: "/pricing*" }, steps, cooldownHours: 0 });
  await ask(server, key, "POST", `/workflows/${id}/activate`);
  await server.kill("SIGTERM");
  return { key, people };
}

test(`kill -9 while signals start runs, ${rounds} rounds: each acknowledged signal has one run that ends, each inner effect happened once, each outer one under one key`, async () => {
  const site = await freshSite();
  const sink = await startSink();
  const { key, people } = await prepare(site, sink.url);
  const acknowledged = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const server = await serveFor(site, "--allow-outbound", "127.0.0.1");
    let alive = true;
    const send = async () => {
      while (alive) {
        const contactId = people[Math.floor(Math.random() * people.length)];
        const body = { type: "website_visit", data: { pageUrl: "https://www.example.com/pricing" }, source: "test", contactId, messageId: newMessageId() };
        const stored = await ask<{ signalId: string }>(server, key, "POST", "/signals", body).catch(() => undefined);
        if (!stored) return;
        acknowledged.add(stored.signalId);
      }
    };
    const before = acknowledged.size;
    const load = Promise.all(Array.from({ length: senders }, send));
    await expect.poll(() => acknowledged.size, { timeout: 60_000, interval: 5 }).toBeGreaterThan(before + 20 + Math.floor(Math.random() * 60));
    await sleep(Math.random() * 200);
    await server.kill("SIGKILL");
    alive = false;
    await load;
  }
  const server = await serveFor(site, "--allow-outbound", "127.0.0.1");
  const db = openFile(site);
  const count = (sql: string) => db.prepare<[], number>(sql).pluck().get() ?? 0;
  const open = () => count("SELECT count(*) FROM workflow_runs WHERE finished_at IS NULL") + count("SELECT count(*) FROM signal_batches WHERE routed_at IS NULL");
  // What the dead left behind is taken over when their leases run out: a minute for routing, half a minute for runs.
  await expect.poll(open, { timeout: 200_000, interval: 500 }).toBe(0);
  expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });

  const runs = db.prepare<[], { id: string; signal_id: string; status: string; error: string | null }>("SELECT id, signal_id, status, error FROM workflow_runs").all();
  const runsOf = new Map(runs.map((run) => [run.signal_id, run]));
  expect(runs.length).toBe(count("SELECT count(*) FROM signals"));
  expect(runsOf.size).toBe(runs.length);
  expect(runs.filter((run) => run.status !== "completed")).toEqual([]);
  await eachOf(acknowledged, (signalId) => Promise.resolve(expect(runsOf.get(signalId)).toBeDefined()));
  expect(acknowledged.size).toBeGreaterThan(rounds * 20);

  // Inner effects: one task for each run, and each step's row says that it is done.
  expect(count("SELECT count(*) FROM tasks")).toBe(runs.length);
  expect(count("SELECT count(DISTINCT source_id) FROM tasks")).toBe(runs.length);
  expect(count("SELECT count(*) FROM workflow_run_steps WHERE status = 'completed'")).toBe(3 * runs.length);
  expect(count("SELECT count(*) FROM events WHERE kind = 'workflow.run_completed'")).toBe(runs.length);

  // Outer effects: every run's message arrived, under one key; a receiver who honours the key has it once.
  const byKey = Map.groupBy(sink.got, ({ headers }) => String(headers["idempotency-key"]));
  expect(byKey.size).toBe(runs.length);
  const told = new Set([...byKey.values()].map((messages) => (JSON.parse(messages[0]?.body ?? "") as { data: { runId: string } }).data.runId));
  expect(told).toEqual(new Set(runs.map((run) => run.id)));
  for (const messages of byKey.values()) expect(new Set(messages.map(({ body }) => body)).size).toBe(1);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
});
