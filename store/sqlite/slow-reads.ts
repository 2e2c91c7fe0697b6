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

export type ReaderAnswer = { rows: unknown[] } | { error: string };

export interface SlowReads {
  db: Kysely<Tables>;
  close(): void;
}

/**
 * Long reads in a process of their own, one at a time: ingest never waits for them, and one that runs past `limitMs`
 * is ended with its process. A thread can't be: better-sqlite3 has no interrupt, and a worker stuck in native code
 * outlives terminate(). A killed reader holds nothing: the system drops its locks (docs/decisions/0003).
 */
export function createSlowReads(file: string, limitMs: number): SlowReads {
  const queue: Waiting[] = [];
  let child: ChildProcess | undefined;
  let current: Waiting | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function settle(act: (w: Waiting) => void): void {
    clearTimeout(timer);
    const done = current;
    current = undefined;
    if (done) act(done);
    next();
  }

  function start(): ChildProcess {
    const reader = fork(fileURLToPath(new URL("./slow-reader.ts", import.meta.url)), [file], { serialization: "advanced" });
    reader.unref();
    reader.channel?.unref();
    reader.on("message", (answer: ReaderAnswer) => settle((w) => ("rows" in answer ? w.resolve(answer.rows) : w.reject(new Error(answer.error)))));
    reader.on("exit", () => {
      if (child !== reader) return;
      child = undefined;
      if (current) settle((w) => w.reject(new ApiError("STORE_UNAVAILABLE", { message: "The read was ended. Ask for a shorter time range or fewer rows." })));
    });
    reader.on("error", () => reader.kill("SIGKILL"));
    return reader;
  }

  function next(): void {
    if (current || closed) return;
    current = queue.shift();
    if (!current) return;
    child ??= start();
    timer = setTimeout(() => child?.kill("SIGKILL"), limitMs);
    child.send({ sql: current.sql, parameters: current.parameters });
  }

  const run = (sql: string, parameters: readonly unknown[]) =>
    new Promise<unknown[]>((resolve, reject) => {
      if (queue.length >= 100) return reject(new ApiError("STORE_UNAVAILABLE", { message: "Too many long reads are waiting." }));
      queue.push({ sql, parameters, resolve, reject });
      next();
    });

  return {
    db: kyselyWith(async (query): Promise<QueryResult<unknown>> => ({ rows: await run(query.sql, query.parameters) })),
    close: () => {
      closed = true;
      clearTimeout(timer);
      child?.kill("SIGKILL");
    },
  };
}
