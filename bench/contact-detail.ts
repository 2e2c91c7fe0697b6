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
/** Asked again and again: of these the server has the answers in memory, as a route that holds them does. */
const known = 500;
/** More than it keeps, one after another: of these it has none. */
const many = 60_000;
const atLeast = 0.7;

/**
 * GET /contacts/:id by bare Fastify routes: of contacts that have not changed since they were asked for last, by one that returns the same bytes from
 * memory; of contacts that are made anew, by one that makes the same reads. In turns.
 */
export async function measureDetail({ site, server }: Sized, rounds: Rounds): Promise<Figure[]> {
  const db = new Database(join(site.dataDir, "owlbound.db"), { readonly: true });
  const ids = db.prepare<[string, number], string>("SELECT id FROM contacts WHERE workspace_id = ? ORDER BY id DESC LIMIT ?").pluck().all(site.workspaceId, many);
  db.close();
  const few = ids.slice(0, known);
  const headers = { "x-api-key": site.secret };
  const answers: Record<string, string> = {};
  for (const id of few) answers[id] = await (await fetch(`${server.url}/v1/contacts/${id}`, { headers })).text();
  const file = join(site.dataDir, "answers.json");
  writeFileSync(file, JSON.stringify(answers));
  const bare = await startProcess(join(root, "bench/bare-contact.ts"), [file, join(site.dataDir, "owlbound.db"), site.workspaceId]);
  const sides = {
    kept: { process: server, base: "/v1", ids: few },
    bytes: { process: bare, base: "/v1", ids: few },
    anew: { process: server, base: "/v1", ids },
    reads: { process: bare, base: "/read", ids },
  };
  type Side = keyof typeof sides;
  const run = async (side: Side, seconds: number) => {
    const { process: { url, pid }, base, ids: asked } = sides[side];
    const requests = asked === few ? madeAhead(base, asked, headers) : [madeOnTheWay(base, asked, headers)];
    const before = cpuMsOf(pid) ?? 0;
    const result = await autocannon({ url, connections, duration: seconds, requests });
    const failed = result.errors + result.timeouts + result.non2xx;
    if (failed > 0) throw new Error(`${failed} requests to ${url} failed: the figures would be worth nothing`);
    const { total } = result.requests;
    return { perSecond: Math.round(total / result.duration), cpuUs: Number(((((cpuMsOf(pid) ?? 0) - before) * 1000) / total).toFixed(1)) };
  };
  const names = Object.keys(sides) as Side[];
  try {
    for (const side of names) await run(side, Math.min(2, rounds.seconds));
    const measured: Record<Side, Awaited<ReturnType<typeof run>>>[] = [];
    for (let round = 0; round < rounds.count; round++) measured.push({ kept: await run("kept", rounds.seconds), bytes: await run("bytes", rounds.seconds), anew: await run("anew", rounds.seconds), reads: await run("reads", rounds.seconds) });
    const bytes = Math.round(Object.values(answers).reduce((sum, text) => sum + Buffer.byteLength(text), 0) / few.length);
    const figure = (name: string, [ours, other]: [Side, Side]): Figure => {
      const median = (side: Side, what: "perSecond" | "cpuUs") => medianOf(measured.map((m) => m[side][what]));
      const detail = { bytes, perSecond: median(ours, "perSecond"), barePerSecond: median(other, "perSecond"), cpuUs: median(ours, "cpuUs"), bareCpuUs: median(other, "cpuUs"), rounds: measured.map((m) => ({ ours: m[ours], bare: m[other] })) };
      // Of each round, so that both sides saw the same machine.
      return { name: `GET /contacts/:id${name} (${detail.cpuUs} and ${detail.bareCpuUs} us on a processor)`, value: medianOf(measured.map((m) => m[ours].perSecond / m[other].perSecond)), unit: "", detail };
    };
    return [
      { ...figure(` ÷ bare Fastify, the same ${bytes} bytes from memory`, ["kept", "bytes"]), target: { atLeast } },
      figure(", each made anew ÷ bare Fastify that makes the same reads", ["anew", "reads"]),
    ];
  } finally {
    await bare.kill("SIGTERM");
  }
}

type Request = Parameters<typeof autocannon>[0]["requests"][number];
const requestOf = (base: string, id: string, headers: Record<string, string>): Request => ({ method: "GET", path: `${base}/contacts/${id}`, headers, setupRequest: (request) => request });

/** They cost the client least, and each connection holds its own of them. */
const madeAhead = (base: string, ids: readonly string[], headers: Record<string, string>): Request[] => ids.map((id) => requestOf(base, id, headers));

function madeOnTheWay(base: string, ids: readonly string[], headers: Record<string, string>): Request {
  let at = 0;
  return { ...requestOf(base, "", headers), setupRequest: () => requestOf(base, ids[(at = (at + 1) % ids.length)] ?? "", headers) };
}
