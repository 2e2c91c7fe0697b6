import type { Step } from "./contract.ts";

/** Paths of steps: `2`, or inside a branch `2.then.0`. */

/** The step at a path; undefined when there is none. */
export function stepAt(steps: readonly Step[], path: string): Step | undefined {
  const [list, i] = listOf(steps, path) ?? [];
  return list?.[i ?? -1];
}

/** Where to go after a step that is done (of a branch: with all of it); undefined at the end. */
export function pathAfter(steps: readonly Step[], path: string): string | undefined {
  for (let at: string | undefined = path; at !== undefined; at = parentOf(at)) {
    const next = at.replace(/\d+$/, (i) => String(Number(i) + 1));
    if (stepAt(steps, next)) return next;
  }
  return undefined;
}

/** Where a branch leads to: the first step of the side that was taken, or what comes after the branch. */
export function pathInto(steps: readonly Step[], path: string, side: "then" | "else"): string | undefined {
  const inner = `${path}.${side}.0`;
  return stepAt(steps, inner) ? inner : pathAfter(steps, path);
}

/** Whether the way to a step is the same in both: every step before it, on each level, does the same. */
export function sameWay(before: readonly Step[], after: readonly Step[], path: string): boolean {
  for (let at: string | undefined = path; at !== undefined; at = parentOf(at)) {
    const [old, i = -1] = listOf(before, at) ?? [];
    const [now] = listOf(after, at) ?? [];
    for (let k = 0; k <= i; k++) if (old?.[k] === undefined || old[k]?.do !== now?.[k]?.do) return false;
  }
  return true;
}

/** Every step with its path, in the order in which they are written. */
export function allSteps(steps: readonly Step[], at = ""): { path: string; step: Step }[] {
  return steps.flatMap((step, i) => {
    const path = `${at}${i}`;
    return [{ path, step }, ...(step.do === "branch" ? [...allSteps(step.then, `${path}.then.`), ...allSteps(step.else ?? [], `${path}.else.`)] : [])];
  });
}

/** The branch around a step: `2.then.0` → `2`. */
const parentOf = (path: string): string | undefined => (path.includes(".") ? path.replace(/\.(then|else)\.\d+$/, "") : undefined);

function listOf(steps: readonly Step[], path: string): [readonly Step[], number] | undefined {
  const parts = path.split(".");
  let list = steps;
  for (let i = 0; i + 2 < parts.length; i += 2) {
    const step: Step | undefined = list[Number(parts[i])];
    if (step?.do !== "branch") return undefined;
    list = (parts[i + 1] === "then" ? step.then : step.else) ?? [];
  }
  return [list, Number(parts.at(-1))];
}
