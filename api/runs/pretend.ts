import { evaluate, type Facts } from "../conditions/index.ts";
import { pathAfter, pathInto, type PlainStep, type Step, stepAt } from "../workflows/index.ts";
import { inputOf, waitMs } from "./input.ts";

export interface PlannedStep {
  path: string;
  do: Step["do"];
  /** Where a branch goes. */
  branch?: "then" | "else";
  /** As it would be rendered; null where a template can't be filled in, and then `problem` says why. */
  input: Record<string, unknown> | null;
  problem?: string;
  /** When it would be done, epoch ms: waits before it counted. */
  at: number;
}

/**
 * The steps that a run would take, in order, up to a `stop`, as the engine would walk the graph, but in memory: what a step changes
 * of the contact, later conditions and templates see. What only the outside can tell (what enrichment finds) stays as it is.
 */
export function pretend(steps: readonly Step[], start: Facts): PlannedStep[] {
  const planned: PlannedStep[] = [];
  let facts = start;
  let path: string | undefined = "0";
  for (let step = stepAt(steps, path); path !== undefined && step; step = path === undefined ? undefined : stepAt(steps, path)) {
    if (step.do === "branch") {
      const branch = evaluate(step.where, facts) ? "then" : "else";
      planned.push({ path, do: "branch", branch, input: {}, at: facts.now });
      path = pathInto(steps, path, branch);
      continue;
    }
    planned.push({ path, do: step.do, at: facts.now, ...rendered(step, facts) });
    if (step.do === "stop") return planned;
    facts = after(step, facts);
    path = pathAfter(steps, path);
  }
  return planned;
}

function rendered(step: PlainStep, facts: Facts): Pick<PlannedStep, "input" | "problem"> {
  try {
    return { input: inputOf(step, facts) };
  } catch (error) {
    return { input: null, problem: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
}

/** The facts as a step leaves them. */
function after(step: PlainStep, facts: Facts): Facts {
  switch (step.do) {
    case "tag": {
      const old = (facts.contact?.["tags"] as string[] | undefined) ?? [];
      return withContact(facts, { tags: changedTags(old, step) });
    }
    case "set": {
      const attribute = /^attributes\.(.*)$/.exec(step.field)?.[1];
      if (attribute === undefined) return withContact(facts, { [step.field]: step.value });
      return withContact(facts, { attributes: changedAttributes(facts.contact?.["attributes"], attribute, step.value) });
    }
    case "score": {
      const score = facts.scores?.[step.icpProfileId];
      return score === undefined ? facts : { ...facts, score };
    }
    case "enroll":
      return { ...facts, enrollment: { id: null, sequenceId: step.sequenceId, status: "active", endReason: null } };
    case "unenroll":
      if (step.sequenceId !== undefined && facts.enrollment?.["sequenceId"] !== step.sequenceId) return facts;
      return { ...facts, enrollment: facts.enrollment && { ...facts.enrollment, status: "stopped" } };
    case "wait":
      return { ...facts, now: facts.now + waitMs(step) };
    default:
      return facts;
  }
}

const withContact = (facts: Facts, change: Record<string, unknown>): Facts => (facts.contact === null ? facts : { ...facts, contact: { ...facts.contact, ...change } });

/** Tags with those added that are not there yet (without regard to case), and others taken away. */
export function changedTags(old: readonly string[], { add = [], remove = [] }: { add?: readonly string[] | undefined; remove?: readonly string[] | undefined }): string[] {
  const lower = (tag: string) => tag.trim().toLowerCase();
  const gone = new Set(remove.map(lower));
  const kept = old.filter((tag) => !gone.has(lower(tag)));
  const there = new Set(kept.map(lower));
  for (const tag of add) {
    if (gone.has(lower(tag)) || there.has(lower(tag))) continue;
    there.add(lower(tag));
    kept.push(tag.trim());
  }
  return kept;
}

/** Attributes with one set, or taken away by null. */
export function changedAttributes(old: unknown, name: string, value: unknown): Record<string, unknown> {
  const rest = Object.entries(typeof old === "object" && old !== null ? old : {}).filter(([key]) => key !== name);
  return Object.fromEntries(value === null ? rest : [...rest, [name, value]]);
}
