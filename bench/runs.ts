/**
 * Runs a second of a durable three-step workflow beside a bare claim-and-finish loop on the same queue's store, and what the router
 * costs a signal with 1 and with 500 active workflows, and how long a backtest takes. In this process, over a store as durable as in production.
 * `node bench/runs.ts --data DIR --runs N --signals N --backtest N`; prints one line of JSON.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ensureContact } from "../api/contacts/index.ts";
import { createKey, createWorkspace } from "../api/keys/index.ts";
import { backtestWorkflow, getBacktest } from "../api/runs/backtest.ts";
import { backtestJob, createTriggers, startRuns } from "../api/runs/index.ts";
import { createWorkflow, setWorkflowStatus } from "../api/workflows/service.ts";
import { systemClock } from "../core/clock.ts";
import { parseConfig } from "../core/config.ts";
import { newId } from "../core/id.ts";
import { createLog } from "../core/log.ts";
import { createNews } from "../core/news.ts";
import { createSafeFetch } from "../core/safe-fetch.ts";
import type { Ctx } from "../store/context.ts";
import type { NewSignal } from "../store/ingest.ts";
import { claim, enqueue, finish } from "../store/queue.ts";
import { openSqliteStore } from "../store/sqlite/index.ts";
import type { Work } from "../store/work.ts";
import { startEngine } from "../worker/engine.ts";
import { startRouter } from "../worker/router.ts";

const { values } = parseArgs({ options: { data: { type: "string" }, runs: { type: "string" }, signals: { type: "string" }, backtest: { type: "string" } } });
if (!values.data || !values.runs || !values.signals || !values.backtest) throw new Error("--data, --runs, --signals and --backtest are needed");
const [runCount, signalCount, backtestCount] = [Number(values.runs), Number(values.signals), Number(values.backtest)];
const limitMs = 120_000;
const peopleCount = 200;
const folder = values.data;

async function openWork(name: string) {
  mkdirSync(join(folder, name), { recursive: true });
  const store = await openSqliteStore({ file: join(folder, name, "owlbound.db"), now: Date.now });
  const { id, name: label } = await createWorkspace(store, Date.now(), { name: "Bench" });
  const log = createLog("error");
  const ctx: Ctx = { workspace: { id, name: label, plan: "unlimited", status: "active" }, actor: { kind: "system", id: "bench" }, store, clock: systemClock, log };
  const work: Work = { store, clock: systemClock, log, config: parseConfig({}, {}), secret: "b".repeat(32), outbound: createSafeFetch(), news: createNews(), runNews: createNews(), wakeJobs: () => {} };
  const key = await createKey(store, Date.now(), { workspaceId: id, type: "secret" });
  const people: string[] = [];
  for (let i = 0; i < peopleCount; i++) {
    people.push(await store.write(async (tx) => (await ensureContact(tx, id, Date.now(), { typed: `p${i}@example.com`, key: `p${i}@example.com` }, { title: "VP" }, "bench")).id));
  }
  const workflow = (more: Partial<Parameters<typeof createWorkflow>[2]>) =>
    store.write(async (tx) => {
      const made = await createWorkflow(ctx, tx, { name: "Bench", trigger: { on: "manual" }, steps: [{ do: "task", title: "x" }], cooldownHours: 0, ...more });
      return setWorkflowStatus(ctx, tx, made.id, "active");
    });
  return { store, ctx, work, people, workflow, keyId: key.id };
}

function signalOf(ctx: Ctx, keyId: string, at: number, contactId: string | undefined, path: string): NewSignal {
  return {
    visitorMode: "identified", capability: "api.signals.create", credits: 1, bytes: 700,
    row: {
      workspace_id: ctx.workspace.id, id: newId(at), type: "website_visit", priority: "medium", source: "bench", notes: null, data: "{}", contact_id: contactId ?? null,
      claimed_contact_id: null, message_id: null, visitor_id: null, session_id: null, key_id: keyId, batch_id: "", received_at: at, occurred_at: at, clock_flag: null,
      page_host: null, page_path: path, referrer_kind: null, referrer_name: null, utm: null, browser: null, os: null, device: null, country: null, bot: null, actioned_at: null, company_id: null,
    },
  };
}

/** Until `done` says so; throws where it takes too long. */
async function settled(done: () => Promise<boolean>): Promise<void> {
  for (const began = performance.now(); !(await done()); await sleep(20)) if (performance.now() - began > limitMs) throw new Error("it took too long");
}

