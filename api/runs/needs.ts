import { daysNeeded, rootsOf } from "../conditions/index.ts";
import type { Definition, Step } from "../workflows/index.ts";

/** What has to be read before a condition or a template can be looked at. */
export interface Needs {
  roots: ReadonlySet<string>;
  /** Days of the contact's signals that are counted. */
  days: number;
}

const rootNames = ["company", "signal", "enrollment", "scores"] as const;

/** Of the condition that decides whether a run starts. */
export const needsOfWhere = ({ where }: Pick<Definition, "where">): Needs => ({ roots: where === null ? new Set() : rootsOf(where), days: where === null ? 0 : daysNeeded(where) });

/** Of everything that a run of a definition may look at. */
export function needsOfSteps(steps: readonly Step[]): Needs {
  const roots = new Set<string>();
  let days = 0;
  const visit = (step: Step): void => {
    if (step.do === "branch") {
      for (const root of rootsOf(step.where)) roots.add(root);
      days = Math.max(days, daysNeeded(step.where));
      for (const inner of [...step.then, ...(step.else ?? [])]) visit(inner);
      return;
    }
    const text = JSON.stringify(step);
    for (const root of rootNames) if (text.includes(root)) roots.add(root);
    // Its body tells of them.
    if (step.do === "webhook") for (const root of ["company", "signal"]) roots.add(root);
  };
  for (const step of steps) visit(step);
  return { roots, days };
}

/** Both together: what a backtest or a test looks at. */
export function needsOf(definition: Definition): Needs {
  const [where, steps] = [needsOfWhere(definition), needsOfSteps(definition.steps)];
  return { roots: new Set([...where.roots, ...steps.roots]), days: Math.max(where.days, steps.days) };
}
