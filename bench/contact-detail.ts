import { writeFileSync } from "node:fs";
import { join } from "node:path";
import autocannon from "autocannon";
import Database from "better-sqlite3";
import { root, startProcess } from "../test/faults/process.ts";
import type { Sized } from "./api.ts";
import { cpuMsOf } from "./cpu.ts";
import { medianOf, type Rounds } from "./ingest.ts";
import type { Figure } from "./report.ts";

const connections = 32;
const contactsAsked = 500;
const atLeast = 0.7;

/** GET /contacts/:id by a bare Fastify route that returns the same bytes, in turns. */
export async function measureDetail({ site, server }: Sized, rounds: Rounds): Promise<Figure[]> {
  const db = new Database(join(site.dataDir, "owlbound.db"), { readonly: true });
  const ids = db.prepare<[string, number], string>("SELECT id FROM contacts WHERE workspace_id = ? ORDER BY id DESC LIMIT ?").pluck().all(site.workspaceId, contactsAsked);
  db.close();
  const headers = { "x-api-key": site.secret };
  const answers: Record<string, string> = {};
  for (const id of ids) answers[id] = await (await fetch(`${server.url}/v1/contacts/${id}`, { headers })).text();
  const file = join(site.dataDir, "answers.json");
  writeFileSync(file, JSON.stringify(answers));
  const bare = await startProcess(join(root, "bench/bare-contact.ts"), [file]);
  const run = async (url: string, pid: number, seconds: number) => {
    const before = cpuMsOf(pid) ?? 0;
    const result = await autocannon({ url, connections, duration: seconds, requests: ids.map((id) => ({ method: "GET", path: `/v1/contacts/${id}`, headers, setupRequest: (request) => request })) });
    const failed = result.errors + result.timeouts + result.non2xx;
    if (failed > 0) throw new Error(`${failed} requests to ${url} failed: the figures would be worth nothing`);
    const { total } = result.requests;
    return { perSecond: total / result.duration, cpuUs: Math.round((((cpuMsOf(pid) ?? 0) - before) * 1000) / total) };
  };
  try {
    for (const { url, pid } of [server, bare]) await run(url, pid, Math.min(2, rounds.seconds));
    const measured: { ours: Awaited<ReturnType<typeof run>>; bare: Awaited<ReturnType<typeof run>> }[] = [];
    for (let round = 0; round < rounds.count; round++) {
      measured.push({ ours: await run(server.url, server.pid, rounds.seconds), bare: await run(bare.url, bare.pid, rounds.seconds) });
    }
    const median = (which: "ours" | "bare", what: "perSecond" | "cpuUs") => medianOf(measured.map((m) => m[which][what]));
    const bytes = Math.round(Object.values(answers).reduce((sum, text) => sum + Buffer.byteLength(text), 0) / ids.length);
    const value = median("ours", "perSecond") / median("bare", "perSecond");
    const detail = { bytes, perSecond: Math.round(median("ours", "perSecond")), barePerSecond: Math.round(median("bare", "perSecond")), cpuUs: median("ours", "cpuUs"), bareCpuUs: median("bare", "cpuUs"), cpuRatio: Number((median("bare", "cpuUs") / median("ours", "cpuUs")).toFixed(3)), rounds: measured };
    return [{ name: `GET /contacts/:id ÷ bare Fastify, the same ${bytes} bytes`, value, unit: "", target: { atLeast }, detail }];
  } finally {
    await bare.kill("SIGTERM");
  }
}