/** Durable runs a second: claimed, three steps with their effects and history, ended. */
async function runsPerSecond(): Promise<number> {
  const { store, ctx, work, people, workflow } = await openWork("runs");
  const { id } = await workflow({ steps: [{ do: "tag", add: ["a"] }, { do: "set", field: "status", value: "contacted" }, { do: "task", title: "Call {{ contact.email }}" }] });
  for (let made = 0; made < runCount; made += 500) {
    const starts = Array.from({ length: Math.min(500, runCount - made) }, (_, i) => ({ workflowId: id, version: 1, contactId: people[i % people.length] ?? "", cause: "trigger" as const, signalId: `s${made + i}` }));
    await store.write((tx) => startRuns(ctx, tx, starts, 0));
  }
  const began = performance.now();
  const engine = startEngine(work);
  engine.wake();
  await settled(async () => (await store.read.selectFrom("workflow_runs").select("id").where("due_at", "is not", null).limit(1).executeTakeFirst()) === undefined);
  const seconds = (performance.now() - began) / 1000;
  await engine.stop();
  const { n } = await store.read.selectFrom("tasks").select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
  if (Number(n) !== runCount) throw new Error(`${runCount} runs made ${n} tasks`);
  await store.close();
  return runCount / seconds;
}

/** Jobs a second that are only claimed and finished, as consumers do. */
async function jobsPerSecond(): Promise<number> {
  const { store, ctx } = await openWork("jobs");
  for (let made = 0; made < runCount; made += 500) {
    await store.write(async (tx) => {
      for (let i = made; i < Math.min(runCount, made + 500); i++) await enqueue(tx, { workspaceId: ctx.workspace.id, kind: "bare", payload: {}, runAt: Date.now(), now: Date.now() });
    });
  }
  const began = performance.now();
  for (;;) {
    const jobs = await claim(store, "bare", Date.now(), 100);
    if (jobs.length === 0) break;
    await Promise.all(jobs.map((job) => store.write((tx) => finish(tx, job))));
  }
  const seconds = (performance.now() - began) / 1000;
  await store.close();
  return runCount / seconds;
}

/** CPU microseconds that routing adds to a signal which one of `count` workflows waits for, and whose condition does not hold. */
async function storedCpu(count: number): Promise<number> {
  const { store, ctx, work, people, workflow, keyId } = await openWork(`router-${count}`);
  for (let i = 0; i < count; i++) await workflow({ trigger: { on: "signal", types: ["website_visit"], priorities: [], sources: [], page: `/section-${i}/*` }, where: { field: "contact.title", op: "eq", value: "Nobody" } });
  const engine = startEngine(work);
  const triggers = createTriggers(store, work.news);
  const router = startRouter(work, triggers, engine);
  const signal = (n: number) => signalOf(ctx, keyId, Date.now(), people[n % people.length], `/section-${count < 2 ? 0 : n % count}/page`);
  const send = async (from: number, until: number) => {
    for (let n = from; n < until; n += 50) await Promise.all(Array.from({ length: Math.min(50, until - n) }, (_, i) => store.append(signal(n + i))));
    await settled(async () => (await store.read.selectFrom("jobs").select("id").where("kind", "=", "route").limit(1).executeTakeFirst()) === undefined);
  };
  await send(0, 500);
  const before = process.cpuUsage();
  await send(500, 500 + signalCount);
  const { user, system } = process.cpuUsage(before);
  await router.stop();
  triggers.stop();
  await engine.stop();
  await store.close();
  return (user + system) / signalCount;
}

/** Seconds that a backtest over so many stored signals of known people takes. */
async function backtestSeconds(count: number): Promise<number> {
  const { store, ctx, work, people, workflow, keyId } = await openWork("backtest");
  store.pragma("synchronous = OFF");
  const { id } = await workflow({ trigger: { on: "signal", types: ["website_visit"], priorities: [], sources: [], page: "/pricing*" }, where: { count: { type: "website_visit", withinDays: 7 }, op: "gte", value: 3 }, steps: [{ do: "wait", days: 1 }, { do: "task", title: "x" }], cooldownHours: 24 });
  const spanMs = 29 * 86_400_000;
  const began = Date.now() - spanMs;
  for (let n = 0; n < count; n += 200) {
    const at = Math.round(began + (spanMs * n) / count);
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.append(signalOf(ctx, keyId, at, people[(n + i) % people.length], i % 3 === 0 ? "/pricing" : "/blog"))));
  }
  const { id: backtestId } = await store.write((tx) => backtestWorkflow(ctx, tx, id));
  const from = performance.now();
  const job = await store.read.selectFrom("jobs").selectAll().where("kind", "=", backtestJob.kind).executeTakeFirstOrThrow();
  await backtestJob.handle(work, job, () => Promise.resolve());
  const seconds = (performance.now() - from) / 1000;
  const { status, progress } = await getBacktest(ctx, backtestId);
  if (status !== "completed" || progress.looked < count) throw new Error(`the backtest is ${status} after ${progress.looked} of ${count} signals`);
  await store.close();
  return seconds;
}

// First: ids of one process never go back in time, and its signals are of the past.
const backtest = await backtestSeconds(backtestCount);
const [none, one, many] = [await storedCpu(0), await storedCpu(1), await storedCpu(500)];
const figures = { backtest, runsPerSecond: await runsPerSecond(), jobsPerSecond: await jobsPerSecond(), storedCpuUs: { none, one, many } };
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
