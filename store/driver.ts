import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";

/** A Kysely driver whose queries are run by `run`. Transactions are the store's business, so begin and commit are refused. */
export function driverOver(run: (query: CompiledQuery) => Promise<QueryResult<unknown>>): Driver {
  const connection: DatabaseConnection = {
    executeQuery: <R>(query: CompiledQuery) => run(query) as Promise<QueryResult<R>>,
    streamQuery: () => {
      throw new Error("streaming is not supported here: page with a keyset instead");
    },
  };
  const refuse = () => Promise.reject(new Error("use store.write: the store owns its transactions"));
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  };
}
