import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Store } from "../store/store.ts";
import { claimRouteJobs } from "../store/queue.ts";

const claimEveryMs = 5000;
const claimMax = 100;

/**
 * Routes stored signals: at once for what this process stored (it holds the lease), and by the durable queue for what
 * a crash left behind, once the lease has run out. Workflows hook in here; until then a signal is routed by being seen.
 */
export function startRouter(store: Store, clock: Clock, log: Log): { stop(): void } {
  const off = store.onStored((group) => {
    store.markRouted(group.batches).catch((error: unknown) => log.warn({ err: error }, "routing waits for the lease"));
  });
  const timer = setInterval(() => {
    claimRouteJobs(store, clock.now(), claimMax)
      .then((batches) => (batches.length > 0 ? store.markRouted(batches) : undefined))
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
