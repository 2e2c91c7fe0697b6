import type { Kysely } from "kysely";
import type { Write } from "../store.ts";
import type { Tables } from "../tables.ts";
import { unavailable } from "./errors.ts";

/** How long a write that may wait (counters, window states, routing marks) waits for others to share its transaction. */
const laterDelayMs = 25;

export interface Writer {
  write<T>(work: (tx: Write) => Promise<T>): Promise<T>;
  later(work: (tx: Write) => Promise<void>): void;
  lastWriteAt(): number;
  close(): Promise<void>;
}

/** A transaction per write; those that may wait go together, and one by one when one of them fails. */
export function createWriter(db: Kysely<Tables>, now: () => number): Writer {
  let waiting: ((tx: Write) => Promise<void>)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let lastWrite = 0;

  async function write<T>(work: (tx: Write) => Promise<T>): Promise<T> {
    try {
      const result = await db.transaction().execute(work);
      lastWrite = now();
      return result;
    } catch (error) {
      throw unavailable(error);
    }
  }

  async function flushAll(works: readonly ((tx: Write) => Promise<void>)[]): Promise<void> {
    const together = await write(async (tx) => {
      for (const work of works) await work(tx);
    }).then(
      () => true,
      () => false,
    );
    if (!together && works.length > 1) for (const work of works) await write(work).catch(() => {});
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const works = waiting;
    waiting = [];
    if (works.length > 0) flushing = flushing.then(() => flushAll(works));
    return flushing;
  }

  return {
    write,
    later: (work) => {
      waiting.push(work);
      timer ??= setTimeout(() => void flush(), laterDelayMs);
    },
    lastWriteAt: () => lastWrite,
    close: async () => {
      while (waiting.length > 0) await flush();
      await flushing;
    },
  };
}
