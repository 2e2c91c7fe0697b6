import { createWorkspace } from "../../api/keys/index.ts";
import { createWorkflow, setWorkflowStatus } from "../../api/workflows/service.ts";
import { WorkflowInput } from "../../api/workflows/contract.ts";
import type { Clock, fixedClock } from "../../core/clock.ts";
import { parseConfig } from "../../core/config.ts";
import { createLog } from "../../core/log.ts";
import { createNews } from "../../core/news.ts";
import { createSafeFetch } from "../../core/safe-fetch.ts";
import type { Ctx } from "../../store/context.ts";
import type { Store } from "../../store/store.ts";
import type { Work } from "../../store/work.ts";

/** What background work is handed, over a store of the test's. */
export function workOf(store: Store, clock: Clock): Work {
  return { store, clock, log: createLog("silent"), config: parseConfig({}, {}), secret: "s".repeat(32), outbound: createSafeFetch(["127.0.0.1"]), news: createNews(), runNews: createNews(), wakeJobs: () => {} };
}

/** A workspace, and short words for what its tests need, past the API. */
export async function newWorkspace(store: Store, clock: ReturnType<typeof fixedClock>) {
  const { id, name } = await createWorkspace(store, clock.now(), { name: "Acme" });
  const ctx: Ctx = { workspace: { id, name, plan: "unlimited", status: "active" }, actor: { kind: "system", id: "test" }, store, clock, log: createLog("silent") };
  const workflow = (input: object, active = true): Promise<string> =>
    store.write(async (tx) => {
      const made = await createWorkflow(ctx, tx, WorkflowInput.parse({ name: "W", trigger: { on: "signal" }, steps: [{ do: "task", title: "Call" }], cooldownHours: 0, ...input }));
      if (active) await setWorkflowStatus(ctx, tx, made.id, "active");
      return made.id;
    });
  const setStatus = (workflowId: string, status: "active" | "paused") => store.write((tx) => setWorkflowStatus(ctx, tx, workflowId, status));
  const runs = () => store.read.selectFrom("workflow_runs").selectAll().where("workspace_id", "=", id).orderBy("id").execute();
  return { ctx, id, workflow, setStatus, runs };
}
