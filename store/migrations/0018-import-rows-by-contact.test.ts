import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { migrations, sqliteWords } from "./index.ts";

test("what a merge asks of the rows of imports is found by their contact, in order, without looking at the others", () => {
  const db = new Database(":memory:");
  for (const { sql } of migrations) for (const statement of sql(sqliteWords)) db.exec(statement);
  const plan = db.prepare<[], { detail: string }>("EXPLAIN QUERY PLAN SELECT t.import_id, t.n FROM import_rows AS t WHERE t.workspace_id = 'w1' AND t.contact_id = 'c1' AND 1 = 1 ORDER BY t.import_id, t.n LIMIT 500").all();
  expect(plan.map(({ detail }) => detail)).toEqual(["SEARCH t USING COVERING INDEX import_rows_by_contact (workspace_id=? AND contact_id=?)"]);
  db.close();
});
