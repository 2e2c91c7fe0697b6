import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { newSite, root, serve, type Site } from "../test/faults/process.ts";
import { clientOf, compareSizes, type Sized } from "./api.ts";
import { type Case, casesOf } from "./api-cases.ts";
import { measureDetail } from "./contact-detail.ts";
import { medianOf, memoryFigure } from "./ingest.ts";
import type { Figure } from "./report.ts";
import type { Plan } from "./stages.ts";
import { newTagId } from "./tag-body.ts";

const small = { contacts: 1000, signals: 3000 };
const searchers = 20;
const memoryMaxMb = 400;
const keptWhileSearched = 0.8;

/** The API over a large store: what each request costs there by what it costs in a small one, ingest while others search, memory throughout. */
export async function measureApi(plan: Plan): Promise<Figure[]> {
  const folder = plan.keepIn ?? mkdtempSync(join(tmpdir(), "owlbound-bench-"));
  const opened: Sized[] = [];
  const open = async (name: string, counts: typeof small): Promise<Sized> => {
    const site = await filledSite(plan, join(folder, name), counts);
    const sized = { site, server: await serve(site.dataDir) };
    opened.push(sized);
    return sized;
  };
  try {
    const [few, many] = [await open("small", small), await open("large", plan.apiCounts)];
    const figures = await compareSizes(few, many, plan.apiRounds);
    figures.push(...(await measureDetail(many, plan.rounds)), await ingestWhileSearched(plan, many));
    const [highest] = memoryFigure("memory of the API's server, highest", many.server, "VmHWM");
    return highest ? [...figures, { ...highest, target: { atMost: memoryMaxMb } }] : figures;
  } finally {
    await Promise.all(opened.map(({ server }) => server.kill("SIGTERM")));
    if (plan.keepIn === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** A store of that size: made now, or found where an earlier run kept it. */
async function filledSite(plan: Plan, folder: string, { contacts, signals }: typeof small): Promise<Site> {
  const keysFile = `${folder}.json`;
  if (existsSync(keysFile)) return JSON.parse(readFileSync(keysFile, "utf8")) as Site;
  const began = performance.now();
  mkdirSync(folder, { recursive: true });
  const site = await newSite(folder);
  const args = ["--data", site.dataDir, "--secret", site.secret, "--publishable", site.publishable, "--contacts", String(contacts), "--signals", String(signals)];
  await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "bench/seed-api.ts"), ...args], { cwd: root });
  writeFileSync(keysFile, JSON.stringify(site));
  plan.say(`${contacts.toLocaleString("en")} contacts and ${signals.toLocaleString("en")} signals in ${Math.round((performance.now() - began) / 1000)} s`);
  return site;
}

/** Signals a second while clients search without a pause, by those of a quiet server, in turns. */
async function ingestWhileSearched(plan: Plan, sized: Sized): Promise<Figure> {
  const crowd = { key: sized.site.publishable, visitorIds: Array.from({ length: 5000 }, () => newTagId(Date.now())) };
  const load = { connections: 64, seconds: plan.rounds.seconds };
  const measure = async () => (await plan.generator.measure(sized.server.url, crowd, load)).perSecond;
  await measure();
  const searches = casesOf(sized.site).filter(({ name }) => name.startsWith("search: "));
  const rounds: { quiet: number; searched: number; searches: number }[] = [];
  for (let round = 0; round < plan.rounds.count; round++) {
    const quiet = await measure();
    const search = startSearchers(sized, searches);
    const searched = await measure().finally(search.stop);
    rounds.push({ quiet: Math.round(quiet), searched: Math.round(searched), searches: await search.ended });
  }
  const value = medianOf(rounds.map(({ quiet, searched }) => searched / quiet));
  return { name: `ingest while ${searchers} clients search ÷ quiet`, value, unit: "", target: { atLeast: keptWhileSearched }, detail: { rounds } };
}

/** Clients that search one after another until they are stopped; `ended` says how many answers they got. */
function startSearchers(sized: Sized, searches: readonly Case[]): { stop(): void; ended: Promise<number> } {
  let stopped = false;
  let answered = 0;
  const work = Array.from({ length: searchers }, async (_, i) => {
    const client = clientOf(sized);
    for (let n = i; !stopped; n++) {
      const one = searches[n % searches.length];
      if (!one) break;
      await client.ask(one.next());
      answered += 1;
    }
    client.close();
  });
  return { stop: () => void (stopped = true), ended: Promise.all(work).then(() => answered) };
}
