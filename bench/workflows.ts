import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { newSite, owlbound, root, serve, type ServerProcess } from "../test/faults/process.ts";
import { medianOf, quantileOf } from "./ingest.ts";
import type { Crowd } from "./load.ts";
import type { Figure } from "./report.ts";
import { inFolder, type Plan } from "./stages.ts";
import { newTagId } from "./tag-body.ts";

const perSecond = 200;
const activeCount = 50;
const knownVisitors = 500;
const poolSize = 50_000;
const keep = 0.8;
const lastActionLimitMs = 60_000;
const sendersMax = 64;

interface Called {
  server: ServerProcess;
  key: string;
}

/** Signals that flow into workflows: how fast, and what it costs those that don't. */
export async function measureWorkflows(plan: Plan): Promise<Figure[]> {
  return [...(await latencies(plan)), ...(await inProcess(plan)), ...(await besideIngest(plan))];
}

async function call<T>({ server, key }: Called, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${server.url}/v1${path}`, { method: "POST", headers: { "x-api-key": key, "content-type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const answer = (await response.json()) as { data: T };
  if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer.data;
}

async function activate(at: Called, workflow: object): Promise<void> {
  const { id } = await call<{ id: string }>(at, "/workflows", { name: "Bench", cooldownHours: 0, ...workflow });
  await call(at, `/workflows/${id}/activate`);
}

const managerScopes = "signals:write,contacts:write,workflows:manage";
const managerKey = async (dataDir: string, workspaceId: string) => (await owlbound<{ key: string }>(dataDir, "key", "create", "--workspace", workspaceId, "--type", "secret", "--scopes", managerScopes)).key;

/** From the signal's acknowledgement to the last of three actions, as the receiver of a webhook sees it; beside the same with two steps that do nothing. */
async function latencies(plan: Plan): Promise<Figure[]> {
  const webhook = (url: string) => ({ do: "webhook", url });
  const nothing = { do: "branch", where: { field: "signal.type", op: "exists" }, then: [] };
  const full = await atRate(plan, (url) => [{ do: "tag", add: ["seen"] }, { do: "task", title: "Call {{ contact.email }}" }, webhook(url)]);
  const empty = await atRate(plan, (url) => [nothing, nothing, webhook(url)]);
  const name = `signal acknowledged → last of three actions, ${perSecond}/s`;
  return [
    { name: `${name}, p50`, value: quantileOf(full, 0.5), unit: "ms", detail: { signals: full.length } },
    { name: `${name}, p95`, value: quantileOf(full, 0.95), unit: "ms", detail: { maxMs: Math.max(...full) } },
    { name: "  the same with two steps emptied, p95", value: quantileOf(empty, 0.95), unit: "ms", detail: { p50Ms: quantileOf(empty, 0.5) } },
  ];
}

async function atRate(plan: Plan, stepsOf: (url: string) => object[]): Promise<number[]> {
  return inFolder(async (folder) => {
    const arrived = new Map<string, number>();
    const sink = await listen((body) => {
      const { data } = JSON.parse(body) as { data: { signal: { id: string } } };
      if (!arrived.has(data.signal.id)) arrived.set(data.signal.id, performance.now());
    });
    const site = await newSite(folder);
    const key = await managerKey(folder, site.workspaceId);
    const server = await serve(folder, "--allow-outbound", "127.0.0.1");
    try {
      const at = { server, key };
      const people: string[] = [];
      for (let i = 0; i < 100; i++) people.push((await call<{ contactId: string }>(at, "/contacts", { email: `p${i}@example.com` })).contactId);
      await activate(at, { trigger: { on: "signal", page: "/pricing*" }, steps: stepsOf(sink.url) });
      const acknowledged = new Map<string, number>();
      const send = async (n: number) => {
        const { signalId } = await call<{ signalId: string }>(at, "/signals", { type: "website_visit", source: "bench", data: { pageUrl: "https://www.example.com/pricing" }, contactId: people[n % people.length] });
        acknowledged.set(signalId, performance.now());
      };
      for (let n = 0; n < 50; n++) await send(n);
      const count = perSecond * plan.workflowSeconds;
      let [sent, open] = [0, 0];
      const failed: unknown[] = [];
      // A sender that falls behind waits: more connections would measure them, not the workflow.
      for (const began = performance.now(); sent < count || open > 0; await sleep(2)) {
        if (failed.length > 0) throw failed[0];
        while (sent < count && open < sendersMax && sent < ((performance.now() - began) / 1000) * perSecond) {
          open += 1;
          send(sent++).catch((error: unknown) => failed.push(error)).finally(() => (open -= 1));
        }
      }
      for (const began = performance.now(); arrived.size < acknowledged.size; await sleep(10)) if (performance.now() - began > lastActionLimitMs) throw new Error(`${acknowledged.size - arrived.size} of ${acknowledged.size} signals never came to their last action`);
      // A receiver may be faster than the answer to the signal.
      return [...acknowledged].slice(50).map(([id, ms]) => Math.max(0, (arrived.get(id) ?? Number.NaN) - ms));
    } finally {
      await server.kill("SIGTERM");
      sink.server.closeAllConnections();
      sink.server.close();
    }
  });
}

async function listen(hear: (body: string) => void): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      hear(body);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

interface InProcess {
  backtest: number;
  runsPerSecond: number;
  jobsPerSecond: number;
  storedCpuUs: { none: number; one: number; many: number };
}

async function inProcess(plan: Plan): Promise<Figure[]> {
  const found = await inFolder(async (folder) => {
    const args = ["--data", folder, "--runs", String(plan.runCount), "--signals", String(plan.routedCount), "--backtest", String(plan.backtestCount)];
    const { stdout } = await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "bench/runs.ts"), ...args], { cwd: root, timeout: 900_000 });
    return JSON.parse(stdout) as InProcess;
  });
  const { none, one, many } = found.storedCpuUs;
  return [
    { name: "durable runs of three steps", value: found.runsPerSecond, unit: "runs/s", detail: { runs: plan.runCount } },
    { name: "  bare claim and finish on our queue", value: found.jobsPerSecond, unit: "jobs/s" },
    { name: `backtest over ${plan.backtestCount.toLocaleString("en")} signals`, value: found.backtest, unit: "s", target: { atMost: (60 * plan.backtestCount) / 100_000 } },
    { name: "CPU to store and route a signal, 500 workflows ÷ 1", value: many / one, unit: "", target: { atMost: 2 }, detail: { noneUs: none, oneUs: one, manyUs: many } },
    { name: "  of it routing alone, 500 ÷ 1", value: (many - none) / (one - none), unit: "", detail: { oneUs: one - none, manyUs: many - none } },
  ];
}

/** Ingest with 50 active workflows by that with none, in turns; some of the visitors are known, and start runs. */
async function besideIngest(plan: Plan): Promise<Figure[]> {
  return inFolder((quiet) =>
    inFolder(async (busy) => {
      const [first, second] = [await prepare(quiet, 0), await prepare(busy, activeCount)];
      try {
        const ratios: number[] = [];
        const rates: { none: number; active: number }[] = [];
        for (let round = -1; round < plan.rounds.count; round++) {
          const none = await plan.generator.measure(first.server.url, first.crowd, { connections: 64, seconds: plan.rounds.seconds });
          const active = await plan.generator.measure(second.server.url, second.crowd, { connections: 64, seconds: plan.rounds.seconds });
          // The first round warms up.
          if (round < 0) continue;
          rates.push({ none: Math.round(none.perSecond), active: Math.round(active.perSecond) });
          ratios.push(active.perSecond / none.perSecond);
        }
        return [{ name: `ingest with ${activeCount} active workflows ÷ with none`, value: medianOf(ratios), unit: "", target: { atLeast: keep }, detail: { rates } }];
      } finally {
        await Promise.all([first.server.kill("SIGTERM"), second.server.kill("SIGTERM")]);
      }
    }),
  );
}

async function prepare(folder: string, workflows: number): Promise<{ server: ServerProcess; crowd: Crowd }> {
  const site = await newSite(folder);
  const key = await managerKey(folder, site.workspaceId);
  const server = await serve(folder);
  const at = { server, key };
  const visitorIds = Array.from({ length: poolSize }, () => newTagId(Date.now()));
  for (let i = 0; i < knownVisitors; i++) await call(at, "/identify", { visitorId: visitorIds[i], email: `v${i}@example.com` });
  for (let i = 0; i < workflows; i++) {
    await activate(at, { trigger: { on: "signal", types: ["website_visit"], page: i % 5 === 0 ? "/pricing*" : `/blog/how-we-measure-${(i % 30) + 1}*` }, where: { count: { type: "website_visit", withinDays: 7 }, op: "gte", value: 2 }, steps: [{ do: "tag", add: ["seen"] }, { do: "task", title: "Call {{ contact.email }}" }], cooldownHours: 24 });
  }
  return { server, crowd: { key: site.publishable, visitorIds } };
}
