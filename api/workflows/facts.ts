import type { ContactRow, SignalRow } from "../../store/tables.ts";
import { type CountedSignal, daysNeeded, evaluate, type Facts, matchesGlob } from "../conditions/index.ts";
import type { Definition, Step, Trigger } from "./contract.ts";
import type { CountedRow } from "./queries.ts";

/** What conditions may look at, from rows that were read before. Companies and scores join when they are stored. */
export function factsOf(now: number, contact: ContactRow | undefined, signal: SignalRow | undefined, signals: readonly CountedSignal[]): Facts {
  return { now, contact: contact ? contactFacts(contact) : null, company: null, signal: signal ? signalFacts(signal) : null, enrollment: null, score: null, signals };
}

function contactFacts(row: ContactRow): Record<string, unknown> {
  return {
    id: row.id,
    firstName: row.first_name,
    lastName: row.last_name,
    email: row.email,
    phone: row.phone,
    linkedInUrl: row.linkedin_url,
    company: row.company,
    title: row.title,
    location: row.location,
    source: row.source,
    notes: row.notes,
    status: row.status,
    tags: JSON.parse(row.tags) as string[],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function signalFacts(row: SignalRow): Record<string, unknown> {
  return {
    type: row.type,
    priority: row.priority,
    source: row.source,
    notes: row.notes,
    page: row.page_path,
    referrer: row.referrer_name ?? row.referrer_kind,
    country: row.country,
    device: row.device,
    occurredAt: row.occurred_at,
    data: JSON.parse(row.data) as unknown,
  };
}

export const counted = (row: CountedRow): CountedSignal => ({ type: row.type, priority: row.priority, source: row.source, page: row.page_path, at: row.received_at });

/** Whether a signal is one that the trigger waits for; null when it waits for something else. */
export function triggerFits(trigger: Trigger, signal: SignalRow): boolean | null {
  if (trigger.on !== "signal") return null;
  const among = (list: readonly string[], value: string) => list.length === 0 || list.includes(value);
  return (
    signal.bot === null &&
    among(trigger.types, signal.type) &&
    among(trigger.priorities, signal.priority) &&
    among(trigger.sources, signal.source) &&
    (trigger.page === undefined || (signal.page_path !== null && matchesGlob(trigger.page, signal.page_path.slice(0, 2000))))
  );
}

export const holds = ({ where }: Definition, facts: Facts): boolean => where === null || evaluate(where, facts);

/** How many days of signals a definition's conditions count, those of branches included. */
export function daysOf({ where, steps }: Pick<Definition, "where" | "steps">): number {
  const inSteps = steps.map((step) => (step.do === "branch" ? Math.max(daysOf({ where: step.where, steps: step.then }), daysOf({ where: null, steps: step.else ?? [] })) : 0));
  return Math.max(0, where === null ? 0 : daysNeeded(where), ...inSteps);
}

export interface PlannedStep {
  path: string;
  do: Step["do"];
  branch?: "then" | "else";
}

/** The steps that would be taken, in order, up to a `stop`; branches go by the facts. */
export function planSteps(steps: readonly Step[], facts: Facts, at = ""): { planned: PlannedStep[]; stopped: boolean } {
  const planned: PlannedStep[] = [];
  for (const [i, step] of steps.entries()) {
    const path = `${at}${i}`;
    if (step.do !== "branch") planned.push({ path, do: step.do });
    if (step.do === "stop") return { planned, stopped: true };
    if (step.do !== "branch") continue;
    const branch = evaluate(step.where, facts) ? "then" : "else";
    const inner = planSteps(step[branch] ?? [], facts, `${path}.${branch}.`);
    planned.push({ path, do: "branch", branch }, ...inner.planned);
    if (inner.stopped) return { planned, stopped: true };
  }
  return { planned, stopped: false };
}
