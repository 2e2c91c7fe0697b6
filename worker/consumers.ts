import { importJob } from "../api/imports/index.ts";
import { inboundReplays } from "../api/inbound/index.ts";
import { backtestJob } from "../api/runs/index.ts";
import { webhookReplays } from "../api/webhooks/index.ts";
import { claim, claimableKinds, fail, finish, postpone, renewLease } from "../store/queue.ts";
import type { JobRow } from "../store/tables.ts";
import type { QueueHandler, Work } from "../store/work.ts";
import { startLooker } from "./looker.ts";
import { scheduleJob } from "./schedules.ts";
import { inboundPayloads } from "./take-in.ts";

const lookEveryMs = 250;

/** THE list of what consumes the durable queue, beside the router. */
export const consumers: readonly QueueHandler[] = [importJob, webhookReplays, inboundPayloads, inboundReplays, backtestJob, scheduleJob];

/**
 * Claims due jobs and hands them to their consumers until stopped; `stop` waits for what runs. A job that was queued in this
 * process starts at once (`wake`), others within the time between two looks; one of a process that died, once its lease has run out.
 */
export function startConsumers(work: Work, list: readonly QueueHandler[] = consumers): { wake(): void; stop(): Promise<void> } {
  const running = new Map<string, Set<Promise<void>>>(list.map(({ kind }) => [kind, new Set()]));

  async function look(): Promise<void> {
    const due = await claimableKinds(work.store, work.clock.now(), list.map(({ kind }) => kind));
    for (const handler of list) {
      const mine = running.get(handler.kind);
      const free = handler.concurrency - (mine?.size ?? 0);
      if (looker.stopped() || free <= 0 || !mine || !due.has(handler.kind)) continue;
      for (const job of await claim(work.store, handler.kind, work.clock.now(), free)) {
        const done: Promise<void> = runJob(work, handler, job).finally(() => {
          mine.delete(done);
          looker.wake();
        });
        mine.add(done);
      }
    }
  }

  const looker = startLooker(look, lookEveryMs, (error) => work.log.warn({ err: error }, "the queue could not be looked at; tried again"));
  return {
    wake: looker.wake,
    stop: async () => {
      await looker.stop();
      await Promise.all([...running.values()].flatMap((jobs) => [...jobs]));
    },
  };
}

/** One try of one job, and what became of it. Never throws. */
async function runJob(work: Work, handler: QueueHandler, job: JobRow): Promise<void> {
  const { store, clock, log } = work;
  try {
    const again = await handler.handle(work, job, () => renewLease(store, job, clock.now()));
    await store.write((tx) => (again ? postpone(tx, job, again) : finish(tx, job)));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    log.warn({ err: error, kind: job.kind, job: job.id, attempts: job.attempts + 1 }, "a job failed");
    try {
      const dead = await store.write((tx) => fail(tx, job, text, clock.now()));
      if (dead) await handler.dead?.(work, job, text);
    } catch (inner) {
      // The lease runs out, and somebody takes it up again.
      log.warn({ err: inner, job: job.id }, "a job's failure could not be written down");
    }
  }
}
