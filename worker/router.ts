import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { createSignalEvents } from "../api/webhooks/index.ts";
import { selectByIds } from "../store/by-ids.ts";
import type { Store } from "../store/store.ts";
import { claimRouteJobs } from "../store/queue.ts";

const claimEveryMs = 5000;
const claimMax = 100;

/**
 * Routes stored signals: at once for what this process stored (it holds the lease), and by the durable queue for what
 * a crash left behind, once the lease has run out. Workflows hook in here; until then a signal is routed by being seen.
 */
export function startRouter(store: Store, clock: Clock, log: Log): { stop(): void } {
  const noteSignals = createSignalEvents(store);
  const off = store.onStored((group) => {
    if (group.batches.length === 0) return;
    noteSignals(group.signals)
      .then(() => store.markRouted(group.batches))
      .catch((error: unknown) => log.warn({ err: error }, "routing waits for the lease"));
  });
  const routeLeft = async () => {
    const batches = await claimRouteJobs(store, clock.now(), claimMax);
    for (const { workspaceId, signalIds } of batches) await noteSignals(await selectByIds(store.read, "signals", workspaceId, signalIds));
    if (batches.length > 0) await store.markRouted(batches);
  };
  const timer = setInterval(() => {
    routeLeft()
      .catch((error: unknown) => log.warn({ err: error }, "routing of left batches failed; tried again"));
  }, claimEveryMs);
  timer.unref();
  return {
    stop: () => {
      off();
      clearInterval(timer);
    },
  };
}
