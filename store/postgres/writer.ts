import { setTimeout as delay } from "node:timers/promises";
import type { Kysely } from "kysely";
import { takeEventMark } from "../event-marks.ts";
import type { Tables } from "../tables.ts";
import type { Database } from "./database.ts";
import { kyselyOver } from "./dialect.ts";
import { isConflict, unavailable } from "./failures.ts";

const laterDelayMs = 25;
const conflictTries = 3;

type Work<T> = (tx: Kysely<Tables>) => Promise<T>;

export interface Writer {
  write<T>(work: Work<T>): Promise<T>;
  later(work: Work<void>): void;
  lastWriteAt(): number;
  /** Writes what waits and waits for what runs. */
  close(): Promise<void>;
}

/** Each write is a transaction of its own; those that may wait share one, with a savepoint each. */
export function createWriter(db: Database, now: () => number, onEvents: () => void): Writer {
  const running = new Set<Promise<unknown>>();
  let waiting: Work<void>[] = [];
  let timer: NodeJS.Timeout | undefined;
  let lastWrite = 0;

  async function attempt<T>(work: Work<T>): Promise<T> {
    for (let left = conflictTries; ; left--) {
      let cause: unknown;
      try {
        let recorded = false;
        const value = await db.transaction(async (session) => {
          const tx = kyselyOver(session);
          const result = await work(tx).catch((error: unknown) => Promise.reject((cause = error)));
          recorded = takeEventMark(tx);
          return result;
        });
        lastWrite = now();
        if (recorded) onEvents();
        return value;
      } catch (error) {
        if (left <= 1 || !(isConflict(error) || isConflict(cause instanceof Error ? cause.cause : undefined))) throw unavailable(error);
        await delay(10);
      }
    }
  }

  function write<T>(work: Work<T>): Promise<T> {
    const done = attempt(work);
    running.add(done);
    const forget = () => void running.delete(done);
    done.then(forget, forget);
    return done;
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    const done: Promise<unknown> = db
      .transaction(async (session) => {
        const tx = kyselyOver(session);
        for (const work of group) {
          await session.query("SAVEPOINT task");
          await work(tx).then(
            () => session.query("RELEASE task"),
            () => session.query("ROLLBACK TO task"),
          );
        }
      })
      .then(() => (lastWrite = now()))
      // Counters: a failure shows in health and in the next try's numbers, not to a caller who has gone.
      .catch(() => {})
      .finally(() => running.delete(done));
    running.add(done);
  }

  return {
    write,
    later: (work) => {
      waiting.push(work);
      timer ??= setTimeout(flush, laterDelayMs);
    },
    lastWriteAt: () => lastWrite,
    close: async () => {
      flush();
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
