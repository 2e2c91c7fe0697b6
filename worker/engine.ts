import { setTimeout as delay } from "node:timers/promises";
import { type Claimed, claimRuns, isRunDue, renewClaims } from "../api/runs/index.ts";
import type { Work } from "../store/work.ts";
import { startLooker } from "./looker.ts";
import { runWorkflow } from "./run-workflow.ts";

const lookEveryMs = 250;
const renewEveryMs = 10_000;
/** Runs at work in this process at once; most of them wait for a far side. */
const runsMax = 400;
const claimMax = 100;
/** A stop waits this long for far sides; their runs are taken up again under the same idempotency keys. */
const stopLimitMs = 7000;

export interface Engine {
  /** How many more runs this process can take. */
  room(): number;
  /** Starts runs that this process claimed, right now. */
  take(claimed: readonly Claimed[]): void;
  /** Says that a run may be due. */
  wake(): void;
  stop(): Promise<void>;
}

/** Carries runs: those it is handed at once, and by looks at the store those whose time has come or whose holder went silent. */
export function startEngine(work: Work): Engine {
  const running = new Map<string, { claimed: Claimed; since: number; done: Promise<void> }>();

  const room = () => (looker.stopped() ? 0 : runsMax - running.size);

  function take(claimed: readonly Claimed[]): void {
    for (const one of claimed) {
      const key = `${one.workspaceId} ${one.id}`;
      const done = runWorkflow(work, one, looker.stopped).finally(() => {
        running.delete(key);
        // More may wait than could be taken.
        if (running.size === runsMax - 1) looker.wake();
      });
      running.set(key, { claimed: one, since: work.clock.now(), done });
    }
  }

  async function look(): Promise<void> {
    const { store, clock } = work;
    while (room() > 0 && (await isRunDue(store.read, clock.now()))) {
      const claimed = await claimRuns(store, clock.now(), Math.min(room(), claimMax));
      if (claimed.length === 0) return;
      take(claimed);
    }
  }

  async function renew(): Promise<void> {
    const now = work.clock.now();
    const old = [...running.values()].filter(({ since }) => since < now - renewEveryMs).map(({ claimed }) => claimed);
    if (old.length > 0) await work.store.write((tx) => renewClaims(tx, old, now));
  }

  const looker = startLooker(look, lookEveryMs, (error) => work.log.warn({ err: error }, "runs could not be looked for; tried again"));
  const renewal = setInterval(() => void renew().catch((error: unknown) => work.log.warn({ err: error }, "runs' leases could not be renewed; tried again")), renewEveryMs).unref();
  return {
    room,
    take,
    wake: looker.wake,
    stop: async () => {
      clearInterval(renewal);
      await looker.stop();
      await Promise.race([Promise.all([...running.values()].map(({ done }) => done)), delay(stopLimitMs, undefined, { ref: false })]);
    },
  };
}
