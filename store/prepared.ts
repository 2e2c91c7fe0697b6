import type { CompiledQuery } from "kysely";
import { runnerOf } from "./driver.ts";
import type { Read, Write } from "./store.ts";

type Db = Read | Write;

const marker = "\0argument ";

/**
 * A query that is built once per dialect and then only filled in: building one costs several times what its answer does.
 * `build` is handed a stand-in for each argument; their values come with each call, in order.
 */
export function prepared<Row>(build: (db: Db, argument: (place: number) => string) => { compile(): CompiledQuery<Row> }): (db: Db, ...values: readonly (string | number)[]) => Promise<Row[]> {
  const built = new Map<unknown, { query: CompiledQuery<Row>; places: readonly (number | undefined)[] }>();
  return async (db, ...values) => {
    const dialect = db.getExecutor().adapter.constructor;
    let ready = built.get(dialect);
    if (!ready) {
      const query = build(db, (place) => `${marker}${place}`).compile();
      const places = query.parameters.map((value) => (typeof value === "string" && value.startsWith(marker) ? Number(value.slice(marker.length)) : undefined));
      built.set(dialect, (ready = { query, places }));
    }
    const { query, places } = ready;
    const parameters = query.parameters.map((value, i) => {
      const place = places[i];
      return place === undefined ? value : values[place];
    });
    const filled = { ...query, parameters };
    // Past Kysely's way to a connection, of which each of these has one only.
    const run = runnerOf(db);
    return ((run ? await run(filled) : await db.executeQuery<Row>(filled)) as { rows: Row[] }).rows;
  };
}
