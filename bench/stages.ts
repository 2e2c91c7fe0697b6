import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { build } from "../scripts/build.ts";
import { newSite, root, serve, type ServerProcess, type Site, startProcess } from "../test/faults/process.ts";
import { feedLatencies } from "./feed.ts";
import { measureImport } from "./import.ts";
import { assertStored, atHalfLoad, compare, medianOf, memoryFigure, quantileOf, type Rounds, type Throughput } from "./ingest.ts";
import type { Crowd, Generator } from "./load.ts";
import type { Figure } from "./report.ts";
import { newTagId } from "./tag-body.ts";

export interface Plan {
  generator: Generator;
  rounds: Rounds;
  halfLoadSeconds: number;
  feedCount: number;
  /** Rows of the file that is imported. */
  importCount: number;
  /** Signals that are stored before the second measurement of ingest. */
  storedCount: number;
  /** How long signals flow into workflows, at a fixed rate. */
  workflowSeconds: number;
  /** Runs that are carried, and signals that are routed, for the figures of one process. */
  runCount: number;
  routedCount: number;
  /** Stored signals that a backtest looks at. */
  backtestCount: number;
  /** Contacts and signals of the large store that the API is asked over. */
  apiCounts: { contacts: number; signals: number };
  apiRounds: number;
  /** A folder whose stores of that stage outlive the run. */
  keepIn: string | undefined;
  say(text: string): void;
}

const poolSize = 50_000;
const targets = { 64: 0.65, 256: 0.75 } as const;
const connectionCounts = [64, 256] as const;
const keepOfFresh = 0.9;

/** The tag's core as it is built, after brotli at its default quality of 11. */
export async function measureTag(): Promise<Figure[]> {
  await build();
  const bytes = brotliCompressSync(readFileSync(join(root, "dist/tag/s.js"))).length;
  return [{ name: "tag core, brotli", value: bytes, unit: "B", target: { atMost: 1500 } }];
}

export type Fresh = Record<64 | 256, Throughput>;

/** Durable ingest into a new store, compared with the baseline; with `stored`, into one that holds so many signals. */
export async function measureIngest(plan: Plan, fresh?: Fresh): Promise<{ figures: Figure[]; reached: Fresh }> {
  return inFolder(async (folder) => {
    const site = await newSite(folder);
    const label = fresh ? `, ${plan.storedCount.toLocaleString("en")} stored` : "";
    const crowd = fresh ? await seed(plan, site) : newCrowd(site);
    const before = fresh ? plan.storedCount : 0;
    const server = await serve(folder);
    const baseline = await startProcess(join(root, "bench/baseline.ts"), []);
    try {
      await sleep(2000);
      const idle = memoryFigure(`memory, idle${label}`, server, "VmRSS");
      const at64 = await measureRatio(plan, server, baseline, crowd, 64);
      const at256 = await measureRatio(plan, server, baseline, crowd, 256);
      const reached = { 64: at64, 256: at256 };
      const half = await atHalfLoad(plan.generator, server, crowd, at64.perSecond, plan.halfLoadSeconds);
      const acknowledged = at64.requests + at256.requests + half.measured.requests;
      const stored = assertStored(site, before + acknowledged);
      plan.say(`${acknowledged.toLocaleString("en")} acknowledged, ${(stored - before).toLocaleString("en")} stored`);
      const p99: Figure = {
        name: `p99 at half load${label}`,
        value: half.measured.p99Ms,
        unit: "ms",
        target: { atMost: 25 },
        detail: { askedPerSecond: half.asked, perSecond: Math.round(half.measured.perSecond), p50Ms: half.measured.p50Ms, connections: 64 },
      };
      const ratios = connectionCounts.flatMap((connections) => ratioFigures(connections, reached[connections], label, fresh?.[connections]));
      return { figures: [...ratios, p99, ...idle, ...memoryFigure(`memory, highest under load${label}`, server, "VmHWM")], reached };
    } finally {
      await Promise.all([server.kill("SIGTERM"), baseline.kill("SIGTERM")]);
    }
  });
}

