import Database from "better-sqlite3";
import { join } from "node:path";
import { memoryBytes, type ServerProcess, type Site } from "../test/faults/process.ts";
import type { Crowd, Generator, Measured } from "./load.ts";
import type { Figure } from "./report.ts";

export interface Rounds {
  count: number;
  seconds: number;
}

/** What one server reached, and what it was compared with. */
export interface Throughput {
  ratio: number;
  perSecond: number;
  detail: Record<string, unknown>;
}

export const medianOf = (values: readonly number[]): number => quantileOf(values, 0.5);

export function quantileOf(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/**
 * Requests a second of the server by those of the baseline, in turns (A B A B …), so that both see the same machine; the
 * median of the rounds' ratios.
 */
export async function compare(generator: Generator, server: ServerProcess, baseline: ServerProcess, crowd: Crowd, connections: number, rounds: Rounds): Promise<Throughput & { requests: number }> {
  const measured: { ours: Measured; bare: Measured; ratio: number }[] = [];
  const warm = { connections, seconds: Math.min(2, rounds.seconds) };
  let { requests } = await generator.measure(server.url, crowd, warm);
  await generator.measure(baseline.url, crowd, warm);
  for (let round = 0; round < rounds.count; round++) {
    const ours = await generator.measure(server.url, crowd, { connections, seconds: rounds.seconds });
    const bare = await generator.measure(baseline.url, crowd, { connections, seconds: rounds.seconds });
    requests += ours.requests;
    measured.push({ ours, bare, ratio: ours.perSecond / bare.perSecond });
  }
  const perSecond = medianOf(measured.map((m) => m.ours.perSecond));
  const detail = {
    perSecond: Math.round(perSecond),
    barePerSecond: Math.round(medianOf(measured.map((m) => m.bare.perSecond))),
    rounds: measured.map((m) => ({ ours: Math.round(m.ours.perSecond), bare: Math.round(m.bare.perSecond), ratio: Number(m.ratio.toFixed(3)) })),
  };
  return { ratio: medianOf(measured.map((m) => m.ratio)), perSecond, detail, requests };
}

/** The slowest hundredth of the answers at half of what the server can do. */
export async function atHalfLoad(generator: Generator, server: ServerProcess, crowd: Crowd, maxPerSecond: number, seconds: number): Promise<{ measured: Measured; asked: number }> {
  const asked = Math.round(maxPerSecond / 2);
  return { asked, measured: await generator.measure(server.url, crowd, { connections: 64, seconds, perSecond: asked }) };
}

/** Every acknowledged request must be a row: a figure of lost signals would be worth nothing. */
export function assertStored(site: Site, atLeast: number): number {
  const db = new Database(join(site.dataDir, "owlbound.db"), { readonly: true });
  const stored = db.prepare<[], number>("SELECT count(*) FROM signals").pluck().get() ?? 0;
  db.close();
  if (stored < atLeast) throw new Error(`${atLeast} signals were acknowledged, ${stored} are stored`);
  return stored;
}

export function memoryFigure(name: string, server: ServerProcess, which: "VmRSS" | "VmHWM"): Figure[] {
  const bytes = memoryBytes(server.pid, which);
  return bytes === undefined ? [] : [{ name, value: bytes / 2 ** 20, unit: "MB" }];
}
