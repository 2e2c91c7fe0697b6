import type { Store } from "../../store/store.ts";
import type { Parts } from "../http/context.ts";
import type { RunMark } from "./contract.ts";
import { selectRunMarks, selectStepMarks } from "./queries.ts";

/** Steps of a busy workflow come in bursts: what came together is read and sent once. */
const gatherMs = 60;
/** Runs that one message tells of; those beyond come with the next page. */
const burstMax = 200;

/** The runs of some signals (or some runs by id), with the steps that began. */
async function readRuns(store: Store, workspaceId: string, of: { signalIds: readonly string[] } | { runIds: readonly string[] }): Promise<RunMark[]> {
  const runs = await selectRunMarks(store.read, workspaceId, of);
  const steps = Map.groupBy(await selectStepMarks(store.read, workspaceId, runs.map((run) => run.id)), (step) => step.run_id);
  return runs.map((run) => ({
    runId: run.id,
    signalId: run.signal_id,
    workflow: run.name,
    status: run.status,
    error: run.error,
    steps: (steps.get(run.id) ?? []).map((step) => ({ path: step.path, do: step.action, status: step.status, error: step.error })),
  }));
}

export async function runsBySignal(store: Store, workspaceId: string, signalIds: readonly string[]): Promise<Map<string, RunMark[]>> {
  return Map.groupBy(await readRuns(store, workspaceId, { signalIds }), (run) => run.signalId);
}

/** Sends the runs of a workspace as they move, until stopped. */
export function watchRuns(parts: Parts, workspaceId: string, send: (runs: RunMark[]) => void, failed: () => void): () => void {
  const moved = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer = undefined;
    const runIds = [...moved].slice(0, burstMax);
    for (const id of runIds) moved.delete(id);
    if (moved.size > 0) timer = setTimeout(tell, gatherMs);
    readRuns(parts.store, workspaceId, { runIds }).then((runs) => runs.length > 0 && send(runs), failed);
  };
  const off = parts.runNews.on((id, runId) => {
    if (id !== workspaceId) return;
    moved.add(runId);
    timer ??= setTimeout(tell, gatherMs);
  });
  return () => {
    off();
    clearTimeout(timer);
  };
}
