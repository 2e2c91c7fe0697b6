import { setImmediate } from "node:timers/promises";
import type { Ctx } from "../../store/context.ts";
import type { CompanyRow, ContactRow } from "../../store/tables.ts";
import type { Definition } from "./contract.ts";
import { definitionOf, getProfileRow, getVersion } from "./profiles.ts";
import { selectByStatus, selectCompaniesById, selectOwnSignals } from "./queries.ts";
import { daysLooked, scoreNow } from "./service.ts";

const dayMs = 86_400_000;
/** Contacts that one call looks at: time and memory stay bounded on any workspace. */
const contactsMax = 2000;
const atOnce = 25;
const statuses = ["converted", "replied", "lost"] as const;
const thresholds = [10, 20, 30, 40, 50, 60, 70, 80, 90];

interface Outcome {
  score: number;
  won: boolean;
}

/**
 * How a profile tells contacts that converted or replied from lost ones, as of today. Of more contacts than it looks at, the newest
 * of all three together, so that their shares stay what they are. Pauses between pieces of work.
 */
export async function backtestProfile(ctx: Ctx, id: string, version?: number) {
  const workspaceId = ctx.workspace.id;
  const row = await getProfileRow(ctx.store.read, workspaceId, id);
  const chosen = version ?? row.version;
  const definition = definitionOf({ definition: await getVersion(ctx.store.read, workspaceId, id, chosen) });
  const found = (await Promise.all(statuses.map((status) => selectByStatus(ctx.store.slow, workspaceId, status, contactsMax + 1)))).flat();
  const contacts = found.toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, contactsMax);
  const count = (status: string) => contacts.filter((contact) => contact.status === status).length;
  return {
    icpProfileId: id,
    version: chosen,
    looked: { converted: count("converted"), replied: count("replied"), lost: count("lost") },
    truncated: found.length > contactsMax,
    ...figuresOf(await outcomesOf(ctx, definition, contacts)),
  };
}

async function outcomesOf(ctx: Ctx, definition: Definition, contacts: readonly ContactRow[]): Promise<Outcome[]> {
  const workspaceId = ctx.workspace.id;
  const now = ctx.clock.now();
  const since = now - daysLooked(definition) * dayMs;
  const companies = await companiesOf(ctx, contacts);
  const outcomes: Outcome[] = [];
  for (let i = 0; i < contacts.length; i += atOnce) {
    const some = contacts.slice(i, i + atOnce);
    const signals = await Promise.all(some.map((contact) => selectOwnSignals(ctx.store.slow, workspaceId, contact.id, since)));
    for (const [at, contact] of some.entries()) {
      const { score } = scoreNow(definition, now, contact, companies.get(contact.company_id ?? ""), signals[at] ?? []);
      outcomes.push({ score, won: contact.status !== "lost" });
    }
    await setImmediate();
  }
  return outcomes;
}

async function companiesOf(ctx: Ctx, contacts: readonly ContactRow[]): Promise<Map<string, CompanyRow>> {
  const ids = [...new Set(contacts.flatMap(({ company_id }) => (company_id === null ? [] : [company_id])))];
  const rows: CompanyRow[] = [];
  for (let i = 0; i < ids.length; i += 500) rows.push(...(await selectCompaniesById(ctx.store.slow, ctx.workspace.id, ids.slice(i, i + 500))));
  return new Map(rows.map((row) => [row.id, row]));
}

/** What the outcomes say; null where there is nothing to divide by. */
export function figuresOf(outcomes: readonly Outcome[]) {
  const won = outcomes.filter((outcome) => outcome.won);
  const lost = outcomes.filter((outcome) => !outcome.won);
  const baseRate = share(won.length, outcomes.length);
  const average = (of: readonly Outcome[]) => share(of.reduce((sum, { score }) => sum + score, 0), of.length);
  const within = (of: readonly Outcome[], from: number, to: number) => of.filter(({ score }) => score >= from && score <= to).length;
  return {
    baseRate,
    averageScore: { won: average(won), lost: average(lost) },
    distribution: Array.from({ length: 10 }, (_, i) => ({ from: i * 10, to: i === 9 ? 100 : i * 10 + 9 })).map((range) => ({ ...range, won: within(won, range.from, range.to), lost: within(lost, range.from, range.to) })),
    thresholds: thresholds.map((score) => {
      const hits = within(won, score, 100);
      const selected = hits + within(lost, score, 100);
      const precision = share(hits, selected);
      return { score, selected, won: hits, precision, recall: share(hits, won.length), lift: precision === null || baseRate === null || baseRate === 0 ? null : round(precision / baseRate) };
    }),
  };
}

const share = (part: number, whole: number) => (whole === 0 ? null : round(part / whole));
const round = (n: number) => Math.round(n * 10_000) / 10_000;
