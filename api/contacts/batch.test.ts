import { expect, test } from "vitest";
import { setCreditCap } from "../usage/index.ts";
import { startApi } from "../../test/support/api.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
const batch = (api: Api, contacts: unknown[], query = "", more = {}) => api.call("POST", `/v1/contacts/batch${query}`, { body: { contacts }, ...more });
const total = async (api: Api) => (await api.store.read.selectFrom("usage_ledger").select(["credits"]).where("capability", "=", "api.contacts.createBatch").execute()).reduce((sum, row) => sum + row.credits, 0);
const count = async (api: Api) => (await api.call("GET", "/v1/contacts?limit=100")).body.data.contacts.length as number;

test("each row has its result, in order; a bad one fails alone, and only rows that succeed are charged", async () => {
  const api = await startApi();
  const [taken] = (await batch(api, [{ email: "taken@acme.test" }])).body.data.results;
  const rows = [{ email: "a@acme.test" }, { email: "nobody" }, { title: "CTO" }, { email: "Taken@acme.test" }, { email: "A@acme.test" }, { email: "b@acme.test", admin: true }, "text", null, { firstName: "B", tags: ["x"] }];
  const { status, body } = await batch(api, rows);
  expect([status, body.meta.credits]).toEqual([200, { used: 2 }]);
  const { results } = body.data;
  expect(results.map((r: { status: string; error?: { code: string } }) => [r.status, r.error?.code])).toEqual([
    ["created", undefined], ["rejected", "VALIDATION_ERROR"], ["rejected", "VALIDATION_ERROR"], ["duplicate", "DUPLICATE_CONTACT"], ["duplicate", "DUPLICATE_CONTACT"],
    ["rejected", "VALIDATION_ERROR"], ["rejected", "VALIDATION_ERROR"], ["rejected", "VALIDATION_ERROR"], ["created", undefined],
  ]);
  expect([results[3].contactId, results[4].contactId]).toEqual([taken.contactId, results[0].contactId]);
  expect([results[1].error.details[0].path, results[3].error.details[0].field]).toEqual(["email", "email"]);
  expect([await count(api), await total(api)]).toEqual([3, 3]);
});

test("spellings that look alike are one contact, and hidden characters none (row 24)", async () => {
  const api = await startApi();
  const { results } = (await batch(api, [{ email: "jane@bücher.example" }, { email: "ｊane@xn--bcher-kva.example" }, { email: "JANE@BÜCHER.example" }, { email: "ja\u200bne@bücher.example" }, { email: "jane\u202e@bücher.example" }, { email: "jane\u0000@bücher.example" }, { firstName: "a\u0000b" }])).body.data;
  expect(results.map((r: { status: string }) => r.status)).toEqual(["created", "duplicate", "duplicate", "rejected", "rejected", "rejected", "rejected"]);
  expect(results.slice(1, 3).every((r: { contactId: string }) => r.contactId === results[0].contactId)).toBe(true);
});

test("rows that exist are answered or updated where the caller says so", async () => {
  const api = await startApi();
  await batch(api, [{ email: "a@acme.test" }]);
  const returned = await batch(api, [{ email: "a@acme.test", title: "CTO" }, { email: "b@acme.test" }], "?on_duplicate=return");
  expect([returned.body.data.results.map((r: { status: string }) => r.status), returned.body.meta.credits.used]).toEqual([["duplicate", "created"], 2]);
  const updated = await batch(api, [{ email: "a@acme.test", title: "CEO" }, { email: "a@acme.test", linkedInUrl: "https://example.com" }], "?on_duplicate=update");
  expect(updated.body.data.results.map((r: { status: string }) => r.status)).toEqual(["updated", "rejected"]);
  expect((await api.call("GET", `/v1/contacts/${updated.body.data.results[0].contactId}`)).body.data.title).toBe("CEO");
});

test("a batch is one transaction with its answer: dry runs write nothing, an Idempotency-Key gives the same answer, parallel ones make one contact", async () => {
  const api = await startApi();
  const dry = await batch(api, [{ email: "a@acme.test" }], "?dry_run=true");
  expect([dry.body.data.results[0].status, dry.body.meta]).toMatchObject(["created", { credits: { used: 0 }, dryRun: true }]);
  expect([await count(api), await total(api)]).toEqual([0, 0]);
  const headers = { "idempotency-key": "k1" };
  const [one, two] = await Promise.all([1, 2].map(() => batch(api, [{ firstName: "A" }, { firstName: "B" }], "", { headers })));
  expect(one?.body.data).toEqual(two?.body.data);
  // Only one of them was carried out.
  expect([one, two].map((answer) => answer?.body.meta.credits.used).toSorted()).toEqual([0, 2]);
  const many = await Promise.all(Array.from({ length: 10 }, () => batch(api, Array.from({ length: 20 }, (_, i) => ({ email: `p${i}@acme.test`, phone: "030 1234567" })))));
  const statuses = many.flatMap(({ body }) => body.data.results.map((r: { status: string }) => r.status));
  expect(statuses.filter((status) => status === "created")).toHaveLength(20);
  expect(await count(api)).toBe(22);
});

test("near a cap a batch needs room for its own rows and no more, and what it does not use is there for the next", async () => {
  const api = await startApi();
  await setCreditCap(api.store, Date.now(), api.workspace.id, { credits: 5, period: "total" });
  api.server.parts.keys.forget();
  const used = async () => (await api.store.read.selectFrom("credit_caps").select("used").executeTakeFirst())?.used;
  const people = (...names: string[]) => names.map((name) => ({ email: `${name}@acme.test` }));
  const six = await batch(api, people("a", "b", "c", "d", "e", "f"));
  expect([six.status, six.body.error.code, six.body.error.details[0]]).toMatchObject([402, "INSUFFICIENT_CREDITS", { cap: 5, used: 0 }]);
  const three = await batch(api, [...people("a", "a"), { email: "nobody" }]);
  expect([three.status, three.body.meta.credits, await used()]).toEqual([200, { used: 1 }, 1]);
  const four = await batch(api, people("b", "c", "d", "e"));
  expect([four.status, four.body.meta.credits, await used()]).toEqual([200, { used: 4 }, 5]);
  expect((await batch(api, people("f"))).status).toBe(402);
  expect([(await api.store.read.selectFrom("contacts").select("id").execute()).length, await total(api)]).toEqual([5, 5]);
  const entries = await api.store.read.selectFrom("usage_ledger").select(["calls", "credits"]).where("capability", "=", "api.contacts.createBatch").orderBy("id").execute();
  expect(entries).toEqual([{ calls: 1, credits: 3 }, { calls: 0, credits: -2 }, { calls: 1, credits: 4 }]);
});

test("is refused whole when it is none: too many, empty, unknown fields, a key without the scope", async () => {
  const api = await startApi();
  expect((await batch(api, Array.from({ length: 101 }, () => ({ firstName: "A" })))).status).toBe(400);
  expect((await batch(api, [])).status).toBe(400);
  expect((await api.call("POST", "/v1/contacts/batch", { body: { contacts: [{ firstName: "A" }], all: true } })).status).toBe(400);
  expect((await batch(api, [{ firstName: "A" }], "?on_duplicate=maybe")).status).toBe(400);
  const { key } = await api.newKey({ scopes: ["contacts:read"] });
  expect((await batch(api, [{ firstName: "A" }], "", { key })).status).toBe(403);
  expect(await count(api)).toBe(0);
});
