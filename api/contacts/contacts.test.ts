import { describe, expect, test } from "vitest";
import { startApi, visit } from "../../test/support/api.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
const jane = { firstName: "Jane", lastName: "Smith", email: "jane@acme.test", company: "Acme Corp", title: "VP Engineering" };

const create = async (api: Api, body: Record<string, unknown>, query = "") => (await api.call("POST", `/v1/contacts${query}`, { body })).body.data.contactId as string;
const list = async (api: Api, query: string) => (await api.call("GET", `/v1/contacts?${query}`)).body.data as { contacts: Record<string, unknown>[]; hasMore: boolean; nextCursor: string | null };

describe("a contact", () => {
  test("is created as the published example says, read back whole, changed, archived and restored", async () => {
    const api = await startApi();
    const made = await api.call("POST", "/api/v1/contacts", { body: { ...jane, tags: ["vip", "vip"], attributes: { tier: 1 } } });
    expect([made.status, made.body.meta.credits]).toEqual([201, { used: 1 }]);
    const id = made.body.data.contactId;
    const { body } = await api.call("GET", `/v1/contacts/${id}`);
    expect(body.data).toMatchObject({ id, ...jane, status: "new", score: null, source: "api", tags: ["vip"], attributes: { tier: 1 }, enrichment: {}, scores: [], recentSignals: [], archivedAt: null });

    const patched = await api.call("PATCH", `/v1/contacts/${id}`, { body: { status: "contacted", tags: ["priority", "enterprise"], title: null } });
    expect(patched.body.data).toMatchObject({ ...jane, title: null, status: "contacted", tags: ["priority", "enterprise"] });

    const archived = await api.call("DELETE", `/v1/contacts/${id}?reason=left`);
    expect((await api.call("DELETE", `/v1/contacts/${id}`)).body.data).toEqual(archived.body.data);
    expect((await list(api, "")).contacts).toEqual([]);
    expect((await list(api, "include_archived=true")).contacts).toHaveLength(1);
    expect((await api.call("GET", `/v1/contacts/${id}`)).body.data.archiveReason).toBe("left");
    expect((await api.call("POST", `/v1/contacts/${id}/restore`)).body.data).toMatchObject({ id, archivedAt: null });
    expect((await list(api, "")).contacts).toHaveLength(1);
  });

  test("is one row however many create it at once, by e-mail or LinkedIn address in any spelling", async () => {
    const api = await startApi();
    const spelled = ["jane@acme.test", " Jane@ACME.test ", "ｊane@acme.test"];
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => api.call("POST", "/v1/contacts", { body: { email: spelled[i % 3] } })));
    expect(answers.filter((a) => a.status === 201)).toHaveLength(1);
    const refused = answers.filter((a) => a.status !== 201);
    const { contacts } = await list(api, "");
    expect(refused.map((a) => [a.status, a.body.error.code, a.body.error.details[0].existingContactId])).toEqual(refused.map(() => [409, "DUPLICATE_CONTACT", contacts[0]?.["id"]]));

    const profiles = ["https://www.linkedin.com/in/jane-smith/", "http://de.linkedin.com/in/Jane-Smith?trk=x", "linkedin.com/in/jane%2Dsmith"];
    const more = await Promise.all(profiles.map((linkedInUrl) => api.call("POST", "/v1/contacts", { body: { linkedInUrl } })));
    expect(more.map((a) => a.status).toSorted()).toEqual([201, 409, 409]);
  });

  test("that exists is answered or updated where the caller says so, also when archived", async () => {
    const api = await startApi();
    const id = await create(api, jane);
    expect(await create(api, { email: jane.email, title: "CTO" }, "?on_duplicate=return")).toBe(id);
    expect((await api.call("GET", `/v1/contacts/${id}`)).body.data.title).toBe(jane.title);
    expect(await create(api, { email: jane.email, title: "CTO" }, "?on_duplicate=update")).toBe(id);
    expect((await api.call("GET", `/v1/contacts/${id}`)).body.data).toMatchObject({ title: "CTO", firstName: "Jane" });
    const upserted = await api.call("PUT", "/v1/contacts", { body: { email: jane.email, phone: "+49 30 1" } });
    expect([upserted.status, upserted.body.data]).toEqual([200, { contactId: id, created: false }]);
    const nobody = await api.call("PUT", "/v1/contacts", { body: { firstName: "Jane" } });
    expect([nobody.status, nobody.body.error.details[0].code]).toEqual([400, "identity_required"]);
    await api.call("DELETE", `/v1/contacts/${id}`);
    const again = await api.call("POST", "/v1/contacts", { body: { email: jane.email } });
    expect(again.body.error.details[0]).toMatchObject({ field: "email", existingContactId: id, archived: true });
  });

  test("keeps somebody to be: unknown fields, no identity, clearing the last one, another's address and bad values name what to fix", async () => {
    const api = await startApi();
    const id = await create(api, { email: "a@acme.test" });
    await create(api, { email: "b@acme.test" });
    const refusal = async (method: string, path: string, body: unknown) => {
      const answer = await api.call(method, path, { body });
      return [answer.status, answer.body.error?.code, answer.body.error?.details?.[0]?.path];
    };
    expect(await refusal("POST", "/v1/contacts", { title: "CTO" })).toEqual([400, "VALIDATION_ERROR", ""]);
    expect(await refusal("POST", "/v1/contacts", { email: "x@acme.test", admin: true })).toEqual([400, "VALIDATION_ERROR", "admin"]);
    expect(await refusal("POST", "/v1/contacts", { email: "nobody" })).toEqual([400, "VALIDATION_ERROR", "email"]);
    expect(await refusal("POST", "/v1/contacts", { linkedInUrl: "https://example.com/in/jane" })).toEqual([400, "VALIDATION_ERROR", "linkedInUrl"]);
    expect(await refusal("POST", "/v1/contacts", { firstName: "J", attributes: { big: "x".repeat(21_000) } })).toEqual([400, "VALIDATION_ERROR", "attributes"]);
    expect(await refusal("POST", "/v1/contacts", `{"firstName":"J","attributes":{"a":${"[".repeat(9000)}${"]".repeat(9000)}}}`)).toEqual([400, "VALIDATION_ERROR", "attributes"]);
    expect(await refusal("PATCH", `/v1/contacts/${id}`, { email: null })).toEqual([400, "VALIDATION_ERROR", ""]);
    expect(await refusal("PATCH", `/v1/contacts/${id}`, { email: "B@acme.test" })).toEqual([409, "DUPLICATE_CONTACT", "email"]);
    expect(await refusal("PATCH", `/v1/contacts/${id}`, { workspaceId: "x" })).toEqual([400, "VALIDATION_ERROR", "workspaceId"]);
    expect(await refusal("PATCH", "/v1/contacts/none", { title: "x" })).toEqual([404, "NOT_FOUND", undefined]);
  });

  test("dry runs answer alike and write nothing; an Idempotency-Key makes one of two", async () => {
    const api = await startApi();
    const dry = await api.call("POST", "/v1/contacts?dry_run=true", { body: jane });
    expect([dry.status, dry.body.meta.credits, dry.body.meta.dryRun]).toEqual([201, { used: 0 }, true]);
    expect((await list(api, "")).contacts).toEqual([]);
    const headers = { "idempotency-key": "k1" };
    const [a, b] = await Promise.all([1, 2].map(() => api.call("POST", "/v1/contacts", { headers, body: { firstName: "Twice" } })));
    expect(a?.body.data).toEqual(b?.body.data);
    expect(a?.body.meta.requestId).toBe(b?.body.meta.requestId);
    expect((a?.body.meta.credits.used ?? 0) + (b?.body.meta.credits.used ?? 0)).toBe(1);
    expect((await list(api, "")).contacts).toHaveLength(1);
    expect((await api.call("POST", "/v1/contacts", { headers, body: { firstName: "Other" } })).body.error.code).toBe("IDEMPOTENCY_CONFLICT");
  });

  test("brings its signals", async () => {
    const api = await startApi();
    const id = await create(api, jane);
    await api.call("POST", "/v1/signals", { body: visit({ contactId: id }) });
    expect((await api.call("GET", `/v1/contacts/${id}`)).body.data.recentSignals).toMatchObject([{ type: "website_visit" }]);
  });

  test("of another workspace is missing", async () => {
    const api = await startApi();
    const other = await startApi();
    const id = await create(other, jane);
    const missing = await api.call("GET", "/v1/contacts/none");
    const foreign = await api.call("GET", `/v1/contacts/${id}`);
    expect([foreign.status, foreign.body.error.message]).toEqual([missing.status, missing.body.error.message]);
  });
});

