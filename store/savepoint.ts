import { sql } from "kysely";
import { ApiError } from "../core/errors.ts";
import type { Write } from "./store.ts";

/**
 * Runs a part of a transaction that may refuse: what it wrote is taken back then, and the transaction goes on. Only refusals
 * (ApiError) are caught, and not those of the store itself: after them the whole transaction has to be tried again.
 */
export async function attempt<T>(tx: Write, work: () => Promise<T>): Promise<{ ok: true; value: T } | { ok: false; refusal: ApiError }> {
  await sql`SAVEPOINT part`.execute(tx);
  try {
    const value = await work();
    await sql`RELEASE SAVEPOINT part`.execute(tx);
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
    await sql`ROLLBACK TO SAVEPOINT part`.execute(tx);
    await sql`RELEASE SAVEPOINT part`.execute(tx);
    return { ok: false, refusal: error };
  }
}
