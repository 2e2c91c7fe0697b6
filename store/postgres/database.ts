import { setTimeout as delay } from "node:timers/promises";
import type { QueryResult } from "kysely";
import { type ClientBase, Pool, type PoolClient, type PoolConfig, types } from "pg";
import { CommitUnknown, ConnectionLost, orLost } from "./failures.ts";

/** Where queries go: a pool, or the one connection of a transaction. A name keeps the statement prepared. */
export interface Session {
  query(sql: string, parameters?: readonly unknown[], name?: string): Promise<QueryResult<unknown>>;
}

export interface Database extends Session {
  /** One transaction; throws CommitUnknown when the connection went while it was committed. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Counts and epoch ms fit a double; sums of them come as numeric. */
export const numberTypes = [types.builtins.INT8, types.builtins.NUMERIC] as const;

const secondTryMs = 100;
const ignore = () => {};

/**
 * A pool of connections. A connection that is refused, or was found dead before the server got to work, is tried once
 * more. `begin` opens each transaction.
 */
export function poolDatabase(config: PoolConfig, begin = "BEGIN"): Database {
  const pool = new Pool(config);
  // A lost connection shows at its next query; without listeners its event would end the process.
  pool.on("error", ignore);
  pool.on("connect", (client) => client.on("error", ignore));

  async function withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => Promise.reject(orLost(error)));
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = error instanceof ConnectionLost || error instanceof CommitUnknown;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  const query: Session["query"] = (sql, parameters, name) => retryLost(() => withClient((client) => run(client, sql, parameters, name)));

  function transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    let begun = false;
    const once = () =>
      withClient(async (client) => {
        await run(client, begin);
        begun = true;
        try {
          const result = await work({ query: (sql, parameters, name) => run(client, sql, parameters, name) });
          await commit(client);
          return result;
        } catch (error) {
          if (!(error instanceof ConnectionLost || error instanceof CommitUnknown)) await run(client, "ROLLBACK");
          throw error;
        }
      });
    return retryLost(once, () => !begun);
  }

  return { query, transaction, close: () => pool.end() };
}

async function run(client: ClientBase, sql: string, parameters: readonly unknown[] = [], name?: string): Promise<QueryResult<unknown>> {
  try {
    // Without parameters the simple protocol is used, which takes several statements at once.
    const result = await (parameters.length === 0 ? client.query(sql) : client.query({ text: sql, values: [...parameters], ...(name === undefined ? {} : { name }) }));
    return { rows: result.rows ?? [], ...(result.command === "SELECT" ? {} : { numAffectedRows: BigInt(result.rowCount ?? 0) }) };
  } catch (error) {
    throw orLost(error);
  }
}

async function commit(client: ClientBase): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query("COMMIT"));
  } catch (error) {
    const known = orLost(error);
    throw known instanceof ConnectionLost ? new CommitUnknown("the connection was lost while committing", { cause: error }) : known;
  }
  // Work that swallowed a failed statement leaves an aborted transaction, and PostgreSQL answers its COMMIT with a rollback.
  if (command === "ROLLBACK") throw new Error("the transaction was rolled back: one of its statements had failed");
}

async function retryLost<T>(act: () => Promise<T>, may: () => boolean = () => true): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ConnectionLost) || !may()) throw error;
    await delay(secondTryMs);
    return act();
  }
}