async function measureRatio(plan: Plan, server: ServerProcess, baseline: ServerProcess, crowd: Crowd, connections: 64 | 256) {
  const result = await compare(plan.generator, server, baseline, crowd, connections, plan.rounds);
  plan.say(`${connections} connections: ${JSON.stringify(result.detail)}`);
  return result;
}

function ratioFigures(connections: 64 | 256, { ratio, perSecond, detail }: Throughput, label: string, fresh: Throughput | undefined): Figure[] {
  const rate: Figure = { name: `durable ingest, ${connections} connections${label}`, value: perSecond, unit: "req/s" };
  const name = `  ÷ Fastify + zod alone, ${connections}${label}`;
  if (!fresh) return [rate, { name, value: ratio, unit: "", target: { atLeast: targets[connections] }, detail }];
  const kept: Figure = { name: `  ÷ that of the new store, ${connections}`, value: ratio / fresh.ratio, unit: "", target: { atLeast: keepOfFresh } };
  return [rate, { name, value: ratio, unit: "", detail }, kept];
}

/** From POST to the event at an open live screen. */
export async function measureFeed(plan: Plan): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const site = await newSite(folder);
    const server = await serve(folder);
    try {
      await feedLatencies(server, site, 20);
      const ms = await feedLatencies(server, site, plan.feedCount);
      const detail = { visits: ms.length, maxMs: Math.max(...ms) };
      return [
        { name: "visit → live feed, p50", value: quantileOf(ms, 0.5), unit: "ms", detail },
        { name: "visit → live feed, p95", value: quantileOf(ms, 0.95), unit: "ms", target: { atMost: 300 }, detail },
      ];
    } finally {
      await server.kill("SIGTERM");
    }
  });
}

/** A file of contacts in, and out again. */
export function measureFiles(plan: Plan): Promise<Figure[]> {
  return inFolder((folder) => measureImport(folder, plan.importCount, plan.say));
}

/** From the command to the first answer of /v1/health: on an empty folder, and on its data. */
export async function measureStart(): Promise<Figure[]> {
  const cold: number[] = [];
  const second: number[] = [];
  for (let round = 0; round < 5; round++) {
    await inFolder(async (folder) => {
      cold.push(await startMs(folder));
      second.push(await startMs(folder));
    });
  }
  return [
    { name: "start, empty folder", value: medianOf(cold), unit: "ms", detail: { ms: cold.map(Math.round) } },
    { name: "start, same data again", value: medianOf(second), unit: "ms", target: { atMost: 1000 }, detail: { ms: second.map(Math.round) } },
  ];
}

async function startMs(folder: string): Promise<number> {
  const began = performance.now();
  const server = await serve(folder);
  const { ok } = await fetch(`${server.url}/v1/health`);
  const ms = performance.now() - began;
  await server.kill("SIGTERM");
  if (!ok) throw new Error("/v1/health did not answer 200");
  return ms;
}

const newCrowd = (site: Site): Crowd => ({ key: site.publishable, visitorIds: Array.from({ length: poolSize }, () => newTagId(Date.now())) });

/** Half of the visitors that come are known to the store, half are new. */
async function seed(plan: Plan, site: Site): Promise<Crowd> {
  const began = performance.now();
  const file = join(site.dataDir, "visitors.txt");
  const args = ["--data", site.dataDir, "--key", site.publishable, "--count", String(plan.storedCount), "--visitors", file];
  await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "bench/seed.ts"), ...args], { cwd: root });
  const bytes = statSync(join(site.dataDir, "owlbound.db")).size;
  plan.say(`${plan.storedCount.toLocaleString("en")} signals stored in ${Math.round((performance.now() - began) / 1000)} s, ${Math.round(bytes / 2 ** 20)} MB`);
  const known = readFileSync(file, "utf8").trim().split("\n").slice(0, poolSize / 2);
  return { key: site.publishable, visitorIds: [...known, ...newCrowd(site).visitorIds.slice(known.length)] };
}

/** A folder that is gone afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
