import { type Claimed, needsOfSteps } from "../api/runs/index.ts";
import { definitionOf } from "../api/workflows/index.ts";
import { ApiError } from "../core/errors.ts";
import { boundedCache } from "../core/lru.ts";
import { getDefinition } from "../store/authored.ts";
import { contextOf, type Work } from "../store/work.ts";
import { outsides } from "./actions/index.ts";
import { breakOff, type Next, type Outcome, takeTurn } from "./turn.ts";
import type { Plan, PlanOf, Trace } from "./turn-state.ts";

const plansKept = 1000;
const plans = boundedCache<string, Plan>(plansKept);

/**
 * Takes a claimed run as far as it goes at once: to its end, a wait, or the next try of a step. Between two steps its state is in the
 * store, so that another process goes on from there. Never throws: what the store can't take now is taken up again when the lease ends.
 */
export async function runWorkflow(work: Work, claimed: Claimed, stopping: () => boolean): Promise<void> {
  const trace: Trace = { path: undefined };
  const ctx = await contextOf(work, claimed.workspaceId, { kind: "system", id: `run:${claimed.id}` }).catch(() => undefined);
  if (!ctx) return;
  try {
    let outcome: Outcome | undefined;
    for (;;) {
      const next: Next = await ctx.store.write((tx) => takeTurn(ctx, tx, claimed, planOf, trace, { outcome: outcome && copyOf(outcome), stopping: stopping() }));
      work.runNews.tell(claimed.workspaceId, claimed.id);
      if (next.kind === "over") return;
      outcome = next.kind === "outside" ? await perform(work, next) : undefined;
    }
  } catch (error) {
    if (error instanceof ApiError && error.code === "STORE_UNAVAILABLE") return void work.log.warn({ err: error, run: claimed.id }, "a run waits for the store");
    work.log.error({ err: error, run: claimed.id, step: trace.path }, "a run broke off; it is tried again");
    await ctx.store.write((tx) => breakOff(ctx, tx, claimed, planOf, trace, error)).then(() => work.runNews.tell(claimed.workspaceId, claimed.id)).catch((inner: unknown) => work.log.warn({ err: inner, run: claimed.id }, "a run waits for its lease to end"));
  }
}

/** A transaction may run twice: what it is handed stays as it is. */
const copyOf = (outcome: Outcome): Outcome => ({ ...outcome, row: { ...outcome.row } });

async function perform(work: Work, { row, call }: Extract<Next, { kind: "outside" }>): Promise<Outcome> {
  try {
    const outside = outsides[call.step.do];
    if (!outside) throw new Error(`nothing does ${call.step.do}`);
    return { path: row.path, row, result: { ok: true, output: await outside(work, call) } };
  } catch (error) {
    return { path: row.path, row, result: { ok: false, error } };
  }
}

/** Versions never change, so each is read once. */
const planOf: PlanOf = async (tx, run) => {
  const key = `${run.workspace_id} ${run.workflow_id} ${run.version}`;
  const known = plans.get(key);
  if (known) return known;
  const definition = definitionOf({ definition: await getDefinition(tx, "workflows", run.workspace_id, run.workflow_id, run.version) });
  const plan: Plan = { definition, needs: needsOfSteps(definition.steps) };
  plans.set(key, plan);
  return plan;
};
