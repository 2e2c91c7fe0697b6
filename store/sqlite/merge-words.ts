import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import type { Write } from "../store.ts";

const indexes = ["contact_words_index", "contact_pieces_index", "company_names_index"] as const;
/** FTS5 adds to an index in pieces, and each word is looked up in all of them; of more than so many one is made. */
const piecesMax = 4;
/** Of a step: a few ms of work, for which ingest waits. */
const pagesPerStep = 32;
const restMs = 10;
/** Of a call, so that a stop need not wait for it. */
const budgetMs = 2000;

/**
 * Makes one piece of each index of words that has come to many, step by step, each a write of its own. Ends after two seconds at the latest;
 * the next call goes on where it stopped. A search in an index of a million contacts takes half as long after it.
 */
export function createWordMerger(write: <T>(work: (tx: Write) => Promise<T>) => Promise<T>): () => Promise<void> {
  const merging = new Set<string>();
  return async () => {
    const until = performance.now() + budgetMs;
    for (const index of indexes) {
      if (!merging.has(index)) {
        if ((await write((tx) => countPieces(tx, index))) <= piecesMax) continue;
        await write((tx) => merge(tx, index, -pagesPerStep));
        merging.add(index);
      }
      while (performance.now() < until) {
        if (!(await write((tx) => merge(tx, index, pagesPerStep)))) {
          merging.delete(index);
          break;
        }
        await delay(restMs);
      }
    }
  };
}

async function countPieces(tx: Write, index: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(DISTINCT segid) AS n FROM ${sql.table(`${index}_idx`)}`.execute(tx);
  return rows[0]?.n ?? 0;
}

/** Whether there was anything to merge. Fewer than no pages: first all pieces are marked as to be merged (sqlite.org/fts5.html, the merge command). */
async function merge(tx: Write, index: string, pages: number): Promise<boolean> {
  const changes = async () => (await sql<{ n: number }>`SELECT total_changes() AS n`.execute(tx)).rows[0]?.n ?? 0;
  const before = await changes();
  await sql`INSERT INTO ${sql.table(index)} (${sql.ref(index)}, rank) VALUES ('merge', ${pages})`.execute(tx);
  return (await changes()) - before >= 2;
}
