import type { CompiledQuery, DatabaseConnection, Driver, Kysely, QueryResult } from "kysely";

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

type Run = (query: CompiledQuery) => Promise<QueryResult<unknown>>;
const runners = new WeakMap<object, Run>();

/** Says what runs the queries of `db`, for `runnerOf`. */
export function withRunner<T>(db: Kysely<T>, run: Run): Kysely<T> {
  runners.set(db, run);
  return db;
}

/** What runs the queries of this very instance. */
export const runnerOf = (db: object): Run | undefined => runners.get(db);
