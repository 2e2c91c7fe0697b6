import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { revokeKey } from "../../api/keys/index.ts";
import { allScopes } from "../../core/endpoint.ts";
import { type ApiOptions, startApi } from "../support/api.ts";

/**
 * What a developer does who has the published reference and nothing else: every endpoint, by its examples, with plain fetch; and every
 * error that the reference names. What the reference says is written out here, not taken from our own contracts.
 */

interface Answer {
  status: number;
  headers: Headers;
  // A stranger reads answers by path.
  body: ReturnType<typeof JSON.parse>;
}

/** A key of a workspace, used as the page's curl examples do. */
function curl(url: string, base: string, key: string | undefined) {
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(url + base + path, {
      method,
      headers: { ...(key === undefined ? {} : { "X-API-Key": key }), ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    expect(response.headers.get("content-type"), `${method} ${path}`).toMatch(/^application\/json/);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
}

async function start(base = "/api/v1", options: ApiOptions = {}) {
  const api = await startApi(options);
  /** What the dashboard does: it makes what the page only refers to by id. */
  const { key: all } = await api.newKey({ scopes: [...allScopes] });
  return { api, secret: curl(api.url, base, api.secret.key), publishable: curl(api.url, base, api.publishable.key), nobody: curl(api.url, base, undefined), dashboard: curl(api.url, base, all) };
}

const jane = { firstName: "Jane", lastName: "Smith", email: "jane@acme.com", company: "Acme Corp", title: "VP Engineering" };
const requestId = expect.stringMatching(/^req_\w+$/);
const id = expect.stringMatching(/^\S+$/);
const epochMs = (value: unknown) => typeof value === "number" && value > 1.6e12 && Math.abs(value - Date.now()) < 600_000;

/** A success as the page shows it: `data`, and a `meta` with the request's id and credits. */
function success(answer: Answer, status: number, credits: number) {
  expect([answer.status, answer.body.error]).toEqual([status, undefined]);
  expect(answer.body.meta).toEqual({ requestId, credits: { used: credits } });
  expect(Object.keys(answer.body).toSorted()).toEqual(["data", "meta"]);
  return answer.body.data;
}

/** A failure as the page shows it: no `data`, no `meta`. */
function failure(answer: Answer, status: number, code: string) {
  expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
  expect(Object.keys(answer.body)).toEqual(["error"]);
  expect(answer.body.error).toMatchObject({ message: expect.stringMatching(/\S/), requestId });
  return answer.body.error;
}

const publishedCapabilities: [method: string, path: string, scope: string, credits: number][] = [
  ["GET", "/v1/me", "contacts:read", 0],
  ["GET", "/v1/contacts", "contacts:read", 1],
  ["POST", "/v1/contacts", "contacts:write", 1],
  ["POST", "/v1/contacts/search", "contacts:read", 1],
  ["GET", "/v1/contacts/:id", "contacts:read", 1],
  ["PATCH", "/v1/contacts/:id", "contacts:write", 1],
  ["DELETE", "/v1/contacts/:id", "contacts:write", 1],
  ["POST", "/v1/contacts/:id/enrich", "enrichment:write", 5],
  ["GET", "/v1/enrichment/:contactId", "enrichment:read", 0],
  ["POST", "/v1/contacts/:id/score", "intelligence:read", 3],
  ["GET", "/v1/signals", "signals:read", 1],
  ["POST", "/v1/signals", "signals:write", 1],
  ["GET", "/v1/signals/stats", "signals:read", 0],
  ["GET", "/v1/companies", "contacts:read", 1],
  ["POST", "/v1/companies", "contacts:write", 1],
  ["GET", "/v1/companies/:id", "contacts:read", 1],
  ["POST", "/v1/sequences/:id/enroll", "sequences:write", 3],
  ["POST", "/v1/workflows/:id/trigger", "workflows:write", 2],
  ["GET", "/v1/connectors", "connectors:read", 0],
  ["GET", "/v1/connectors/:id", "connectors:read", 0],
];

const publishedScopes =
  "intelligence:read enrichment:read enrichment:write messages:read signals:read signals:write contacts:read contacts:write sequences:read sequences:write workflows:read workflows:write connectors:read connectors:write".split(" ");

describe.each(["/api/v1", "/v1"])("under %s", (base) => {
  test("the root, health, the key and the inventory say what there is", async () => {
    const { api, secret, nobody } = await start(base);
    const root = await nobody("GET", "");
    expect([root.status, root.body.data, root.body.meta]).toEqual([200, undefined, undefined]);
    expect(root.body).toMatchObject({ name: "Owlbound API", version: expect.stringMatching(/^\d+\.\d+\.\d+$/), endpoints: { "contacts.list": { path: "/api/v1/contacts", method: "GET", scope: "contacts:read" } } });
    expect(root.body.authentication).toMatchObject({ methods: ["X-API-Key header", "Authorization: Bearer <key>"], keyFormat: "gtm_sk_* (secret) or gtm_pk_* (publishable)" });

    const health = await nobody("GET", "/health");
    expect([health.status, health.body.status, health.body.version]).toEqual([200, "operational", root.body.version]);
    expect(new Date(health.body.timestamp).toISOString().slice(0, 19)).toBe(health.body.timestamp.slice(0, 19));

    const me = success(await secret("GET", "/me"), 200, 0);
    expect(me.workspace).toMatchObject({ id: api.workspace.id, name: "Acme", plan: expect.any(String), status: "active" });
    expect(me.apiKey.id).toBe(api.secret.id);
    expect(me.apiKey.scopes.toSorted()).toEqual(publishedScopes.toSorted());
    const bearer = curl(api.url, base, undefined);
    expect(success(await bearer("GET", "/me", undefined, { Authorization: `Bearer ${api.secret.key}` }), 200, 0)).toEqual(me);

    // The page's example of this one sends no key.
    const { capabilities } = success(await nobody("GET", "/capabilities"), 200, 0);
    expect(success(await secret("GET", "/capabilities"), 200, 0)).toEqual({ capabilities });
    const inventory = capabilities as { method: string; path: string; scope: string; credits: number }[];
    for (const [method, path, scope, credits] of publishedCapabilities) {
      expect(inventory.filter((c) => c.method === method && c.path === path)).toMatchObject([{ scope, credits }]);
    }
  });

  test("contacts and companies", async () => {
    const { secret } = await start(base);
    const { contactId } = success(await secret("POST", "/contacts", jane), 201, 1);
    expect(contactId).toEqual(id);
    const listed = success(await secret("GET", "/contacts?status=new&limit=10"), 200, 1);
    expect(listed).toMatchObject({ hasMore: false, contacts: [{ id: contactId, ...jane, status: "new" }] });
    expect([listed.contacts[0].createdAt, "score" in listed.contacts[0]]).toSatisfy(([at, has]) => epochMs(at) && has === true);

    for (let i = 0; i < 3; i++) success(await secret("POST", "/contacts", { lastName: `Smith ${i}`, company: "Beta GmbH", source: "csv" }), 201, 1);
    const first = success(await secret("GET", "/contacts?limit=3"), 200, 1);
    expect([first.hasMore, first.contacts.length, first.nextCursor]).toEqual([true, 3, id]);
    const rest = success(await secret("GET", `/contacts?limit=3&cursor=${encodeURIComponent(first.nextCursor)}`), 200, 1);
    expect([rest.hasMore, rest.contacts.map((c: { id: string }) => c.id)]).toEqual([false, [contactId]]);
    expect(success(await secret("GET", "/contacts?company=acme"), 200, 1).contacts).toHaveLength(1);
    expect(success(await secret("GET", "/contacts?source=csv&sort_by=score&sort_direction=asc"), 200, 1).contacts).toHaveLength(3);
    expect(success(await secret("GET", "/contacts?source=api"), 200, 1).contacts).toHaveLength(1);

    const found = success(await secret("POST", "/contacts/search", { query: "VP Engineering", limit: 10 }), 200, 1);
    expect(found.contacts).toMatchObject([{ id: contactId, title: "VP Engineering" }]);
    expect(success(await secret("GET", `/contacts/${contactId}`), 200, 1)).toMatchObject({ id: contactId, ...jane, enrichment: expect.anything(), scores: [], connection: { status: expect.any(String) } });
    success(await secret("PATCH", `/contacts/${contactId}`, { status: "contacted", tags: ["priority", "enterprise"] }), 200, 1);
    expect(success(await secret("GET", `/contacts/${contactId}`), 200, 1)).toMatchObject({ ...jane, status: "contacted", tags: ["priority", "enterprise"] });
    expect(success(await secret("POST", "/contacts/search", { query: "enterprise", status: "contacted" }), 200, 1).contacts).toHaveLength(1);

    const acme = { linkedInUrl: "https://www.linkedin.com/company/acme", name: "Acme Corp", domain: "acme.com", industry: "SaaS" };
    const { companyId } = success(await secret("POST", "/companies", acme), 201, 1);
    success(await secret("POST", "/companies", { linkedInUrl: acme.linkedInUrl, name: "Another name" }), 200, 1);
    expect(success(await secret("GET", "/companies?industry=SaaS&limit=10"), 200, 1)).toMatchObject({ companies: [{ id: companyId, name: "Acme Corp" }], hasMore: false });
    expect(success(await secret("GET", `/companies/${companyId}`), 200, 1)).toMatchObject({ id: companyId, ...acme, contactCount: expect.any(Number) });

    success(await secret("DELETE", `/contacts/${contactId}`), 200, 1);
    expect(success(await secret("GET", "/contacts?company=acme"), 200, 1).contacts).toEqual([]);
    expect(success(await secret("GET", "/contacts?company=acme&include_archived=true"), 200, 1).contacts).toHaveLength(1);
  });

  test("signals, by either kind of key", async () => {
    const { secret, publishable } = await start(base);
    const visit = { type: "website_visit", data: { pageUrl: "/pricing", referrer: "https://google.com", company: { name: "Acme Corp", domain: "acme.com" } }, priority: "high", source: "website_tracker" };
    const { signalId } = success(await publishable("POST", "/signals", visit), 201, 1);
    const { contactId } = success(await secret("POST", "/contacts", jane), 201, 1);
    success(await secret("POST", "/signals", { type: "job_change", data: { title: "CTO" }, contactId, notes: "Seen in the news" }), 201, 1);
    const { signals } = success(await secret("GET", "/signals?priority=high&limit=20"), 200, 1);
    expect(signals).toMatchObject([{ id: signalId, type: "website_visit", priority: "high", source: "website_tracker", data: visit.data }]);
    expect(success(await secret("GET", "/signals?type=job_change&unactioned_only=true"), 200, 1).signals).toMatchObject([{ contactId, priority: "medium", source: "api", notes: "Seen in the news" }]);
    const stats = success(await secret("GET", "/signals/stats?time_range=week"), 200, 0);
    expect(stats).toMatchObject({ byType: { website_visit: 1, job_change: 1, funding_round: 0 }, byPriority: { high: 1, medium: 1, low: 0 } });
    expect(success(await secret("GET", "/signals/stats"), 200, 0).byType).toEqual(stats.byType);
  });

  test("enrichment and scores", async () => {
    const { secret, dashboard } = await start(base);
    const { contactId } = success(await secret("POST", "/contacts", jane), 201, 1);
    expect(success(await secret("GET", `/enrichment/${contactId}`), 200, 0)).toMatchObject({ completedPhases: [], errors: [] });
    expect(success(await secret("POST", `/contacts/${contactId}/enrich`, { priority: "high" }), 202, 5)).toMatchObject({ contactId, priority: "high" });
    expect(success(await secret("GET", `/enrichment/${contactId}`), 200, 0)).toMatchObject({ contactId, currentPhase: null, completedPhases: [], errors: [] });
    // The body may be left out.
    const other = success(await secret("POST", "/contacts", { lastName: "Jones" }), 201, 1);
    expect(success(await secret("POST", `/contacts/${other.contactId}/enrich`), 202, 5)).toMatchObject({ priority: "high" });

    const icp = { name: "Leaders", groups: [{ category: "role", max: 100, criteria: [{ field: "contact.title", op: "contains", value: "VP", points: 85 }] }] };
    const { id: icpProfileId } = (await dashboard("POST", "/icp-profiles", icp)).body.data;
    expect((await dashboard("POST", `/icp-profiles/${icpProfileId}/publish`)).status).toBe(200);
    const scored = success(await secret("POST", `/contacts/${contactId}/score`, { icpProfileId }), 200, 3);
    expect(scored).toMatchObject({ score: 85, verdict: expect.any(String), breakdown: [{ category: "role", score: 85 }], reasoning: expect.stringMatching(/\S/) });
    expect(success(await secret("GET", "/contacts?sort_by=score"), 200, 1).contacts[0]).toMatchObject({ id: contactId, score: 85 });
  });

  test("sequences, workflows, connectors", async () => {
    const { secret, dashboard } = await start(base);
    const { contactId } = success(await secret("POST", "/contacts", jane), 201, 1);
    const sequence = (await dashboard("POST", "/sequences", { name: "Calls", steps: [{ type: "task", kind: "call", title: "Call them" }] })).body.data;
    await dashboard("POST", `/sequences/${sequence.id}/activate`);
    expect(success(await secret("POST", `/sequences/${sequence.id}/enroll`, { contactId, source: "api" }), 201, 3)).toMatchObject({ contactId, status: "active" });
    const workflow = (await dashboard("POST", "/workflows", { name: "Tags", trigger: { on: "manual" }, steps: [{ do: "tag", add: ["hot"] }] })).body.data;
    await dashboard("POST", `/workflows/${workflow.id}/activate`);
    const { signalId } = success(await secret("POST", `/workflows/${workflow.id}/trigger`, { contactId, data: { source: "webhook" } }), 202, 2);
    // "By creating a custom webhook signal."
    expect(success(await secret("GET", "/signals?type=custom_webhook"), 200, 1).signals).toMatchObject([{ id: signalId, contactId, data: { source: "webhook" } }]);

    const webhookUrl = "https://hooks.slack.com/services/T000/B000/secret-part";
    const made = (await dashboard("POST", "/connectors", { integrationSlug: "slack", name: "Sales channel", config: { webhookUrl } })).body.data;
    const { connectors } = success(await secret("GET", "/connectors?integrationSlug=slack"), 200, 0);
    expect(connectors).toMatchObject([{ id: made.id, integrationSlug: "slack", health: { status: expect.any(String) } }]);
    expect(success(await secret("GET", `/connectors/${made.id}`), 200, 0)).toMatchObject({ id: made.id, health: { status: expect.any(String) } });
    expect(JSON.stringify(connectors)).not.toContain("secret-part");
    expect(success(await secret("GET", "/connectors?integrationSlug=hubspot&includeArchived=true"), 200, 0).connectors).toEqual([]);
  });
});

describe("every error of the table says what is wrong", () => {
  test("401: no key, one that is none, an expired and a revoked one", async () => {
    const { api, nobody } = await start();
    failure(await nobody("GET", "/me"), 401, "MISSING_API_KEY");
    failure(await nobody("GET", "/contacts"), 401, "MISSING_API_KEY");
    for (const wrong of ["gtm_sk_your_key_here", "hello", `${api.secret.key}x`]) failure(await curl(api.url, "/api/v1", wrong)("GET", "/me"), 401, "API_KEY_INVALID");
    const expired = await api.newKey({});
    await api.store.write((tx) => tx.updateTable("api_keys").set({ expires_at: Date.now() - 1000 }).where("id", "=", expired.id).execute());
    failure(await curl(api.url, "/api/v1", expired.key)("GET", "/me"), 401, "API_KEY_EXPIRED");
    const revoked = await api.newKey({});
    await revokeKey(api.store, Date.now(), revoked.id);
    failure(await curl(api.url, "/api/v1", revoked.key)("GET", "/me"), 401, "API_KEY_REVOKED");
  });

  test("403: a scope that a key lacks is named; a publishable key sends signals and does nothing else", async () => {
    const { api, publishable } = await start();
    const { key } = await api.newKey({ scopes: ["contacts:read"] });
    const reader = curl(api.url, "/api/v1", key);
    success(await reader("GET", "/contacts"), 200, 1);
    expect(failure(await reader("POST", "/contacts", jane), 403, "INSUFFICIENT_SCOPE").message).toContain("contacts:write");
    expect(failure(await publishable("GET", "/contacts"), 403, "INSUFFICIENT_SCOPE").message).toContain("gtm_sk_");
  });

  test("400: each field that is wrong is in details, with what it may be", async () => {
    const { secret } = await start();
    const details = async (method: string, path: string, body?: unknown) => failure(await secret(method, path, body), 400, "VALIDATION_ERROR").details as { path: string; message: string }[];
    expect(await details("GET", "/contacts?limit=101&status=open")).toMatchObject([{ path: "limit" }, { path: "status", message: expect.stringContaining("contacted") }]);
    expect(await details("GET", "/companies?limit=51")).toMatchObject([{ path: "limit" }]);
    expect(await details("GET", "/signals/stats?time_range=year")).toMatchObject([{ path: "time_range", message: expect.stringContaining("month") }]);
    expect(await details("GET", "/contacts?cursor=made-up")).toMatchObject([{ path: "cursor", message: expect.stringContaining("nextCursor") }]);
    expect((await details("POST", "/contacts", { title: "CTO" }))[0]?.message).toMatch(/firstName.*lastName.*email.*linkedInUrl/);
    expect(await details("POST", "/contacts", { ...jane, first_name: "J" })).toMatchObject([{ message: expect.stringContaining("first_name") }]);
    expect(await details("POST", "/contacts", "{ firstName: 'Jane' }")).toMatchObject([{ message: expect.stringContaining("JSON") }]);
    expect(await details("POST", "/contacts")).toMatchObject([{ message: expect.stringContaining("Content-Type: application/json") }]);
    expect(await details("POST", "/contacts/search", {})).toMatchObject([{ path: "query" }]);
    expect(await details("POST", "/signals", { type: "visit", data: {} })).toMatchObject([{ path: "type", message: expect.stringContaining("website_visit") }]);
    expect(await details("POST", "/signals", { type: "website_visit" })).toMatchObject([{ path: "data" }]);
    expect(await details("POST", "/signals", { type: "website_visit", data: { text: "x".repeat(10_241) } })).toMatchObject([{ path: expect.stringMatching(/^data/), message: expect.stringContaining("10") }]);
    expect(await details("POST", "/companies", { name: "Acme" })).toMatchObject([{ path: "linkedInUrl" }]);
    const { contactId } = success(await secret("POST", "/contacts", jane), 201, 1);
    expect(await details("POST", `/contacts/${contactId}/score`, {})).toMatchObject([{ path: "icpProfileId" }]);
  });

  test("404: whatever is not there; a path with a slip names where to look", async () => {
    const { secret } = await start();
    for (const [method, path, body] of [
      ["GET", "/contacts/k97f", undefined], ["PATCH", "/contacts/k97f", { title: "CTO" }], ["DELETE", "/contacts/k97f", undefined], ["POST", "/contacts/k97f/enrich", { priority: "high" }],
      ["GET", "/enrichment/k97f", undefined], ["POST", "/contacts/k97f/score", { icpProfileId: "jd83" }], ["GET", "/companies/p12f", undefined], ["POST", "/sequences/seq123/enroll", { contactId: "contact123" }],
      ["POST", "/workflows/wf123/trigger", { contactId: "contact123" }], ["GET", "/connectors/conn123", undefined], ["POST", "/signals", { type: "job_change", data: {}, contactId: "k97f" }],
    ] as const) {
      failure(await secret(method, path, body), 404, "NOT_FOUND");
    }
    expect(failure(await secret("GET", "/contact"), 404, "NOT_FOUND").message).toContain("GET /v1");
  });

  test("429: the published numbers, in headers; after Retry-After it goes on", async () => {
    const { secret } = await start("/api/v1", { plan: "starter" });
    const first = await secret("GET", "/me");
    const limits = (answer: Answer) => ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"].map((name) => Number(answer.headers.get(name)));
    expect(limits(first).slice(0, 2)).toEqual([60, 59]);
    expect(limits(first)[2]).toBeGreaterThan(Date.now() / 1000 - 1);
    let last = first;
    for (let i = 0; i < 70 && last.status === 200; i++) last = await secret("GET", "/me");
    failure(last, 429, "RATE_LIMIT_EXCEEDED");
    const waitS = Number(last.headers.get("Retry-After"));
    expect([Number.isInteger(waitS), waitS >= 1 && waitS <= 60]).toEqual([true, true]);
  });

  test("500: what breaks inside shows its request id and nothing of the inside", async () => {
    const { api, secret } = await start();
    await api.store.write((tx) => sql`ALTER TABLE companies RENAME TO lost`.execute(tx));
    const error = failure(await secret("GET", "/companies"), 500, "INTERNAL_ERROR");
    expect(JSON.stringify(error)).not.toMatch(/SQL|table|companies/i);
  });
});
