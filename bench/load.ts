import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import autocannon from "autocannon";
import { headers, pick, tagBody, visits } from "./tag-body.ts";

const run = promisify(execFile);
const path = "/v1/signals";

export interface Measured {
  requests: number;
  seconds: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

export interface Load {
  connections: number;
  /** Whole seconds. */
  seconds: number;
  /** Paced to about this many requests a second; as fast as it goes when absent. */
  perSecond?: number;
}

/** Who visits: a publishable key and the visitors that its pages see. */
export interface Crowd {
  key: string;
  visitorIds: readonly string[];
}

export interface Generator {
  name: "wrk" | "autocannon";
  /** Throws when any answer is not a 2xx: a refused request is no measurement. */
  measure(url: string, crowd: Crowd, load: Load): Promise<Measured>;
}

/** wrk, or autocannon where it is missing. */
export async function findGenerator(): Promise<Generator> {
  // wrk has no --version that exits with 0, only one that names itself.
  const answer = await run("wrk", ["--version"]).catch((error: { stdout?: string; code?: unknown }) => error);
  return answer.stdout?.startsWith("wrk ") === true ? { name: "wrk", measure: withWrk } : { name: "autocannon", measure: withAutocannon };
}

async function withWrk(url: string, crowd: Crowd, load: Load): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-wrk-"));
  const file = (name: string, lines: readonly string[]) => {
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
    return join(folder, name);
  };
  const env = {
    ...process.env,
    BENCH_BODIES: file("bodies", visits.map((visit) => JSON.stringify({ ...visit, key: crowd.key }).slice(0, -1))),
    BENCH_VISITORS: file("visitors", crowd.visitorIds),
    BENCH_HEADERS: file("headers", Object.entries(headers).map(([name, value]) => `${name}: ${value}`)),
  };
  const once = async (seconds: number, delayMs: number): Promise<Measured> => {
    const args = ["-t1", `-c${load.connections}`, `-d${seconds}`, "--timeout", "10", "-s", join(import.meta.dirname, "tag-post.lua"), url + path];
    const { stdout } = await run("wrk", args, { env: { ...env, BENCH_DELAY_MS: String(delayMs) } });
    const line = /^BENCH (.*)$/m.exec(stdout)?.[1];
    if (line === undefined) throw new Error(`wrk said: ${stdout}`);
    const { failed, ...measured } = JSON.parse(line) as Omit<Measured, "perSecond"> & { failed: number };
    return checked({ ...measured, perSecond: measured.requests / measured.seconds }, failed, url);
  };
  try {
    if (load.perSecond === undefined) return await once(load.seconds, 0);
    // A connection's pace is its pause plus the answer's time: measured once, then set right.
    const cycleMs = (load.connections / load.perSecond) * 1000;
    const trial = await once(2, Math.round(cycleMs));
    const answerMs = (load.connections / trial.perSecond) * 1000 - Math.round(cycleMs);
    return await once(load.seconds, Math.max(1, Math.round(cycleMs - answerMs)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function withAutocannon(url: string, crowd: Crowd, load: Load): Promise<Measured> {
  const result = await autocannon({
    url,
    connections: load.connections,
    duration: load.seconds,
    overallRate: load.perSecond,
    requests: [{ method: "POST", path, headers: { ...headers }, setupRequest: (request) => ({ ...request, body: tagBody(crowd.key, pick(crowd.visitorIds)) }) }],
  });
  const { total } = result.requests;
  const measured = { requests: total, seconds: result.duration, perSecond: total / result.duration, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
  return checked(measured, result.errors + result.timeouts + result.non2xx, url);
}

function checked(measured: Measured, failed: number, url: string): Measured {
  if (failed > 0 || measured.requests === 0) throw new Error(`${failed} of ${measured.requests} requests to ${url} failed: the figures would be worth nothing`);
  return measured;
}
