import { expect, test } from "vitest";
import { chrome, startApi, visit } from "../../test/support/api.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
const browser = { headers: { "user-agent": chrome } };
const send = async (api: Api, company: unknown, key = api.secret.key, more: Record<string, unknown> = {}) => {
  const answer = await api.call("POST", "/v1/signals", { key, body: visit({ data: { pageUrl: "/pricing", company }, ...more }), ...browser });
  expect(answer.status).toBe(201);
  return answer.body.data.signalId as string;
};
const companies = async (api: Api) => (await api.call("GET", "/v1/companies")).body.data.companies as { id: string; domain: string; name: string | null }[];
const companyOf = async (api: Api, signalId: string) => (await api.call("GET", `/v1/signals/${signalId}`)).body.data.companyId as string | null;
const listed = async (api: Api, query: string) => (await api.call("GET", `/v1/signals?${query}`)).body.data.signals.map((s: { id: string }) => s.id) as string[];

test("a signal that names a company is of it: the published example, one company however often and in whatever spelling", async () => {
  const api = await startApi();
  const ids = await Promise.all(["acme.com", "https://www.acme.com/x", "blog.ACME.com", "acme.com"].map((domain) => send(api, { name: "Acme Corp", domain })));
  const [acme, ...others] = await companies(api);
  expect([acme, others]).toMatchObject([{ name: "Acme Corp", domain: "acme.com" }, []]);
  expect(await Promise.all(ids.map((id) => companyOf(api, id)))).toEqual(ids.map(() => acme?.id));
  expect((await listed(api, `companyId=${acme?.id}`)).toSorted()).toEqual(ids.toSorted());
  // By its name alone one that is there is found, and none is made.
  expect(await companyOf(api, await send(api, { name: "acme corp" }))).toBe(acme?.id);
  expect(await companyOf(api, await send(api, "ACME Corp"))).toBe(acme?.id);
  expect(await companyOf(api, await send(api, { name: "Other" }))).toBeNull();
});

test("an international domain is one company in either spelling (row 24)", async () => {
  const api = await startApi();
  const ids = [await companyOf(api, await send(api, { domain: "bücher.de" })), await companyOf(api, await send(api, { domain: "XN--BCHER-KVA.de" }))];
  expect(ids[0]).not.toBeNull();
  expect(ids[1]).toBe(ids[0]);
  expect((await companies(api)).map((company) => company.domain)).toEqual(["xn--bcher-kva.de"]);
  expect(await companyOf(api, await send(api, { domain: "b\u202eücher.de" }))).toBeNull();
});

test("free mail, hosts' customers, addresses and rubbish are no company", async () => {
  const api = await startApi();
  for (const company of [{ domain: "gmail.com" }, { domain: "acme.herokuapp.com" }, { domain: "co.uk" }, { domain: "9.1.2.3" }, { domain: "no domain" }, { domain: 7 }, { domain: "x".repeat(5000) }, { name: "a\u0000b" }, [], null, 7, {}]) {
    if (JSON.stringify(company).includes("\\u0000")) continue;
    expect(await companyOf(api, await send(api, company))).toBeNull();
  }
  expect(await companies(api)).toEqual([]);
});

