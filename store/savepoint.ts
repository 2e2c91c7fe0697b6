import { sql } from "kysely";
import type { Write } from "./store.ts";

/** Runs a part of a transaction that may fail alone: when it throws, what it wrote is taken back and the rest stands. */
export async function inSavepoint<T>(tx: Write, work: () => Promise<T>): Promise<T> {
  await sql`SAVEPOINT part`.execute(tx);
  try {
    const result = await work();
    await sql`RELEASE SAVEPOINT part`.execute(tx);
    return result;
  } catch (error) {
    await sql`ROLLBACK TO SAVEPOINT part`.execute(tx);
    await sql`RELEASE SAVEPOINT part`.execute(tx);
    throw error;
  }
}
