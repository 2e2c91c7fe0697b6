/**
 * Measures what is promised, prints one table, writes what each stage found to bench/results.json.
 *   npm run bench                              everything, about two hours on a quiet machine
 *   npm run bench -- --quick                   short rounds, fewer stored signals
 *   npm run bench -- --only tag,ingest         some of: tag, ingest, feed, start, workflows, api, stored, import
 *   npm run bench -- --stored 1000000          how many signals the full store holds (3,000,000)
 *   npm run bench -- --only api --keep FOLDER  fills the stores of the api stage there once, and finds them there the next time
 * Quick runs, and runs of another size, write to .cache/bench.json: the figures that are kept come from whole stages.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../test/faults/process.ts";
import { findGenerator } from "./load.ts";
import { type Figure, type Stage, tableOf, writeResults } from "./report.ts";
import { type Fresh, measureFeed, measureFiles, measureIngest, measureStart, measureTag, type Plan } from "./stages.ts";
import { measureApi } from "./api-stage.ts";
import { measureWorkflows } from "./workflows.ts";

const stageNames = ["tag", "ingest", "feed", "start", "workflows", "api", "stored", "import"] as const;

const { values } = parseArgs({ options: { quick: { type: "boolean" }, only: { type: "string" }, stored: { type: "string" }, keep: { type: "string" } } });
const quick = values.quick === true;
const chosen = new Set(values.only?.split(",") ?? stageNames.filter((name) => !quick || name !== "stored"));
for (const name of chosen) if (!stageNames.some((known) => known === name)) throw new Error(`--only takes ${stageNames.join(", ")}`);

const generator = await findGenerator();
const plan: Plan = {
  generator,
  rounds: quick ? { count: 2, seconds: 2 } : { count: 7, seconds: 5 },
  halfLoadSeconds: quick ? 3 : 20,
  feedCount: quick ? 50 : 300,
  importCount: quick ? 10_000 : 100_000,
  storedCount: Number(values.stored ?? (quick ? 100_000 : 3_000_000)),
  workflowSeconds: quick ? 5 : 30,
  runCount: quick ? 2000 : 20_000,
  routedCount: quick ? 4000 : 40_000,
  apiCounts: quick ? { contacts: 20_000, signals: 60_000 } : { contacts: 1_000_000, signals: 3_000_000 },
  keepIn: values.keep,
  apiRounds: quick ? 3 : 11,
  backtestCount: quick ? 20_000 : 100_000,
  say: (text) => void process.stderr.write(`  ${text}\n`),
};

const ran: Stage[] = [];
let fresh: Fresh | undefined;
const stages: [(typeof stageNames)[number], () => Promise<Figure[]>][] = [
  ["tag", measureTag],
  ["start", measureStart],
  ["feed", () => measureFeed(plan)],
  ["ingest", ingest],
  ["workflows", () => measureWorkflows(plan)],
  ["api", () => measureApi(plan)],
  // Only a run of its own says what a new store reaches on this machine, now.
  ["stored", async () => [...(fresh ? [] : await ingest()), ...(await measureIngest(plan, fresh)).figures]],
  ["import", () => measureFiles(plan)],
];
const file = quick || values.stored !== undefined ? ".cache/bench.json" : "bench/results.json";
for (const [name, measure] of stages) {
  if (!chosen.has(name)) continue;
  plan.say(`${name} …`);
  ran.push({ name, figures: await measure(), about: { generator: generator.name, rounds: plan.rounds, quick } });
  // After each stage: a later one that fails takes nothing with it.
  writeResults(join(root, file), ran, stages.map(([stage]) => stage));
}

process.stdout.write(`\n${tableOf(ran.flatMap(({ figures }) => figures))}\n`);
process.stdout.write(`\n${file} is written.\n`);

async function ingest(): Promise<Figure[]> {
  const { figures: found, reached } = await measureIngest(plan);
  fresh = reached;
  return found;
}
