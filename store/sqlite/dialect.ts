import type Database from "better-sqlite3";
import { type CompiledQuery, type Dialect, Kysely, type QueryResult, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { driverOver, withRunner } from "../driver.ts";
import type { Tables } from "../tables.ts";

const statementsMax = 500;

/**
 * Kysely over one better-sqlite3 connection, with its statements kept prepared (Kysely's own driver prepares at
 * each call). Transactions are the writer's business, so begin and commit are refused here.
 */
export function kyselyOver(db: Database.Database): Kysely<Tables> {
  return kyselyWith((query) => Promise.resolve(runQuery(db, query)));
}

/** A Kysely whose queries are run by `run`; for connections that live elsewhere. */
export function kyselyWith(run: (query: CompiledQuery) => Promise<QueryResult<unknown>>): Kysely<Tables> {
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driverOver(run),
    createIntrospector: (k) => new SqliteIntrospector(k),
    createQueryCompiler: () => new PlannedOnceCompiler(),
  };
  return withRunner(new Kysely<Tables>({ dialect }), run);
}

/**
 * Writes each parameter as `+?`, which means the same. Of a bare one SQLite's planner notes that its value might change the plan, wherever
 * something is ordered or grouped, and then parses and plans the statement anew for every value: ten times the cost of a point read.
 */
class PlannedOnceCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return "+?";
  }
}

const caches = new WeakMap<Database.Database, Map<string, Database.Statement>>();

function statementCache(db: Database.Database): Map<string, Database.Statement> {
  let cache = caches.get(db);
  if (!cache) caches.set(db, (cache = new Map()));
  return cache;
}

function execute(db: Database.Database, cache: Map<string, Database.Statement>, query: Pick<CompiledQuery, "sql" | "parameters">): QueryResult<unknown> {
  let statement = cache.get(query.sql);
  if (!statement) {
    statement = db.prepare(query.sql);
    if (cache.size >= statementsMax) cache.clear();
    cache.set(query.sql, statement);
  }
  if (statement.reader) return { rows: statement.all(...query.parameters) };
  const { changes, lastInsertRowid } = statement.run(...query.parameters);
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
}

/** Runs one compiled query on a connection, by a statement that stays prepared. */
export const runQuery = (db: Database.Database, query: Pick<CompiledQuery, "sql" | "parameters">): QueryResult<unknown> => execute(db, statementCache(db), query);
