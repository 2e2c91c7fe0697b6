import { runQuery } from "./dialect.ts";
import { openReader } from "./open.ts";
import type { ReaderAnswer } from "./slow-reads.ts";

/** The process behind slow-reads.ts: one read-only connection, one query at a time. */
const db = openReader(process.argv[2] ?? "");

process.on("message", (query: { sql: string; parameters: readonly unknown[] }) => {
  let answer: ReaderAnswer;
  try {
    answer = { rows: runQuery(db, query).rows };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : "the read failed" };
  }
  process.send?.(answer);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true } satisfies ReaderAnswer);
