import { expect, test } from "vitest";
import { startApi } from "../../test/support/api.ts";
import { createWorkspace } from "../keys/index.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
type Fields = Record<string, unknown>;
interface Group {
  contacts: { id: string }[];
  reasons: { kind: string; contactIds: string[] }[];
}
const create = async (api: Api, body: Record<string, unknown>): Promise<string> => (await api.call("POST", "/v1/contacts", { body })).body.data.contactId;
const groups = async (api: Api, query = "") => (await api.call("GET", `/v1/contacts/duplicates?${query}`)).body.data.groups as Group[];
const pairs = async (api: Api) => (await groups(api)).map((group) => [group.contacts.map((c) => c.id), group.reasons.map((reason) => reason.kind)]);

const alike: [what: string, one: Fields, two: Fields, kinds: string[]][] = [
  ["an alias of the same mailbox", { email: "jane@acme.test" }, { email: "Jane+News@acme.test" }, ["email"]],
  ["dots at Gmail", { email: "jane.smith@gmail.com" }, { email: "janesmith+x@googlemail.com" }, ["email"]],
  ["a phone number in two spellings", { firstName: "A", phone: "+49 (0)30 123 45-67" }, { firstName: "B", phone: "030/1234567" }, ["phone"]],
  ["name and company, in any order, case and accent", { firstName: "Zoë", lastName: "Smith", company: "Acme Corp" }, { firstName: "smith", lastName: "zoe", company: "ACME corp." }, ["name_and_company"]],
  ["name and e-mail domain", { firstName: "Jane", lastName: "Smith", email: "jane@acme.test" }, { firstName: "Jane", lastName: "Smith", email: "js@mail.acme.test" }, ["name_and_company"]],
  ["the profile that LinkedIn named and its owner renamed", { linkedInUrl: "https://linkedin.com/in/jane-smith-1a2b3c4d" }, { linkedInUrl: "https://linkedin.com/in/jane-smith" }, ["linkedin"]],
];

const different: [what: string, one: Fields, two: Fields][] = [
  ["a name alone", { firstName: "Jane", lastName: "Smith", company: "Acme" }, { firstName: "Jane", lastName: "Smith", company: "Other" }],
  ["a name and free mail", { firstName: "Jane", lastName: "Smith", email: "a@gmail.com" }, { firstName: "Jane", lastName: "Smith", email: "b@gmail.com" }],
  ["dots elsewhere than at Gmail", { email: "jane.smith@acme.test" }, { email: "janesmith@acme.test" }],
  ["a short extension", { firstName: "A", phone: "12" }, { firstName: "B", phone: "12" }],
  ["a company", { firstName: "A", company: "Acme" }, { firstName: "B", company: "Acme" }],
];

/** A workspace of its own on the same server for each case. */
async function among(api: Api, ...contacts: Fields[]) {
  const { id: workspaceId } = await createWorkspace(api.store, Date.now(), { name: "W" });
  const { key } = await api.newKey({ workspaceId });
  const ids: string[] = [];
  for (const body of contacts) ids.push((await api.call("POST", "/v1/contacts", { key, body })).body.data.contactId);
  const found = (await api.call("GET", "/v1/contacts/duplicates", { key })).body.data.groups as Group[];
  return { ids, found: found.map((group) => [group.contacts.map((c) => c.id), group.reasons.map((reason) => reason.kind)]) };
}

test("two contacts may be one by the same mailbox, phone, name and company, or profile, in any spelling; not by less", async () => {
  const api = await startApi();
  const stranger = { firstName: "Nobody", lastName: "Else", email: "nobody@else.test", phone: "040 7654321", company: "Else" };
  for (const [what, one, two, kinds] of alike) {
    const { ids, found } = await among(api, one, two, stranger);
    expect([what, found]).toEqual([what, [[ids.slice(0, 2), kinds]]]);
  }
  for (const [what, one, two] of different) expect([what, (await among(api, one, two, stranger)).found]).toEqual([what, []]);
});

