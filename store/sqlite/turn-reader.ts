import type Database from "better-sqlite3";
import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";
import { kyselyWith, runQuery } from "./dialect.ts";

/**
 * Reads of one turn of the event loop share a transaction: alone, each would lock and unlock the log's index, which costs
 * about what a point read does. `renew` ends it, so that whoever reads after a commit of this process sees it.
 */
export function createTurnReader(db: Database.Database): { db: Kysely<Tables>; renew(): void; close(): void } {
  const begin = db.prepare("BEGIN");
  const commit = db.prepare("COMMIT");
  let ending: NodeJS.Immediate | undefined;

  function renew(): void {
    clearImmediate(ending);
    ending = undefined;
    if (db.inTransaction) commit.run();
  }

  return {
    db: kyselyWith((query) => {
      if (ending === undefined) {
        begin.run();
        ending = setImmediate(renew);
      }
      return Promise.resolve(runQuery(db, query));
    }),
    renew,
    close: () => {
      renew();
      db.close();
    },
  };
}
