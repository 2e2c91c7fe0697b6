import { describe, expect, test } from "vitest";
import { mintKey } from "../../core/api-key.ts";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { asReplay } from "../../test/support/answers.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { rawRequest } from "../../test/support/raw-request.ts";
import { createWorkspace } from "../keys/index.ts";

/** What the matrix does not see: rows 14 and 19 to 24 of the threats. Row 15 is tested beside api/keys/exposures.ts. */
const start = 1_795_000_000_000;

describe("row 14: answers of every kind", () => {
  test("are not cached, sniffed or referred, errors and refusals by the router included", async () => {
    const api = await startApi();
    for (const [method, path] of [["GET", "/v1"], ["GET", "/v1/key"], ["GET", "/v1/contacts/missing"], ["GET", "/v1/nothing"], ["PUT", "/v1/key"], ["GET", "/v1/contacts/%zz"], ["GET", `/v1/contacts/${"x".repeat(200)}`], ["GET", "/v1/contacts/"], ["OPTIONS", "/v1/contacts"]] as const) {
      const { headers, status, text } = await rawRequest(api.url, method, path, { "x-api-key": api.secret.key });
      expect([path, headers["cache-control"], headers["referrer-policy"], headers["x-content-type-options"]]).toEqual([path, "no-store", "no-referrer", "nosniff"]);
      if (status >= 400) expect(JSON.parse(text).error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), requestId: headers["x-request-id"] });
    }
  });
});

describe("row 19: a key that is none", () => {
  test("is answered alike, whether it could be one, is misspelt, or is no key at all", async () => {
    const api = await startApi();
    const ask = async (key: string, header = "x-api-key") => {
      const { status, headers, text } = await rawRequest(api.url, "GET", "/v1/me", { [header]: key });
      const { date: _date, "x-request-id": _id, "content-length": length, ...rest } = headers;
      return { status, length, headers: rest, body: text.replace(/req_\w+/, "") };
    };
    const unknown = await ask(mintKey("secret"));
    expect([unknown.status, JSON.parse(unknown.body).error.code]).toEqual([401, "API_KEY_INVALID"]);
    const last = api.secret.key.at(-1) === "0" ? "1" : "0";
    for (const key of [mintKey("publishable"), api.secret.key.slice(0, -1) + last, api.secret.key.slice(0, -1), `${api.secret.key}0`, api.secret.key.toUpperCase(), "gtm_sk_", "x", "' OR 1=1", "*"]) {
      expect([key, await ask(key)]).toEqual([key, unknown]);
      expect([key, await ask(`Bearer ${key}`, "authorization")]).toEqual([key, unknown]);
    }
  });

  test("two different keys in one request are neither of them", async () => {
    const api = await startApi();
    const both = await rawRequest(api.url, "GET", "/v1/key", { "x-api-key": api.secret.key, authorization: `Bearer ${api.publishable.key}` });
    expect([both.status, JSON.parse(both.text).error.code]).toEqual([401, "API_KEY_INVALID"]);
    const twice = await rawRequest(api.url, "GET", "/v1/key", { "x-api-key": [api.secret.key, api.publishable.key] });
    expect(twice.status).toBe(401);
    expect((await rawRequest(api.url, "GET", "/v1/key", { "x-api-key": api.secret.key, authorization: `Bearer ${api.secret.key}` })).status).toBe(200);
  });
});

describe("row 20: X-Forwarded-For", () => {
  const flags = { "visitor-limit": "3" };
  const sender = async (more: Record<string, string>) => {
    const api = await startApi({ clock: fixedClock(start), flags: { ...flags, ...more } });
    return async (forwarded: string) => (await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit(), headers: { "x-forwarded-for": forwarded, forwarded: `for=${forwarded}`, "x-real-ip": forwarded } })).status;
  };

  test("is not believed unless its sender is a proxy that the operator named", async () => {
    const send = await sender({});
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push(await send(`203.0.113.${i}`));
    expect(statuses).toEqual([201, 201, 201, 429, 429]);
  });

  test("names the rightmost address that is no proxy's; what a visitor put before it counts for nothing", async () => {
    const send = await sender({ "trusted-proxies": "127.0.0.1,10.0.0.0/8" });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push(await send(`198.51.100.${i}, 203.0.113.9, 10.1.2.3`));
    expect(statuses).toEqual([201, 201, 201, 429, 429]);
    expect(await send("203.0.113.9, 198.51.100.77")).toBe(201);
  });
});

