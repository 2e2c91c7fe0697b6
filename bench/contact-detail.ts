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

/** GET /contacts/:id by a bare Fastify route that returns the same bytes from memory, and by one that makes the same reads, in turns. */
export async function measureDetail({ site, server }: Sized, rounds: Rounds): Promise<Figure[]> {
  const db = new Database(join(site.dataDir, "owlbound.db"), { readonly: true });
  const ids = db.prepare<[string, number], string>("SELECT id FROM contacts WHERE workspace_id = ? ORDER BY id DESC LIMIT ?").pluck().all(site.workspaceId, contactsAsked);
  db.close();
  const headers = { "x-api-key": site.secret };
  const answers: Record<string, string> = {};
  for (const id of ids) answers[id] = await (await fetch(`${server.url}/v1/contacts/${id}`, { headers })).text();
  const file = join(site.dataDir, "answers.json");
  writeFileSync(file, JSON.stringify(answers));
  const bare = await startProcess(join(root, "bench/bare-contact.ts"), [file, join(site.dataDir, "owlbound.db"), site.workspaceId]);
  const run = async ({ url, pid }: { url: string; pid: number }, base: string, seconds: number) => {
    const before = cpuMsOf(pid) ?? 0;
    const result = await autocannon({ url, connections, duration: seconds, requests: ids.map((id) => ({ method: "GET", path: `${base}/contacts/${id}`, headers, setupRequest: (request) => request })) });
    const failed = result.errors + result.timeouts + result.non2xx;
    if (failed > 0) throw new Error(`${failed} requests to ${url} failed: the figures would be worth nothing`);
    const { total } = result.requests;
    return { perSecond: total / result.duration, cpuUs: Math.round((((cpuMsOf(pid) ?? 0) - before) * 1000) / total) };
  };
  try {
    const sides = { ours: [server, "/v1"], bytes: [bare, "/v1"], reads: [bare, "/read"] } as const;
    type Side = keyof typeof sides;
    const names = Object.keys(sides) as Side[];
    const measure = async (side: Side, seconds: number) => run(...([...sides[side]] as [typeof server, string]), seconds);
    for (const side of names) await measure(side, Math.min(2, rounds.seconds));
    const measured: Record<Side, Awaited<ReturnType<typeof run>>>[] = [];
    for (let round = 0; round < rounds.count; round++) measured.push({ ours: await measure("ours", rounds.seconds), bytes: await measure("bytes", rounds.seconds), reads: await measure("reads", rounds.seconds) });
    const median = (side: Side, what: "perSecond" | "cpuUs") => medianOf(measured.map((m) => m[side][what]));
    const bytes = Math.round(Object.values(answers).reduce((sum, text) => sum + Buffer.byteLength(text), 0) / ids.length);
    const figure = (name: string, side: Side): Figure => {
      const detail = { bytes, perSecond: Math.round(median("ours", "perSecond")), barePerSecond: Math.round(median(side, "perSecond")), cpuUs: median("ours", "cpuUs"), bareCpuUs: median(side, "cpuUs"), rounds: measured.map((m) => ({ ours: m.ours, bare: m[side] })) };
      return { name: `GET /contacts/:id ÷ bare Fastify, ${name}`, value: detail.perSecond / detail.barePerSecond, unit: "", detail };
    };
    return [{ ...figure(`the same ${bytes} bytes from memory`, "bytes"), target: { atLeast } }, figure("the same reads", "reads")];
  } finally {
    await bare.kill("SIGTERM");
  }
}
