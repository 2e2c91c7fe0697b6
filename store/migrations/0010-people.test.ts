import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { newPglite } from "../postgres/pglite.ts";
import { migrations, postgresWords, sqliteWords } from "./index.ts";

const at = migrations.findIndex(({ name }) => name === "0010-people");
const before = (words: typeof sqliteWords) => migrations.slice(0, at).flatMap(({ sql }) => sql(words));
const own = (words: typeof sqliteWords) => migrations[at]?.sql(words) ?? [];
const data = [
  `INSERT INTO companies (workspace_id, id, name, domain, linkedin_url, linkedin_key, industry, created_at, updated_at) VALUES ('w', 'c1', 'ACME Corp', 'acme.com', 'https://linkedin.com/company/acme', 'company/acme', 'SaaS', 1, 2)`,
  `INSERT INTO contacts (workspace_id, id, email, email_key, source, tags, status, created_at, updated_at) VALUES ('w', 'p1', 'J@acme.com', 'j@acme.com', 'api', '[]', 'new', 1, 1)`,
  `INSERT INTO events (workspace_id, id, kind, payload, at) VALUES ('w', 'e1', 'contact.created', '{"contactId":"p1"}', 1), ('w', 'e2', 'company.created', '{"companyId":"c1"}', 1)`,
];
const another = (id: string, domain: string) => `INSERT INTO companies (workspace_id, id, domain, source, created_at, updated_at) VALUES ('w', '${id}', '${domain}', 'signal', 1, 1)`;

type Ask = (query: string) => Promise<unknown[]>;

async function sqlite(): Promise<Ask> {
  const db = new Database(":memory:");
  for (const statement of [...before(sqliteWords), ...data, ...own(sqliteWords)]) db.exec(statement);
  return (query) => Promise.resolve().then(() => (query.startsWith("SELECT") ? db.prepare(query).all() : (db.exec(query), [])));
}

async function pglite(): Promise<Ask> {
  const db = newPglite();
  for (const statement of [...before(postgresWords), ...data, ...own(postgresWords)]) await db.exec(statement);
  return async (query) => (await db.query(query)).rows;
}

describe.each([["sqlite", sqlite], ["pglite", pglite]] as const)("the migration to people on %s", (_name, migrated) => {
  test("keeps what was there, knows whose events are, and lets a company be known by its domain, once", async () => {
    const ask = await migrated();
    expect(await ask("SELECT id, name, name_key, domain, linkedin_key, industry, source, claimed_name FROM companies")).toEqual([
      { id: "c1", name: "ACME Corp", name_key: "acme corp", domain: "acme.com", linkedin_key: "company/acme", industry: "SaaS", source: "api", claimed_name: null },
    ]);
    expect(await ask("SELECT id, contact_id FROM events ORDER BY id")).toEqual([{ id: "e1", contact_id: "p1" }, { id: "e2", contact_id: null }]);
    expect(await ask("SELECT email_domain, merged_into FROM contacts")).toEqual([{ email_domain: "acme.com", merged_into: null }]);
    await ask(another("c2", "other.com"));
    // One with a LinkedIn address may share its domain with another; two that have nothing else may not.
    await ask(another("c3", "acme.com"));
    await expect(ask(another("c4", "other.com"))).rejects.toThrow(/unique/i);
    await expect(ask("INSERT INTO companies (workspace_id, id, linkedin_url, linkedin_key, source, created_at, updated_at) VALUES ('w', 'c5', 'x', 'company/acme', 'api', 1, 1)")).rejects.toThrow(/unique/i);
  });
});
