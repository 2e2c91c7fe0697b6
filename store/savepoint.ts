import { sql } from "kysely";
import { ApiError } from "../core/errors.ts";
import type { Write } from "./store.ts";

/** A verb's refusal; a failure of the store itself is none: after that the whole transaction has to be tried again. */
export const isRefusal = (error: unknown): error is ApiError => error instanceof ApiError && error.status < 500;

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

/** As `inSavepoint`, and answers what was refused; other errors pass. */
export async function attempt<T, E>(tx: Write, work: () => Promise<T>, refuses: (error: unknown) => error is E): Promise<{ ok: true; value: T } | { ok: false; refusal: E }> {
  try {
    return { ok: true, value: await inSavepoint(tx, work) };
  } catch (error) {
    if (refuses(error)) return { ok: false, refusal: error };
    throw error;
  }
}
