import { type CompiledQuery, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { driverOver, withRunner } from "../driver.ts";
import type { Tables } from "../tables.ts";
import type { Session } from "./database.ts";
import { unavailable } from "./failures.ts";

/** Kysely over a pool or over one transaction. Failures of the database itself come out as STORE_UNAVAILABLE. */
export function kyselyOver(session: Session): Kysely<Tables> {
  const run = (query: CompiledQuery) => session.query(query.sql, query.parameters).catch((error: unknown) => Promise.reject(unavailable(error)));
  const driver = driverOver(run);
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (k) => new PostgresIntrospector(k),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return withRunner(db, run);
}
