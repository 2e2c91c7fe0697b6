import { request as httpRequest, Agent } from "node:http";
import type { ServerProcess, Site } from "../test/faults/process.ts";
import { type Ask, type Case, casesOf } from "./api-cases.ts";
import { cpuMsOf } from "./cpu.ts";
import { medianOf, quantileOf } from "./ingest.ts";
import type { Figure } from "./report.ts";

/** A store of some size and the server that runs on it. */
export interface Sized {
  site: Site;
  server: ServerProcess;
}

interface Answered {
  /** Until the whole answer was there. */
  ms: number;
  bytes: number;
}

/** A connection that stays open, one request after another. */
export function clientOf({ site, server }: Sized): { ask(ask: Ask): Promise<Answered>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { hostname, port } = new URL(server.url);
  return {
    /** Throws when the answer is no 200: a refusal is no measurement. */
    ask: ({ method, path, body }) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const began = performance.now();
        const headers = { "x-api-key": site.secret, ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }) };
        const request = httpRequest({ agent, hostname, port, method, path, headers }, (response) => {
          let bytes = 0;
          response.on("data", (chunk: Buffer) => (bytes += chunk.length));
          response.on("end", () => (response.statusCode === 200 ? resolve({ ms: performance.now() - began, bytes }) : reject(new Error(`${method} ${path} answered ${response.statusCode}`))));
        });
        request.on("error", reject);
        request.end(text);
      }),
    close: () => agent.destroy(),
  };
}

/**
 * What each request costs in a large store by what it costs in a small one, asked in turns so that both see the same machine. The cost is
 * the time on a processor, which is the server's and its readers' own whatever else the machine does; the milliseconds that a
 * client waits stand beside.
 */
export async function compareSizes(small: Sized, large: Sized, rounds: number, only?: RegExp): Promise<Figure[]> {
  const asked = [small, large].map((sized) => ({ pid: sized.server.pid, client: clientOf(sized), cases: casesOf(sized.site) }));
  const figures: Figure[] = [];
  const [a, b] = asked;
  for (const [i, one] of a?.cases.entries() ?? []) {
    const other = b?.cases[i];
    if (!a || !b || !other || (only && !only.test(one.name))) continue;
    figures.push(figureOf(one, await alternate({ ...a, asked: one }, { ...b, asked: other }, rounds)));
  }
  for (const { client } of asked) client.close();
  return figures;
}

interface Side {
  pid: number;
  client: ReturnType<typeof clientOf>;
  asked: Case;
}
interface Cost {
  cpuMs: number[];
  waitMs: number[];
  bytes: number[];
}

/** Rounds of so many requests to each. */
async function alternate(small: Side, large: Side, rounds: number): Promise<[Cost, Cost]> {
  const costs: [Cost, Cost] = [{ cpuMs: [], waitMs: [], bytes: [] }, { cpuMs: [], waitMs: [], bytes: [] }];
  for (let round = -1; round < rounds; round++) {
    for (const [i, { pid, client, asked }] of [small, large].entries()) {
      const before = cpuMsOf(pid);
      const answers: Answered[] = [];
      for (let n = 0; n < perRound; n++) answers.push(await client.ask(asked.next()));
      const after = cpuMsOf(pid);
      const cost = costs[i];
      // The first round only warms up.
      if (round < 0 || !cost) continue;
      const waitMs = answers.map(({ ms }) => ms);
      cost.waitMs.push(...waitMs);
      cost.bytes.push(...answers.map(({ bytes }) => bytes));
      cost.cpuMs.push(before === undefined || after === undefined ? medianOf(waitMs) : (after - before) / perRound);
    }
  }
  return costs;
}

function figureOf({ name, promised }: Case, [small, large]: [Cost, Cost]): Figure {
  const detail = {
    smallCpuMs: round(medianOf(small.cpuMs)), largeCpuMs: round(medianOf(large.cpuMs)),
    smallMs: round(medianOf(small.waitMs)), largeMs: round(medianOf(large.waitMs)), largeP95Ms: round(quantileOf(large.waitMs, 0.95)),
    smallBytes: Math.round(meanOf(small.bytes)), largeBytes: Math.round(meanOf(large.bytes)),
  };
  const kb = (bytes: number) => (bytes / 1024).toFixed(1);
  return {
    name: `${name} (${detail.largeMs.toFixed(1)} ms; ${detail.largeCpuMs.toFixed(2)} ÷ ${detail.smallCpuMs.toFixed(2)}; ${kb(detail.largeBytes)} and ${kb(detail.smallBytes)} KB)`,
    value: medianOf(large.cpuMs) / medianOf(small.cpuMs), unit: "", ...(promised ? { target: { atMost: 2 } } : {}), detail,
  };
}

const perRound = 20;
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const round = (ms: number) => Number(ms.toFixed(3));
