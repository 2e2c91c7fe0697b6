import { PGlite } from "@electric-sql/pglite";
import type { QueryResult } from "kysely";
import { type Store, type StoreLimits, storeLimits } from "../store.ts";
import { assembleStore } from "./assemble.ts";
import { type Database, numberTypes, type Session } from "./database.ts";
import { orLost } from "./failures.ts";
import { migratePostgres } from "./open.ts";

export interface PgliteOptions {
  now: () => number;
  limits?: Partial<StoreLimits>;
  /** Where its files go; in memory when absent. */
  dataDir?: string;
  /** An instance that others use too: it stays open when the store closes. */
  shared?: PGlite;
}

/**
 * The PostgreSQL store on a PostgreSQL inside this process, for tests: the same statements and the same promises, but one
 * connection, so reads wait for writes, and long reads are not ended.
 */
export async function openPgliteStore({ now, limits, dataDir, shared }: PgliteOptions): Promise<Store> {
  const pglite = shared ?? newPglite(dataDir);
  const db = pgliteDatabase(pglite, shared === undefined);
  await migratePostgres(db, now());
  return assembleStore({ main: db, ingest: db, slow: db, close: () => db.close() }, now, { ...storeLimits, ...limits });
}

/** An instance that reads 64-bit numbers as the server's driver does. */
export function newPglite(dataDir?: string): PGlite {
  return new PGlite({ ...(dataDir === undefined ? {} : { dataDir }), parsers: Object.fromEntries(numberTypes.map((type) => [type, Number])) });
}

function pgliteDatabase(pglite: PGlite, owned: boolean): Database {
  const sessionOver = (runner: Pick<PGlite, "query">): Session => ({
    query: async (sql, parameters = []): Promise<QueryResult<unknown>> => {
      try {
        const { rows, affectedRows } = await runner.query(sql, [...parameters]);
        return { rows, numAffectedRows: BigInt(affectedRows ?? 0) };
      } catch (error) {
        throw orLost(error);
      }
    },
  });
  return {
    ...sessionOver(pglite),
    transaction: (work) => pglite.transaction((tx) => work(sessionOver(tx))),
    close: async () => {
      if (owned) await pglite.close();
    },
  };
}