describe("row 21: an Idempotency-Key", () => {
  test("is its workspace's own, and each method and path's", async () => {
    const api = await startApi();
    const other = await createWorkspace(api.store, Date.now(), { name: "Other" });
    const stranger = await api.newKey({ workspaceId: other.id });
    const headers = { "idempotency-key": "1" };
    const mine = await api.call("POST", "/v1/contacts", { body: { firstName: "Ada", email: "ada@analytical.example" }, headers });
    const theirs = await api.call("POST", "/v1/contacts", { body: { firstName: "Ada", email: "ada@analytical.example" }, headers, key: stranger.key });
    expect([mine.status, theirs.status, theirs.headers.get("idempotent-replayed")]).toEqual([201, 201, null]);
    expect(theirs.body.data.contactId).not.toBe(mine.body.data.contactId);
    expect((await api.call("GET", `/v1/contacts/${mine.body.data.contactId}`, { key: stranger.key })).status).toBe(404);
    const company = await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://www.linkedin.com/company/acme" }, headers });
    expect([company.status, company.headers.get("idempotent-replayed")]).toEqual([201, null]);
    // The same request by the other base path is the same request; with another query or body it is another.
    expect((await api.call("POST", "/api/v1/contacts", { body: { firstName: "Ada", email: "ada@analytical.example" }, headers })).body).toEqual(asReplay(mine.body));
    expect((await api.call("POST", "/v1/contacts?on_duplicate=update", { body: { firstName: "Ada", email: "ada@analytical.example" }, headers })).body.error.code).toBe("IDEMPOTENCY_CONFLICT");
    expect((await api.call("POST", "/v1/contacts", { body: { firstName: "Bob" }, headers })).body.error.code).toBe("IDEMPOTENCY_CONFLICT");
    for (const key of ["", "x".repeat(256)]) expect((await api.call("POST", "/v1/contacts", { body: { firstName: "Bob" }, headers: { "idempotency-key": key } })).status).toBe(400);
  });

  test("of a refused request is free again, and holds for 24 hours", async () => {
    const clock = fixedClock(start);
    const api = await startApi({ clock });
    const headers = { "idempotency-key": "later" };
    const create = (body: unknown) => api.call("POST", "/v1/contacts", { body, headers });
    expect((await create({ nonsense: true })).status).toBe(400);
    const first = await create({ firstName: "Ada" });
    clock.advance(86_400_000);
    expect((await create({ firstName: "Ada" })).body).toEqual(asReplay(first.body));
    clock.advance(1);
    expect((await create({ firstName: "Ada" })).body.data.contactId).not.toBe(first.body.data.contactId);
  });

  test("keeps no answer as plain text, and answers that were kept so before are read on", async () => {
    const api = await startApi();
    const headers = { "idempotency-key": "sealed" };
    const first = await api.call("POST", "/v1/contacts", { body: { firstName: "Ada" }, headers });
    const row = async () => api.store.read.selectFrom("idempotency_keys").selectAll().executeTakeFirstOrThrow();
    expect((await row()).answer).toMatch(/^v1\.[\w-]+$/);
    const set = (answer: string) => api.store.write(async (tx) => void (await tx.updateTable("idempotency_keys").set({ answer }).execute()));
    const again = () => api.call("POST", "/v1/contacts", { body: { firstName: "Ada" }, headers });
    expect((await again()).body).toEqual(asReplay(first.body));
    await set(JSON.stringify(first.body));
    expect((await again()).body).toEqual(asReplay(first.body));
    // Sealed under another secret, or for another place: neither shown nor carried out twice.
    await set(`v1.${Buffer.alloc(60).toString("base64url")}`);
    expect((await again()).body.error.code).toBe("IDEMPOTENCY_CONFLICT");
  });
});

describe("rows 22 and 23: lists", () => {
  test("take no other sort, limit or filter than they name, and search words never reach the engine's syntax", async () => {
    const api = await startApi();
    for (const name of ["Ada OR", "Ada", "Bob"]) await api.call("POST", "/v1/contacts", { body: { firstName: name } });
    for (const query of ["sort_by=email;DROP", "sort_by=score--", "sort_direction=asc,id", "limit=1%20OR%201", "limit=1e2x", "status=new'--", "include_archived=1;", "limit=1&limit=2"]) {
      expect([query, (await api.call("GET", `/v1/contacts?${query}`)).status]).toEqual([query, 400]);
    }
    const search = async (query: string) => (await api.call("POST", "/v1/contacts/search", { body: { query } })).body.data?.contacts.map((c: { firstName: string }) => c.firstName);
    for (const query of ['"Ada', "Ada*", "Ada OR Bob", "NOT Ada", "NEAR(Ada Bob)", "first_name:Bob", "%", "_da", "' OR 1=1 --", "Ada)", "^Ada", "{a b}"]) expect([query, (await search(query))?.includes("Bob") ?? false]).toEqual([query, false]);
    expect(await search("ada or")).toEqual(["Ada OR"]);
    const list = await api.call("GET", "/v1/contacts?company=%25");
    expect(list.body.data.contacts).toEqual([]);
  });

  test("refuse a cursor under other filters or another order than it was made for", async () => {
    const api = await startApi();
    for (let i = 0; i < 3; i++) await api.call("POST", "/v1/contacts", { body: { firstName: `Ada ${i}` } });
    const { nextCursor } = (await api.call("GET", "/v1/contacts?limit=1&status=new")).body.data;
    for (const query of ["", "&status=ready", "&status=new&sort_by=score", "&status=new&sort_direction=asc", "&status=new&include_archived=true"]) {
      expect([query, (await api.call("GET", `/v1/contacts?limit=1${query}&cursor=${nextCursor}`)).status]).toEqual([query, 400]);
    }
    expect((await api.call("GET", `/v1/contacts?limit=1&status=new&cursor=${nextCursor}`)).status).toBe(200);
  });
});

test("row 24: one person in other characters is a duplicate, and characters that only deceive are refused", async () => {
  const api = await startApi();
  const { key } = await api.newKey({ scopes: [...allScopes] });
  const create = async (email: string) => {
    const { status, body } = await api.call("POST", "/v1/contacts", { key, body: { email } });
    return body.error?.code ?? status;
  };
  expect(await create("ada@bücher.example")).toBe(201);
  for (const email of ["ADA@bücher.example", " ada@BÜCHER.example ", "ada@xn--bcher-kva.example", "ａｄａ@bücher.example", "ada@bu\u0308cher.example"]) expect([email, await create(email)]).toEqual([email, "DUPLICATE_CONTACT"]);
  for (const email of ["ada\u202e@bücher.example", "a\u200bda@bücher.example", "ada\u0000@bücher.example", "ada@bücher.example\r\nBcc: x@y.example", "ada\ufeff@bücher.example"]) expect([email, await create(email)]).toEqual([email, "VALIDATION_ERROR"]);
});
