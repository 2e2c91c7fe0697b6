import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { migrations, sqliteWords } from "./index.ts";

test("on SQLite the companies of contacts of before are in the list of names, each once a workspace, and found by a piece", () => {
  const db = new Database(":memory:");
  const run = (upTo: (name: string) => boolean) => migrations.filter(({ name }) => upTo(name)).forEach(({ sql }) => sql(sqliteWords).forEach((statement) => db.exec(statement)));
  run((name) => name < "0020");
  const add = (workspace: string, id: string, company: string | null, pieces: string) => {
    db.prepare("INSERT INTO contacts (workspace_id, id, source, tags, status, attributes, created_at, updated_at, company, company_key) VALUES (?, ?, 'api', '[]', 'new', '{}', 1, 1, ?, ?)").run(workspace, id, company, company);
    db.prepare("INSERT INTO contact_words (workspace_id, contact_id, words, pieces) VALUES (?, ?, '', ?)").run(workspace, id, pieces);
  };
  add("w1", "c1", "ab", "w161 w162 w16162");
  add("w1", "c2", "ab", "w161 w162 w16162");
  add("w1", "c3", null, "");
  add("w2", "c4", "ab", "w261 w262 w26162");
  run((name) => name >= "0020");
  add("w2", "c5", "b", "w262");
  add("w2", "c6", "b", "w262");
  expect(db.prepare("SELECT workspace_id, name FROM company_names ORDER BY n").raw().all()).toEqual([["w1", "ab"], ["w2", "ab"], ["w2", "b"]]);
  const found = (piece: string) => db.prepare("SELECT n.workspace_id, n.name FROM company_names_index CROSS JOIN company_names AS n ON n.n = company_names_index.rowid WHERE company_names_index MATCH ?").raw().all(piece);
  expect([found("w162"), found("w262")]).toEqual([[["w1", "ab"]], [["w2", "ab"], ["w2", "b"]]]);
  db.close();
});
