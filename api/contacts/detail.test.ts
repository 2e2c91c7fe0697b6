import { join } from "node:path";
import { expect, test } from "vitest";
import { saveEnrichedValue } from "../enrichment/service.ts";
import { kyselyWith } from "../../store/sqlite/dialect.ts";
import { openSqliteStore } from "../../store/sqlite/index.ts";
import { cachedTables } from "../../store/sqlite/contact-cache.ts";
import { allScopes } from "../../core/endpoint.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { detailOf, getContact } from "./detail.ts";

async function startWithOne(options: Parameters<typeof startApi>[0] = {}) {
  const api = await startApi(options);
  const made = await api.call("POST", "/v1/contacts", { body: { firstName: "Jane", lastName: "Smith", email: "jane@acme-owls.com" } });
  const id: string = made.body.data.contactId;
  const ctx = { workspace: api.workspace, actor: { kind: "system" as const, id: "test" }, store: api.store, clock: api.server.parts.clock, log: api.server.parts.log };
  const { contactCache: _, ...uncached } = api.store;
  /** As it is answered twice, the second time from memory where that is on, and as the database says it is. */
  const shown = async (of = id) => {
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push((await api.call("GET", `/v1/contacts/${of}`)).body.data);
    return { answers, stored: JSON.parse((await getContact({ ...ctx, store: uncached }, of)).json) };
  };
  return { api, ctx, id, shown };
}

test("a contact is answered as it was last committed, whatever changed it", async () => {
  const { api, ctx, id, shown } = await startWithOne();
  const { key } = await api.newKey({ scopes: [...allScopes] });
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await api.call(method, path, { key, ...(body === undefined ? {} : { body }) });
    expect([path, answer.status < 300]).toEqual([path, true]);
    return answer.body.data;
  };
  await call("POST", "/v1/companies", { linkedInUrl: "https://www.linkedin.com/company/acme-owls", name: "Acme Owls", domain: "acme-owls.com" });
  const profile = { name: "Leaders", groups: [{ category: "role", max: 100, criteria: [{ field: "contact.title", op: "contains", value: "CTO", points: 90 }] }], negative: [] };
  const icp = await call("POST", "/v1/icp-profiles", profile);
  await call("POST", `/v1/icp-profiles/${icp.id}/publish`);
  const other = (await call("POST", "/v1/contacts", { firstName: "J.", lastName: "Smith", email: "j@acme-owls.com", tags: ["vip"] })).contactId;
  const changes: [string, () => Promise<unknown>][] = [
    ["patched", () => call("PATCH", `/v1/contacts/${id}`, { title: "CTO", attributes: { region: "north" } })],
    ["upserted", () => call("PUT", "/v1/contacts", { email: "jane@acme-owls.com", phone: "+49 30 1" })],
    ["batch", () => call("POST", "/v1/contacts/batch?on_duplicate=update", { contacts: [{ email: "jane@acme-owls.com", location: "Berlin" }] })],
    ["signal", () => call("POST", "/v1/signals", visit({ contactId: id }))],
    ["scored", () => call("POST", `/v1/contacts/${id}/score`, { icpProfileId: icp.id })],
    ["enriched", () => api.store.write((tx) => saveEnrichedValue(ctx, tx, id, { field: "phone", provider: "x", value: "+49 30 2", confidence: 0.9 }))],
    ["merged", async () => call("POST", "/v1/contacts/merge", { survivorId: id, loserIds: [other] })],
    ["archived", () => call("DELETE", `/v1/contacts/${id}`)],
    ["restored", () => call("POST", `/v1/contacts/${id}/restore`)],
  ];
  let before = (await shown()).stored;
  for (const [name, change] of changes) {
    await change();
    const { answers, stored } = await shown();
    expect([name, answers]).toEqual([name, [stored, stored]]);
    // Each of these changes shows, so that an answer from before would have been found out.
    expect([name, stored]).not.toEqual([name, before]);
    before = stored;
  }
});

test("its company as well", async () => {
  const { api, id, shown } = await startWithOne();
  const { companyId } = (await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://www.linkedin.com/company/acme-owls", name: "Acme", domain: "acme-owls.com" } })).body.data;
  await api.call("PATCH", `/v1/contacts/${id}`, { body: { email: "jane.smith@acme-owls.com" } });
  expect((await shown()).stored.companyDetails).toMatchObject({ id: companyId, industry: null });
  await api.call("PATCH", `/v1/companies/${companyId}`, { body: { industry: "Owls" } });
  const { answers, stored } = await shown();
  expect(stored.companyDetails.industry).toBe("Owls");
  expect(answers).toEqual([stored, stored]);
});

test("another workspace never gets what is kept of a contact", async () => {
  const { api, id, shown } = await startWithOne();
  await shown();
  const other = await startApi();
  const theirs = await other.call("GET", `/v1/contacts/${id}`);
  expect([theirs.status, theirs.body.error.code]).toEqual([404, "NOT_FOUND"]);
  const { createKey, createWorkspace } = await import("../keys/index.ts");
  const neighbour = await createWorkspace(api.store, Date.now(), { name: "Neighbour" });
  const { key } = await createKey(api.store, Date.now(), { workspaceId: neighbour.id, type: "secret" });
  expect((await api.call("GET", `/v1/contacts/${id}`, { key })).status).toBe(404);
});

test("a contact is made of no table that its memory is not told of", async () => {
  // Only there is a memory.
  const { api, id } = await startWithOne({ store: (dir, now) => openSqliteStore({ file: join(dir, "owlbound.db"), now }) });
  await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://www.linkedin.com/company/acme-owls", name: "Acme", domain: "acme-owls.com" } });
  await api.call("PATCH", `/v1/contacts/${id}`, { body: { email: "jane.smith@acme-owls.com" } });
  const asked: string[] = [];
  const spy = kyselyWith((query) => {
    asked.push(...Array.from(query.sql.matchAll(/(?:from|join) "?(\w+)/gi), ([, table]) => table ?? ""));
    return api.store.read.executeQuery<unknown>(query);
  });
  const row = await api.store.read.selectFrom("contacts").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  await detailOf(spy, row);
  expect(asked).toContain("signals");
  expect([...new Set(asked)].filter((table) => !cachedTables.includes(table))).toEqual([]);
});
