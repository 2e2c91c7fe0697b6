import type Database from "better-sqlite3";
import type { Kysely } from "kysely";
import { ApiError } from "../../core/errors.ts";
import { takeEventMark } from "../event-marks.ts";
import type { Tables } from "../tables.ts";
import { kyselyOver } from "./dialect.ts";

/** How long a write that may wait (counters, window states) waits for a commit to share. */
const laterDelayMs = 100;

interface Task {
  work: (tx: Kysely<Tables>) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

export interface Writer {
  /** The kysely of the writer's connection, inside a transaction only. */
  write<T>(work: (tx: Kysely<Tables>) => Promise<T>): Promise<T>;
  later(work: (tx: Kysely<Tables>) => Promise<void>): void;
  /** Asks for `flushGroup` at the end of this turn of the event loop. */
  wake(): void;
  lastWriteAt(): number;
  /** Flushes what waits, then refuses further work. */
  close(): Promise<void>;
}

/**
 * Group commit: all that came in during one turn of the event loop shares one transaction and one fsync.
 * `flushGroup` is the synchronous fast path (ingest) and owns its transaction; kysely tasks run after it, together
 * in one transaction with a savepoint each, so that one that fails takes nothing with it. `onCommit` runs before any caller hears of it.
 */
export function createWriter(db: Database.Database, now: () => number, flushGroup: () => void, onCommit: () => void, onEvents: () => void): Writer {
  const tx = kyselyOver(db);
  let tasks: Task[] = [];
  let waiting: Task[] = [];
  let laterTimer: NodeJS.Timeout | undefined;
  let scheduled = false;
  let running: Promise<void> | undefined;
  let lastWrite = 0;

  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  const savepoint = db.prepare("SAVEPOINT task");
  const release = db.prepare("RELEASE task");
  const undo = db.prepare("ROLLBACK TO task");

  function wake(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    if (running) return;
    flushGroup();
    if (tasks.length === 0) return;
    const batch = tasks.concat(waiting);
    tasks = [];
    waiting = [];
    running = runTasks(batch).finally(() => {
      running = undefined;
      wake();
    });
  }

  async function runTasks(batch: Task[]): Promise<void> {
    const done: (() => void)[] = [];
    try {
      begin.run();
      for (const task of batch) {
        savepoint.run();
        try {
          const value = await task.work(tx);
          release.run();
          done.push(() => task.resolve(value));
        } catch (error) {
          undo.run();
          release.run();
          done.push(() => task.reject(unavailable(error)));
        }
      }
      commit.run();
      onCommit();
      lastWrite = now();
    } catch (error) {
      if (db.inTransaction) rollback.run();
      for (const task of batch) task.reject(unavailable(error));
      return;
    }
    for (const settle of done) settle();
    if (takeEventMark(tx)) onEvents();
  }

  const add = (queue: Task[], work: Task["work"]) => new Promise<unknown>((resolve, reject) => queue.push({ work, resolve, reject }));

  return {
    write: <T>(work: (tx: Kysely<Tables>) => Promise<T>) => {
      const result = add(tasks, work) as Promise<T>;
      wake();
      return result;
    },
    later: (work) => {
      // Counters: a failure shows in health and in the next try's numbers, not to a caller who has gone.
      add(waiting, work).catch(() => {});
      laterTimer ??= setTimeout(() => {
        laterTimer = undefined;
        tasks = tasks.concat(waiting);
        waiting = [];
        wake();
      }, laterDelayMs);
    },
    wake,
    lastWriteAt: () => lastWrite,
    close: async () => {
      clearTimeout(laterTimer);
      tasks = tasks.concat(waiting);
      waiting = [];
      while (scheduled || running || tasks.length > 0) {
        wake();
        await new Promise((resolve) => setImmediate(resolve));
        await running;
      }
    },
  };
}

/** Errors of the database itself become STORE_UNAVAILABLE; what the work threw passes through. */
export function unavailable(error: unknown): unknown {
  if (error instanceof Error && "code" in error && typeof error.code === "string" && /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|NOMEM)/.test(error.code)) {
    return new ApiError("STORE_UNAVAILABLE", { cause: error });
  }
  return error;
}
