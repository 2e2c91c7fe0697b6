import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { newPglite } from "../postgres/pglite.ts";
import { type MigrationWords, migrations, postgresWords, sqliteWords } from "./index.ts";

const index = migrations.findIndex(({ name }) => name === "0016-events");
const statements = (words: MigrationWords, from: number, to: number) => migrations.slice(from, to).flatMap(({ sql }) => sql(words));

const before = `
  INSERT INTO events (workspace_id, id, kind, payload, at) VALUES ('w1', 'b', 'contact.created', '{}', 2), ('w1', 'a', 'contact.created', '{}', 1), ('w2', 'c', 'contact.created', '{}', 3);
  INSERT INTO webhooks (workspace_id, id, url, events, status, secret, created_at, updated_at) VALUES ('w1', 'h1', 'https://x.example', '["*"]', 'enabled', 's', 1, 1);
  INSERT INTO webhook_deliveries (workspace_id, id, webhook_id, event_kind, payload, status, attempts, created_at, updated_at) VALUES ('w1', 'd1', 'h1', 'webhook.test', '{}', 'queued', 0, 5, 5);
  INSERT INTO jobs (workspace_id, id, kind, payload, state, run_at, attempts, created_at) VALUES ('w1', 'j1', 'webhook-delivery', '{}', 'ready', 1, 0, 1), ('w1', 'j2', 'workflow-run', '{}', 'ready', 1, 0, 1);`;

const questions = [
  "SELECT workspace_id, id, seq FROM events ORDER BY workspace_id, seq",
  "SELECT workspace_id, last_seq, purged_seq FROM event_heads ORDER BY workspace_id",
  "SELECT id, message_id, next_at, contact_id FROM webhook_deliveries",
  "SELECT id, failures, hold_until FROM webhooks",
  "SELECT id FROM jobs",
];
const answers = [
  [{ workspace_id: "w1", id: "a", seq: 1 }, { workspace_id: "w1", id: "b", seq: 2 }, { workspace_id: "w2", id: "c", seq: 1 }],
  [{ workspace_id: "w1", last_seq: 2, purged_seq: 0 }, { workspace_id: "w2", last_seq: 1, purged_seq: 0 }],
  [{ id: "d1", message_id: "d1", next_at: 5, contact_id: null }],
  [{ id: "h1", failures: 0, hold_until: null }],
  [{ id: "j2" }],
];

test("older events get their places and no deliveries, what was queued is due, on SQLite", () => {
  const db = new Database(":memory:");
  for (const statement of statements(sqliteWords, 0, index)) db.exec(statement);
  db.exec(before);
  for (const statement of statements(sqliteWords, index, index + 1)) db.exec(statement);
  expect(questions.map((question) => db.prepare(question).all())).toEqual(answers);
  db.close();
});

test("older events get their places and no deliveries, what was queued is due, on PostgreSQL", async () => {
  const db = await newPglite();
  for (const statement of statements(postgresWords, 0, index)) await db.exec(statement);
  await db.exec(before);
  for (const statement of statements(postgresWords, index, index + 1)) await db.exec(statement);
  const found = [];
  for (const question of questions) found.push((await db.query(question)).rows.map((row) => Object.fromEntries(Object.entries(row as object).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]))));
  expect(found).toEqual(answers);
  await db.close();
});
