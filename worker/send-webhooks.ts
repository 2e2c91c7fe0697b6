import { claimDeliveries, type Lane, nextDueLane, sendDelivery } from "../api/webhooks/index.ts";
import type { Work } from "../store/work.ts";
import { startLooker } from "./looker.ts";

const lookEveryMs = 250;
/** At once, in this process. A slow receiver fills its own places and nobody else's. */
const perWebhook = 4;
const perWorkspace = 32;
const inAll = 256;
const stopLimitMs = 4000;
const none = { webhook: undefined, deliveries: [] };

/**
 * Sends what is due until stopped; `stop` waits for what is on its way. A delivery is its own queue entry: claimed for a time, and due
 * again by itself when its process died. Webhooks take turns; those of one are begun in the order in which they came.
 */
export function startSender(work: Work): { wake(): void; stop(): Promise<void> } {
  const running = new Set<Promise<void>>();
  const busy = new Map<string, number>();

  const count = (key: string) => busy.get(key) ?? 0;
  const add = (key: string, n: number) => {
    const left = count(key) + n;
    if (left === 0) busy.delete(key);
    else busy.set(key, left);
  };
  const freeIn = (lane: Lane) => Math.min(perWebhook - count(lane.webhookId), perWorkspace - count(`of ${lane.workspaceId}`), inAll - running.size);

  /** Fills a webhook's free places; each that becomes free is filled again at once. */
  async function fill(lane: Lane): Promise<void> {
    const free = freeIn(lane);
    if (looker.stopped() || free <= 0) return;
    // Taken before the claim, so that two looks at the same moment share the places.
    add(lane.webhookId, free);
    add(`of ${lane.workspaceId}`, free);
    const { webhook, deliveries } = await claimDeliveries(work, lane, free).catch((error: unknown) => {
      work.log.warn({ err: error }, "deliveries could not be claimed; tried again");
      return none;
    });
    const release = (n: number) => {
      add(lane.webhookId, -n);
      add(`of ${lane.workspaceId}`, -n);
    };
    release(free - deliveries.length);
    if (!webhook) return;
    for (const delivery of deliveries) {
      const done: Promise<void> = sendDelivery(work, webhook, delivery)
        // Claimed for a time only: it is tried again.
        .catch((error: unknown) => work.log.warn({ err: error, delivery: delivery.id }, "a delivery's outcome could not be written down"))
        .finally(() => {
          running.delete(done);
          release(1);
          void fill(lane);
        });
      running.add(done);
    }
  }

  async function look(): Promise<void> {
    const now = work.clock.now();
    let lane: Lane = { workspaceId: "", webhookId: "" };
    for (;;) {
      const next = await nextDueLane(work.store.read, lane, now);
      if (!next || looker.stopped()) return;
      lane = next;
      if (next.due) await fill(next);
    }
  }

  const looker = startLooker(look, lookEveryMs, (error) => work.log.warn({ err: error }, "due deliveries could not be looked for; tried again"));
  return {
    wake: looker.wake,
    stop: async () => {
      await looker.stop();
      // What takes longer is given up: it is due again once its claim has run out.
      await Promise.race([Promise.all(running), new Promise((resolve) => setTimeout(resolve, stopLimitMs).unref())]);
    },
  };
}