describe("the list of contacts", () => {
  test("filters, sorts both ways with unscored ones last, and pages without a gap while contacts are added", async () => {
    const api = await startApi();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push(await create(api, { firstName: `N${i}`, company: i % 2 ? "Acme 100% GmbH" : "Other", source: i < 3 ? "csv" : "api", status: i === 6 ? "replied" : "new" }));
    for (const [i, score] of [[0, 50], [1, 90], [2, 50], [3, 10]] as const) {
      await api.store.write((tx) => tx.updateTable("contacts").set({ score }).where("id", "=", ids[i] ?? "").execute());
    }
    const order = async (query: string) => (await list(api, query)).contacts.map((c) => ids.indexOf(String(c["id"])));
    expect(await order("source=csv")).toEqual([2, 1, 0]);
    expect(await order("status=replied")).toEqual([6]);
    expect(await order("company=acme%20100%25")).toEqual([5, 3, 1]);
    expect(await order("company=100_")).toEqual([]);
    expect(await order("sort_direction=asc&limit=3")).toEqual([0, 1, 2]);
    expect(await order("sort_by=score")).toEqual([1, 2, 0, 3, 6, 5, 4]);
    expect(await order("sort_by=score&sort_direction=asc")).toEqual([3, 0, 2, 1, 4, 5, 6]);
    for (const sort of ["sort_by=score", "sort_by=score&sort_direction=asc", "sort_by=activityScore", "sort_by=createdAt"]) {
      const whole = await order(sort);
      const paged: number[] = [];
      let cursor: string | null = "";
      for (let page = 0; page < 10 && cursor !== null; page++) {
        const answer = await list(api, `${sort}&limit=2${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
        paged.push(...answer.contacts.map((c) => ids.indexOf(String(c["id"]))));
        cursor = answer.nextCursor;
      }
      expect([sort, paged]).toEqual([sort, whole]);
    }
    const { nextCursor } = await list(api, "limit=2");
    expect((await api.call("GET", `/v1/contacts?limit=2&status=new&cursor=${encodeURIComponent(nextCursor ?? "")}`)).status).toBe(400);
    expect((await api.call("GET", "/v1/contacts?limit=101")).status).toBe(400);
    expect((await api.call("GET", "/v1/contacts?sort_by=email")).status).toBe(400);
  });
});

describe("search", () => {
  test("finds contacts that have every word, by the start of a word, best first, whatever the engine's syntax", async () => {
    const api = await startApi();
    const vp = await create(api, { firstName: "Jane", title: "VP Engineering", email: "j@acme.test" });
    const tagged = await create(api, { firstName: "Zoë", company: "Vparts", tags: ["engineering"] });
    await create(api, { firstName: "Bob", title: "Sales" });
    const search = async (query: string, more = {}) => (await api.call("POST", "/v1/contacts/search", { body: { query, ...more } })).body.data.contacts.map((c: { id: string }) => c.id);
    expect(await search("VP Engineering")).toEqual([vp, tagged]);
    expect(await search("engin", { limit: 1 })).toEqual([vp]);
    expect(await search("zoe")).toEqual([tagged]);
    expect(await search("jane sales")).toEqual([]);
    for (const odd of ['"', "*", "a AND", "NEAR(", "%", "'; DROP", "-"]) expect(Array.isArray(await search(odd))).toBe(true);
    expect(await search("engineering", { status: "replied" })).toEqual([]);
    await api.call("PATCH", `/v1/contacts/${vp}`, { body: { title: "Chief" } });
    expect(await search("engineering")).toEqual([tagged]);
    await api.call("DELETE", `/v1/contacts/${tagged}`);
    expect(await search("engineering")).toEqual([]);
  });
});
