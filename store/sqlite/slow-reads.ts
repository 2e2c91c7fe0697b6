import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Kysely, QueryResult } from "kysely";
import { ApiError } from "../../core/errors.ts";
import type { Tables } from "../tables.ts";
import { kyselyWith } from "./dialect.ts";

interface Waiting {
  sql: string;
  parameters: readonly unknown[];
  resolve: (rows: unknown[]) => void;
  reject: (error: unknown) => void;
}

export type ReaderAnswer = { ready: true } | { rows: unknown[] } | { error: string };

export interface SlowReads {
  db: Kysely<Tables>;
  close(): void;
}

const waitingMax = 100;
/** A second process starts once the first has been at one read for so long while others wait. */
const growAfterMs = 50;
const readersMax = 2;
/** While signals pour in, a reader rests so many times as long as it worked: readers and ingest share a machine. */
const restFactor = 2;

interface Reader {
  child: ChildProcess | undefined;
  /** Its process has started; until then no read of it can be late. */
  ready: boolean;
  current: Waiting | undefined;
  since: number;
  resting: boolean;
  /** Of the limit of its read, or of its rest. */
  timer: NodeJS.Timeout | undefined;
}

/**
 * Long reads in processes of their own, one at a time in each: ingest never waits for them, nor do short ones for long, and one that
 * runs past `limitMs` is ended with its process. A thread can't be: better-sqlite3 has no interrupt, and a worker stuck in native code
 * outlives terminate(). A killed reader holds nothing: the system drops its locks (docs/decisions/0003).
 */
export function createSlowReads(file: string, limitMs: number, ingestIsBusy: () => boolean): SlowReads {
  const queue: Waiting[] = [];
  const readers: Reader[] = [newReader()];
  let growing: NodeJS.Timeout | undefined;
  let closed = false;

  function settle(reader: Reader, act: (w: Waiting) => void): void {
    clearTimeout(reader.timer);
    const done = reader.current;
    reader.current = undefined;
    if (reader.child) holdProcess(reader.child, false);
    if (done) act(done);
    if (ingestIsBusy()) rest(reader, restFactor * (performance.now() - reader.since));
    next();
  }

  function rest(reader: Reader, forMs: number): void {
    reader.resting = true;
    reader.timer = setTimeout(() => {
      reader.resting = false;
      next();
    }, forMs);
  }

  function start(reader: Reader): ChildProcess {
    const child = fork(fileURLToPath(new URL("./slow-reader.ts", import.meta.url)), [file], { serialization: "advanced" });
    child.on("message", (answer: ReaderAnswer) => {
      if ("ready" in answer) {
        reader.ready = true;
        if (reader.current) begin(reader, child, reader.current);
      } else {
        settle(reader, (w) => ("rows" in answer ? w.resolve(answer.rows) : w.reject(new Error(answer.error))));
      }
    });
    child.on("exit", () => {
      if (reader.child !== child) return;
      reader.child = undefined;
      reader.ready = false;
      if (reader.current) settle(reader, (w) => w.reject(new ApiError("STORE_UNAVAILABLE", { message: "The read was ended. Ask for a shorter time range or fewer rows." })));
    });
    child.on("error", () => child.kill("SIGKILL"));
    return child;
  }

  function begin(reader: Reader, child: ChildProcess, { sql, parameters }: Waiting): void {
    reader.since = performance.now();
    reader.timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
    child.send({ sql, parameters });
  }

  function next(): void {
    if (closed) return;
    for (const reader of readers) {
      if (reader.current || reader.resting) continue;
      const query = queue.shift();
      if (!query) return;
      reader.current = query;
      reader.since = performance.now();
      reader.child ??= start(reader);
      holdProcess(reader.child, true);
      if (reader.ready) begin(reader, reader.child, query);
    }
    if (queue.length > 0 && readers.length < readersMax && !ingestIsBusy()) grow();
  }

  function grow(): void {
    const leftMs = growAfterMs - (performance.now() - Math.min(...readers.map(({ since }) => since)));
    if (leftMs <= 0) {
      readers.push(newReader());
      next();
      return;
    }
    growing ??= setTimeout(() => {
      growing = undefined;
      next();
    }, leftMs).unref();
  }

  const run = (sql: string, parameters: readonly unknown[]) =>
    new Promise<unknown[]>((resolve, reject) => {
      if (queue.length >= waitingMax) return reject(new ApiError("STORE_UNAVAILABLE", { message: "Too many long reads are waiting." }));
      queue.push({ sql, parameters, resolve, reject });
      next();
    });

  return {
    db: kyselyWith(async (query): Promise<QueryResult<unknown>> => ({ rows: await run(query.sql, query.parameters) })),
    close: () => {
      closed = true;
      clearTimeout(growing);
      for (const reader of readers) {
        clearTimeout(reader.timer);
        reader.child?.kill("SIGKILL");
      }
    },
  };
}

/** Whether this process goes on for a reader's sake: while somebody waits for its answer it has to, idle ones keep nobody. */
function holdProcess(child: ChildProcess, hold: boolean): void {
  for (const handle of [child, child.channel]) {
    if (hold) handle?.ref();
    else handle?.unref();
  }
}

const newReader = (): Reader => ({ child: undefined, ready: false, current: undefined, since: 0, resting: false, timer: undefined });
