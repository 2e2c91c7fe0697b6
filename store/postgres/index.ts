import { type Store, type StoreLimits, storeLimits } from "../store.ts";
import { assembleStore } from "./assemble.ts";
import { poolDatabase } from "./database.ts";
import { beginIngest } from "./ingest-statements.ts";
import { checkServer, connectionOf, explain, migratePostgres } from "./open.ts";
import { createStoredFeed } from "./stored-feed.ts";

export interface PostgresOptions {
  url: string;
  now: () => number;
  limits?: Partial<StoreLimits>;
}

/** A statement that the server has not answered by then is given up, first by the server, then by us. */
const statementLimitMs = 10_000;
const graceMs = 2000;

/** Opens (and migrates) the store on a PostgreSQL server; any number of nodes may share it. Throws OperatorError with the fix when it can't be durable. */
export async function openPostgresStore({ url, now, limits: given }: PostgresOptions): Promise<Store> {
  const limits = { ...storeLimits, ...given };
  const connection = connectionOf(url);
  await checkServer(connection, url);
  const migrator = poolDatabase({ ...connection, max: 1 });
  try {
    await migratePostgres(migrator, now());
  } catch (error) {
    throw explain(error, url);
  } finally {
    await migrator.close();
  }

  const within = (limitMs: number) => ({ ...connection, statement_timeout: limitMs, query_timeout: limitMs + graceMs, idle_in_transaction_session_timeout: 3 * statementLimitMs });
  const main = poolDatabase({ ...within(statementLimitMs), max: 10 });
  const ingest = poolDatabase({ ...within(statementLimitMs), max: 1, idleTimeoutMillis: 0 }, beginIngest);
  const slow = poolDatabase({ ...within(limits.slowReadLimitMs), max: 3 });
  return assembleStore(
    {
      main,
      ingest,
      slow,
      feed: (read, isOwn, tell) => createStoredFeed(connection, read, now, isOwn, tell),
      close: async () => {
        await Promise.all([main.close(), ingest.close(), slow.close()]);
      },
    },
    now,
    limits,
  );
}
