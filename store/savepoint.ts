import { sql } from "kysely";
import { ApiError } from "../core/errors.ts";
import type { Write } from "./store.ts";

/** A verb's refusal; a failure of the store itself is none: after that the whole transaction has to be tried again. */
export const isRefusal = (error: unknown): error is ApiError => error instanceof ApiError && error.status < 500;

/** Runs a part of a transaction that may refuse: what it wrote is taken back then, and the transaction goes on. Other errors pass. */
export async function attempt<T, E>(tx: Write, work: () => Promise<T>, refuses: (error: unknown) => error is E): Promise<{ ok: true; value: T } | { ok: false; refusal: E }> {
  await sql`SAVEPOINT part`.execute(tx);
  try {
    const value = await work();
    await sql`RELEASE SAVEPOINT part`.execute(tx);
    return { ok: true, value };
  } catch (error) {
    if (!refuses(error)) throw error;
    await sql`ROLLBACK TO SAVEPOINT part`.execute(tx);
    await sql`RELEASE SAVEPOINT part`.execute(tx);
    return { ok: false, refusal: error };
  }
}
