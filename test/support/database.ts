import { sql } from "kysely";
import type { Store } from "../../store/store.ts";

export type Rows = Record<string, unknown>[];

/** Every table that has a column, views left out. */
export async function tablesWith(store: Store, column: string): Promise<string[]> {
  const query =
    store.dialect === "postgres"
      ? sql<{ name: string }>`SELECT c.table_name AS name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
          WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name = ${column} ORDER BY 1`
      : sql<{ name: string }>`SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = ${column} ORDER BY 1`;
  return (await query.execute(store.read)).rows.map((row) => row.name);
}

/** All rows of tables, in an order that says nothing: two snapshots are equal when the rows are. */
export async function snapshot(store: Store, tables: readonly string[]): Promise<Record<string, Rows>> {
  const all: Record<string, Rows> = {};
  for (const table of tables) {
    const { rows } = await sql<Record<string, unknown>>`SELECT * FROM ${sql.table(table)}`.execute(store.read);
    all[table] = rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return all;
}