test("what a browser names is a claim: it gets no contacts, its name gives way to the first that is known, and it can't flood (row 3)", async () => {
  const api = await startApi();
  const contact = (await api.call("POST", "/v1/contacts", { body: { email: "jane@acme.com" } })).body.data.contactId;
  const claimed = await companyOf(api, await send(api, { name: "Forged", domain: "acme.com" }, api.publishable.key));
  expect((await companies(api))[0]).toMatchObject({ id: claimed, name: "Forged" });
  expect((await api.call("GET", `/v1/contacts/${contact}`)).body.data.companyId).toBeNull();
  const upserted = (await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://linkedin.com/company/acme", name: "Acme Corp", domain: "acme.com" } })).body.data;
  expect(upserted).toEqual({ companyId: claimed, created: false, updatedFields: ["linkedInUrl", "name"], preservedFields: ["domain"] });
  expect(await companies(api)).toMatchObject([{ id: claimed, name: "Acme Corp", linkedInUrl: "https://linkedin.com/company/acme" }]);
  expect((await api.call("GET", `/v1/contacts/${contact}`)).body.data.companyId).toBe(claimed);

  for (let round = 0; round < 3; round++) {
    const signals = Array.from({ length: 100 }, (_, i) => visit({ data: { pageUrl: "/", company: { domain: `c${round}-${i}.com` } } }));
    await api.call("POST", "/v1/signals/batch", { key: api.publishable.key, body: { signals }, ...browser });
  }
  const made = await api.store.read.selectFrom("companies").select("id").where("source", "=", "claim").execute();
  expect(made.length).toBeGreaterThanOrEqual(199);
  // Those of one batch look at the same moment.
  expect(made.length).toBeLessThanOrEqual(201);
  expect(await companyOf(api, await send(api, { domain: "server.com" }))).not.toBeNull();
});

test("a company's signals are its own and those of its contacts, newest first, paged, filtered, and nobody else's", async () => {
  const api = await startApi();
  const other = await startApi();
  const { companyId } = (await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://linkedin.com/company/acme", domain: "acme.com" } })).body.data;
  const person = async (email: string) => (await api.call("POST", "/v1/contacts", { body: { email } })).body.data.contactId as string;
  const [jane, joe, stranger] = [await person("jane@acme.com"), await person("joe@mail.acme.com"), await person("x@other.com")];
  const ids: string[] = [];
  for (const [i, contactId] of [jane, undefined, joe, stranger, jane, undefined].entries()) {
    const id = await send(api, contactId === undefined || i === 4 ? { domain: "acme.com" } : undefined, api.secret.key, { ...(contactId === undefined ? {} : { contactId }), priority: i === 2 ? "high" : "low" });
    if (contactId !== stranger) ids.unshift(id);
  }
  expect(await listed(api, `companyId=${companyId}`)).toEqual(ids);
  expect(await listed(api, `companyId=${companyId}&priority=high`)).toEqual([ids[2]]);
  expect(await listed(api, `companyId=${companyId}&contactId=${jane}`)).toEqual([ids[1], ids[4]]);
  const paged: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { data } = (await api.call("GET", `/v1/signals?companyId=${companyId}&limit=2${page}`)).body;
    paged.push(...data.signals.map((s: { id: string }) => s.id));
    cursor = data.nextCursor;
  }
  expect(paged).toEqual(ids);
  expect(await listed(other, `companyId=${companyId}`)).toEqual([]);

  const people = async (query: string, of = companyId) => (await api.call("GET", `/v1/companies/${of}/contacts?${query}`)).body.data;
  const first = await people("limit=1");
  const rest = await people(`limit=1&cursor=${encodeURIComponent(first.nextCursor)}`);
  expect([...first.contacts, ...rest.contacts].map((c: { id: string }) => c.id)).toEqual([joe, jane]);
  expect(rest.nextCursor).toBeNull();
  expect((await api.call("GET", `/v1/companies/${companyId}/contacts?limit=101`)).status).toBe(400);
  const { key } = await api.newKey({ scopes: ["signals:read"] });
  expect((await api.call("GET", `/v1/companies/${companyId}/contacts`, { key })).status).toBe(403);
  expect([(await api.call("GET", "/v1/companies/none/contacts")).status, (await other.call("GET", `/v1/companies/${companyId}/contacts`)).status]).toEqual([404, 404]);
});

test("a company known by its domain keeps it, alone", async () => {
  const api = await startApi();
  for (const domain of ["a.com", "b.com"]) await send(api, { domain });
  const [b, a] = await companies(api);
  const patch = async (domain: string | null) => (await api.call("PATCH", `/v1/companies/${b?.id}`, { body: { domain } })).body;
  expect((await patch("a.com")).error.details[0]).toMatchObject({ path: "domain", code: "duplicate", message: expect.stringContaining(a?.id ?? "") });
  expect((await patch(null)).error.details[0].code).toBe("identity_required");
  expect((await patch("c.com")).data.domain).toBe("c.com");
});
