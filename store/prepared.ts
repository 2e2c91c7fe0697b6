import type { CompiledQuery, QueryResult } from "kysely";
import { runnerOf } from "./driver.ts";
import type { Read, Write } from "./store.ts";

type Db = Read | Write;
type Value = string | number | null;

interface Compilable<Answer> {
  compile(): CompiledQuery<Answer>;
}

/** A query that is built, and which of the arguments each of its parameters is; undefined where a parameter is its own. */
interface Built<Answer> {
  query: CompiledQuery<Answer>;
  places: readonly (number | undefined)[];
}

const marker = "\0argument ";
const standIn = (place: number) => `${marker}${place}`;

function built<Answer>(query: CompiledQuery<Answer>): Built<Answer> {
  return { query, places: query.parameters.map((value) => (typeof value === "string" && value.startsWith(marker) ? Number(value.slice(marker.length)) : undefined)) };
}

async function runBuilt<Answer>(db: Db, { query, places }: Built<Answer>, values: readonly Value[]): Promise<QueryResult<Answer>> {
  const parameters = query.parameters.map((value, i) => {
    const place = places[i];
    return place === undefined ? value : values[place];
  });
  const filled = { ...query, parameters };
  // Past Kysely's way to a connection, of which each of these has one only.
  const run = runnerOf(db);
  return (run ? await run(filled) : await db.executeQuery<Answer>(filled)) as QueryResult<Answer>;
}

const dialectOf = (db: Db): unknown => db.getExecutor().adapter.constructor;

/**
 * A query that is built once per dialect and then only filled in: building one costs several times what its answer does.
 * `build` is handed a stand-in for each argument; their values come with each call, in order.
 */
export function prepared<Row>(build: (db: Db, argument: (place: number) => string) => Compilable<Row>): (db: Db, ...values: readonly (string | number)[]) => Promise<Row[]> {
  const byDialect = new Map<unknown, Built<Row>>();
  return async (db, ...values) => {
    const dialect = dialectOf(db);
    let ready = byDialect.get(dialect);
    if (!ready) byDialect.set(dialect, (ready = built(build(db, standIn).compile())));
    return (await runBuilt(db, ready, values)).rows;
  };
}

/**
 * As `prepared` for a query over many rows: `build` is handed stand-ins for as many rows as come. It is built once for each number of rows, so
 * let that be one of a few (`groupsOf`, `padded`). All rows have the same columns.
 */
export function preparedRows<Row extends object, Answer>(build: (db: Db, rows: Row[]) => Compilable<Answer>): (db: Db, rows: readonly Row[]) => Promise<QueryResult<Answer>> {
  type Ready = Built<Answer> & { columns: readonly (keyof Row)[] };
  const byDialect = new Map<unknown, Map<number, Ready>>();
  return (db, rows) => {
    const dialect = dialectOf(db);
    const bySize = byDialect.get(dialect) ?? new Map<number, Ready>();
    byDialect.set(dialect, bySize);
    let ready = bySize.get(rows.length);
    if (!ready) {
      const columns = Object.keys(rows[0] ?? {}) as (keyof Row)[];
      const blanks = rows.map((_, r) => Object.fromEntries(columns.map((column, c) => [column, standIn(r * columns.length + c)])) as Row);
      bySize.set(rows.length, (ready = { ...built(build(db, blanks).compile()), columns }));
    }
    const values: Value[] = [];
    for (const row of rows) for (const column of ready.columns) values.push(row[column] as Value);
    return runBuilt(db, ready, values);
  };
}
