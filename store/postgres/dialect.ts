import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { driverOver } from "../driver.ts";
import type { Tables } from "../tables.ts";
import type { Session } from "./database.ts";
import { unavailable } from "./failures.ts";

/** Kysely over a pool or over one transaction. Failures of the database itself come out as STORE_UNAVAILABLE. */
export function kyselyOver(session: Session): Kysely<Tables> {
  const driver = driverOver((query) => session.query(query.sql, query.parameters).catch((error: unknown) => Promise.reject(unavailable(error))));
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (k) => new PostgresIntrospector(k),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}