test("a pair with several reasons stands once with all of them, in a group of more each reason names who it is of", async () => {
  const api = await startApi();
  const [a, b, c] = [await create(api, { firstName: "Jane", lastName: "Smith", company: "Acme", phone: "030 1234567" }), await create(api, { firstName: "Jane", lastName: "Smith", company: "Acme", phone: "+49 30 1234567" }), await create(api, { firstName: "J", phone: "0049301234567" })];
  expect(await groups(api)).toMatchObject([
    { contacts: [{ id: a }, { id: b }], reasons: [{ kind: "name_and_company", contactIds: [a, b] }, { kind: "phone", contactIds: [a, b] }] },
    { contacts: [{ id: a }, { id: b }, { id: c }], reasons: [{ kind: "name_and_company", contactIds: [a, b] }, { kind: "phone", contactIds: [a, b, c] }] },
  ]);
  await api.call("PATCH", `/v1/contacts/${b}`, { body: { phone: null, company: "Other" } });
  expect(await pairs(api)).toEqual([[[a, c], ["phone"]]]);
  await api.call("DELETE", `/v1/contacts/${c}`);
  expect(await pairs(api)).toEqual([]);
  await api.call("POST", `/v1/contacts/${c}/restore`);
  expect(await pairs(api)).toEqual([[[a, c], ["phone"]]]);
});

test("a number that many share is a switchboard's, and no reason", async () => {
  const api = await startApi();
  await api.call("POST", "/v1/contacts/batch", { body: { contacts: Array.from({ length: 21 }, (_, i) => ({ firstName: `N${i}`, phone: "030 1234567" })) } });
  expect(await pairs(api)).toEqual([]);
});

test("the list is paged without a gap or a repetition, within a workspace, by a bound cursor (rows 16, 22)", async () => {
  const api = await startApi();
  const other = await startApi();
  const contacts = Array.from({ length: 14 }, (_, i) => ({ firstName: `N${i}`, phone: `030 12345${10 + (i % 7)}` }));
  await api.call("POST", "/v1/contacts/batch", { body: { contacts } });
  const whole = await groups(api);
  expect(whole).toHaveLength(7);
  const paged: Group[] = [];
  let cursor: string | null = "";
  for (let page = 0; page < 10 && cursor !== null; page++) {
    const answer: { groups: Group[]; nextCursor: string | null } = (await api.call("GET", `/v1/contacts/duplicates?limit=2${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`)).body.data;
    paged.push(...answer.groups);
    cursor = answer.nextCursor;
    if (page === 0) expect((await other.call("GET", `/v1/contacts/duplicates?cursor=${encodeURIComponent(cursor ?? "")}`)).status).toBe(400);
  }
  expect(paged).toEqual(whole);
  expect(await groups(other)).toEqual([]);
  expect((await api.call("GET", "/v1/contacts/duplicates?limit=101")).status).toBe(400);
  const { key } = await api.newKey({ scopes: ["signals:read"] });
  expect((await api.call("GET", "/v1/contacts/duplicates", { key })).status).toBe(403);
});

test("contacts of an older version get their keys by the job", async () => {
  const api = await startApi();
  const ids = [await create(api, { firstName: "A", phone: "030 1234567" }), await create(api, { firstName: "B", phone: "030 1234567" })];
  await api.store.write(async (tx) => {
    await tx.deleteFrom("contact_keys").execute();
    await tx.deleteFrom("match_keys").execute();
    await tx.updateTable("contacts").set({ keys_version: 0, email_domain: null }).execute();
  });
  expect(await pairs(api)).toEqual([]);
  const { writeMissingKeys } = await import("../contacts/index.ts");
  await writeMissingKeys(api.store);
  expect(await pairs(api)).toEqual([[ids, ["phone"]]]);
});
