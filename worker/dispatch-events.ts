import { webhookDeliveries } from "../api/webhooks/index.ts";
import { ApiError } from "../core/errors.ts";
import { type EventHandler, nextWaiting, takeEvents } from "../store/dispatch.ts";
import type { Work } from "../store/work.ts";
import { startLooker } from "./looker.ts";
import { workflowStarts } from "./start-by-events.ts";

/** Events of other processes, and those whose process died, wait this long at most. */
const lookEveryMs = 500;
/** Events of a transaction; ingest waits for it on SQLite. */
const batchMax = 200;
/** So often a handler may fail on one event before the event goes on without it. */
const triesMax = 5;
const pauseAfterFailureMs = 1000;

/** THE list of what happens because something happened. Order within a batch is theirs. */
export const eventHandlers: readonly EventHandler[] = [webhookDeliveries, workflowStarts];

/**
 * Hands events out until stopped, at once after the commits of this process. Workspaces take turns, so that a bulk import holds nobody up.
 * `stop` waits for what runs.
 */
export function startDispatch(work: Work, list: readonly EventHandler[] = eventHandlers): { wake(): void; stop(): Promise<void> } {
  const failures = new Map<string, number>();

  /** All workspaces in turn, one batch each, until nothing waits. */
  async function look(): Promise<void> {
    let after = "";
    while (!looker.stopped()) {
      const workspaceId = await nextWaiting(work.store.read, after);
      if (workspaceId !== undefined) await handOut(workspaceId);
      else if (after === "") return;
      after = workspaceId ?? "";
    }
  }

  async function handOut(workspaceId: string): Promise<void> {
    if (await attempt(workspaceId, batchMax)) return;
    // One of them may be the culprit: alone it harms no other.
    if (looker.stopped() || (await attempt(workspaceId, 1))) return;
    await new Promise((resolve) => setTimeout(resolve, pauseAfterFailureMs).unref());
  }

  async function attempt(workspaceId: string, max: number): Promise<boolean> {
    let at = "";
    try {
      const count = await work.store.write(async (tx) => {
        const batch = await takeEvents(tx, workspaceId, max);
        for (const handler of batch.events.length === 0 ? [] : list) {
          const single = max === 1 ? `${handler.name} ${batch.events[0]?.id}` : "";
          if ((failures.get(single) ?? 0) >= triesMax) continue;
          at = single;
          await handler.handle(work, tx, batch);
          at = "";
        }
        return batch.events.length;
      });
      if (max === 1) failures.clear();
      if (count > 0) work.wakeJobs();
      return true;
    } catch (error) {
      const tries = at === "" || isOutage(error) ? 0 : (failures.get(at) ?? 0) + 1;
      if (tries > 0) failures.set(at, tries);
      if (tries >= triesMax) work.log.error({ err: error, workspaceId, handler: at }, "an event goes on without a handler that keeps failing on it");
      else work.log.warn({ err: error, workspaceId, handler: at }, "events could not be handed out; tried again");
      return false;
    }
  }

  const off = work.store.onEvents(() => looker.wake());
  const looker = startLooker(look, lookEveryMs, (error) => work.log.warn({ err: error }, "events could not be looked for; tried again"));
  return {
    wake: looker.wake,
    stop: async () => {
      off();
      await looker.stop();
    },
  };
}

/** The store's own trouble is no fault of a handler. */
const isOutage = (error: unknown) => error instanceof ApiError && error.status >= 500;
