import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it has to reach; absent for what is only watched. */
  target?: { atMost: number } | { atLeast: number };
  /** How it came about: single rounds, rates, counts. */
  detail?: Record<string, unknown>;
}

const isMet = ({ value, target }: Figure) => (target === undefined ? null : "atMost" in target ? value <= target.atMost : value >= target.atLeast);

function show(value: number, unit: string): string {
  const text = Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value < 10 && unit !== "ms" ? 3 : 1);
  return unit === "" ? text : `${text} ${unit}`;
}

/** One table: what, measured, target, met or not. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { target, unit } = figure;
    const met = isMet(figure);
    return [
      figure.name,
      show(figure.value, unit),
      target === undefined ? "" : "atMost" in target ? `≤ ${show(target.atMost, unit)}` : `≥ ${show(target.atLeast, unit)}`,
      met === null ? "" : met ? "met" : "NOT MET",
    ];
  });
  const all = [["", "measured", "target", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("   ");
  return all.map(line).join("\n");
}

/** The figures of one stage, with when and on what they were measured. */
export interface Stage {
  name: string;
  figures: readonly Figure[];
  about: Record<string, unknown>;
}

/**
 * Writes the figures of the stages that ran, `order` saying which comes first. Those of other stages stay as an earlier run left them:
 * every ratio holds within its stage, where both sides were measured in turns.
 */
export function writeResults(file: string, ran: readonly Stage[], order: readonly string[]): void {
  const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30), node: process.version, platform: process.platform };
  const fresh = ran.map(({ name, about, figures }) => ({ name, at: new Date().toISOString(), machine, ...about, figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })) }));
  const former = existsSync(file) ? ((JSON.parse(readFileSync(file, "utf8")) as { stages?: { name: string }[] }).stages ?? []) : [];
  const kept = former.filter(({ name }) => !ran.some((stage) => stage.name === name));
  const stages = [...kept, ...fresh].toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ stages }, null, 2)}\n`);
}
