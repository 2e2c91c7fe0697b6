import { expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { unseal } from "../../core/seal.ts";
import { deriveSecret } from "../../core/secret.ts";
import { startApi } from "../../test/support/api.ts";
import { startFarSide } from "../../test/support/far-side.ts";
import { createWorkspace } from "../keys/index.ts";

const secretPath = "/services/T0/B0/very-secret-path";
const slack = { integrationSlug: "slack", name: "Sales channel", config: { webhookUrl: `https://hooks.slack.com${secretPath}` } };
const smtp = { integrationSlug: "smtp", name: "Mail", config: { host: "smtp.example.com", username: "ada", password: "hunter2-of-ada", from: "ada@example.com" } };
const whsec = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

async function start() {
  const clock = fixedClock(1_900_000_000_000);
  const api = await startApi({ clock, flags: { "allow-outbound": "127.0.0.1" } });
  const call = (method: string, path: string, body?: unknown, more: { key?: string; headers?: Record<string, string> } = {}) => api.call(method, `/v1${path}`, { body, ...more });
  const make = async (body: unknown): Promise<string> => (await call("POST", "/connectors", body)).body.data.id as string;
  const row = (id: string) => api.store.read.selectFrom("connectors").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const opened = async (id: string, field: string) => {
    const sealed = JSON.parse((await row(id)).secrets) as Record<string, string>;
    return JSON.parse(unseal(deriveSecret(api.server.parts.secret, "connectors"), [api.workspace.id, id, field], sealed[field] ?? "")) as unknown;
  };
  return { ...api, clock, call, make, row, opened };
}

const paths = (answer: { body: { error?: { details?: { path: string }[] } } }) => answer.body.error?.details?.map(({ path }) => path);

test("the catalogue says what each integration needs, and which of it is secret", async () => {
  const { call } = await start();
  const { integrations } = (await call("GET", "/integrations")).body.data as { integrations: { slug: string; secretFields: string[]; configSchema: { properties: Record<string, unknown>; required?: string[]; additionalProperties: boolean } }[] };
  expect(integrations.map(({ slug }) => slug)).toEqual(["slack", "webhook", "smtp", "imap", "hubspot", "openai-compatible", "anthropic", "http-enrichment", "mmdb"]);
  for (const { slug, secretFields, configSchema } of integrations) {
    expect([slug, configSchema.additionalProperties]).toEqual([slug, false]);
    for (const field of secretFields) expect([slug, Object.keys(configSchema.properties)]).toEqual([slug, expect.arrayContaining([field])]);
  }
  expect(integrations.find(({ slug }) => slug === "imap")?.configSchema.required?.toSorted()).toEqual(["host", "password", "username"]);
});

test("a connector is made with its secrets sealed, and shown without them on every way out", async () => {
  const { call, row, opened, store } = await start();
  const made = await call("POST", "/connectors", slack, { headers: { "idempotency-key": "k1" } });
  expect([made.status, made.body.data]).toEqual([201, expect.objectContaining({ integrationSlug: "slack", name: "Sales channel", enabled: true, target: "https://hooks.slack.com", config: { webhookUrl: "[redacted]" }, health: { status: "unknown", reasons: ["No call or test in the last 24 hours."], lastSuccessAt: null, lastErrorAt: null, consecutiveFailures: 0, checkedAt: null }, archivedAt: null })]);
  const { id } = made.body.data;
  const replayed = await call("POST", "/connectors", slack, { headers: { "idempotency-key": "k1" } });
  expect([replayed.headers.get("idempotent-replayed"), replayed.body]).toEqual(["true", made.body]);
  expect((await call("GET", `/connectors/${id}`)).body.data).toEqual(made.body.data);
  expect((await call("GET", "/connectors")).body.data).toEqual({ connectors: [made.body.data], hasMore: false, nextCursor: null });
  expect(await opened(id, "webhookUrl")).toBe(slack.config.webhookUrl);
  const stored = await Promise.all((["connectors", "connector_states", "connector_calls", "events", "audit", "idempotency_keys"] as const).map((table) => store.read.selectFrom(table).selectAll().execute()));
  expect(JSON.stringify(stored)).toContain(id);
  expect(JSON.stringify(stored)).not.toMatch(/very-secret|T0.?\/B0/);
  const audit = await store.read.selectFrom("audit").select(["action", "detail"]).where("action", "=", "connector.created").execute();
  expect(audit.map(({ detail }) => JSON.parse(detail) as unknown)).toEqual([{ connectorId: id, integrationSlug: "slack", fields: ["webhookUrl"] }]);
  expect(await row(id)).toMatchObject({ config: "{}", target: "https://hooks.slack.com" });
});

test("a secret that is copied to another connector, field or workspace can't be opened there", async () => {
  const { make, row, server, workspace } = await start();
  const [one, two] = [await make(smtp), await make(smtp)];
  const sealed = (JSON.parse((await row(one)).secrets) as { password: string }).password;
  const key = deriveSecret(server.parts.secret, "connectors");
  expect(JSON.parse(unseal(key, [workspace.id, one, "password"], sealed))).toBe("hunter2-of-ada");
  for (const binding of [[workspace.id, two, "password"], [workspace.id, one, "username"], ["another", one, "password"]]) expect(() => unseal(key, binding, sealed)).toThrow(/authenticate/);
});

test("sending the redacted form back keeps the secret; another one replaces it", async () => {
  const { call, make, opened } = await start();
  const id = await make(smtp);
  const { config } = (await call("GET", `/connectors/${id}`)).body.data;
  expect(config).toEqual({ host: "smtp.example.com", port: 587, security: "starttls", username: "ada", password: "[redacted]", from: "ada@example.com" });
  const patched = await call("PATCH", `/connectors/${id}`, { name: "Post", config: { ...config, fromName: "Ada" } });
  expect([patched.status, patched.body.data]).toEqual([200, expect.objectContaining({ name: "Post", config: { ...config, fromName: "Ada" } })]);
  expect(await opened(id, "password")).toBe("hunter2-of-ada");
  expect((await call("PATCH", `/connectors/${id}`, { config: { fromName: null } })).body.data.config).toEqual(config);
  expect((await call("PATCH", `/connectors/${id}`, { config: { password: "another-password" } })).body.data.config).toEqual(config);
  expect(await opened(id, "password")).toBe("another-password");
});

test.each([
  ["smtp, another host", smtp, { host: "smtp.attacker.example" }, "config.password"],
  ["smtp, another port", smtp, { port: 2525 }, "config.password"],
  ["smtp, less safe", smtp, { security: "tls" }, "config.password"],
  ["a webhook's address", { integrationSlug: "webhook", name: "W", config: { url: "https://a.example/x", secret: whsec, headers: { authorization: "Bearer mine" } } }, { url: "https://attacker.example/x" }, "config.secret"],
  ["a model's server", { integrationSlug: "openai-compatible", name: "M", config: { apiKey: "sk-123456789", model: "m" } }, { baseUrl: "https://attacker.example/v1" }, "config.apiKey"],
  ["an enrichment service", { integrationSlug: "http-enrichment", name: "E", config: { url: "https://a.example/?e={{email}}", headers: { authorization: "mine-mine" }, mapping: { title: "t" } } }, { url: "https://attacker.example/?e={{email}}" }, "config.headers"],
])("a secret is not led elsewhere by who does not know it: %s", async (_what, body, change, wrong) => {
  const { call, make, row } = await start();
  const id = await make(body);
  const before = await row(id);
  const answer = await call("PATCH", `/connectors/${id}`, { config: change });
  expect([answer.status, paths(answer)?.[0]]).toEqual([400, wrong]);
  expect(await row(id)).toEqual(before);
  expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|mine|sk-1234|whsec/);
});

test("an archived connector keeps no secret, is listed on request, and comes back by reconnecting", async () => {
  const { call, make, row, opened } = await start();
  const id = await make(smtp);
  const archived = await call("DELETE", `/connectors/${id}`);
  expect([archived.status, archived.body.data]).toEqual([200, expect.objectContaining({ archivedAt: expect.any(Number), health: expect.objectContaining({ status: "disabled" }) })]);
  expect((await call("DELETE", `/connectors/${id}`)).body.data).toEqual(archived.body.data);
  expect((await row(id)).secrets).toBe("{}");
  expect((await call("GET", "/connectors")).body.data.connectors).toEqual([]);
  expect((await call("GET", "/connectors?includeArchived=true&integrationSlug=smtp")).body.data.connectors).toHaveLength(1);
  expect((await call("PATCH", `/connectors/${id}`, { enabled: true })).status).toBe(400);
  expect(paths(await call("POST", `/connectors/${id}/reconnect`, { config: { fromName: "Ada" } }))).toEqual(["config"]);
  const back = await call("POST", `/connectors/${id}/reconnect`, { config: { password: "a-new-password" } });
  expect([back.status, back.body.data]).toEqual([200, expect.objectContaining({ id, archivedAt: null, enabled: true, health: expect.objectContaining({ status: "unknown" }) })]);
  expect(await opened(id, "password")).toBe("a-new-password");
});

test("connectors are listed newest first, by integration, page by page", async () => {
  const { call, make } = await start();
  const ids = [await make(slack), await make(smtp), await make(slack)];
  const list = async (query: string) => (await call("GET", `/connectors?${query}`)).body.data;
  expect((await list("integrationSlug=slack")).connectors.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[0]]);
  const first = await list("limit=2");
  expect(first).toMatchObject({ hasMore: true, connectors: [{ id: ids[2] }, { id: ids[1] }] });
  expect(await list(`limit=2&cursor=${first.nextCursor}`)).toMatchObject({ hasMore: false, nextCursor: null, connectors: [{ id: ids[0] }] });
  expect((await call("GET", `/connectors?limit=2&integrationSlug=smtp&cursor=${first.nextCursor}`)).status).toBe(400);
  expect((await list("integrationSlug=nothing")).connectors).toEqual([]);
});

test("a test asks the other side over the network, and a dry run asks nobody", async () => {
  const { call, make, clock } = await start();
  const far = await startFarSide(({ body }) => (JSON.parse(body).text === "" ? { status: 400, body: "no_text" } : { status: 500 }));
  const id = await make({ ...slack, config: { webhookUrl: `${far.url}${secretPath}` } });
  const dry = await call("POST", `/connectors/${id}/test?dry_run=true`);
  expect([dry.status, dry.body.data.ok, dry.body.meta.dryRun, far.heard.length]).toEqual([200, null, true, 0]);
  const tested = await call("POST", `/connectors/${id}/test`);
  expect([tested.status, tested.body.data]).toEqual([200, { ok: true, kind: null, reason: null, detail: { webhook: true }, health: { status: "healthy", reasons: [], lastSuccessAt: clock.now(), lastErrorAt: null, consecutiveFailures: 0, checkedAt: clock.now() } }]);
  const internal = await make({ ...slack, config: { webhookUrl: "http://169.254.169.254/latest" } });
  expect((await call("POST", `/connectors/${internal}/test`)).body.data).toMatchObject({ ok: false, kind: "refused", reason: "Slack: The address could not be reached, or may not be.", health: { status: "degraded" } });
});

test("what a far side echoes of our secrets is scrubbed before it is kept or shown", async () => {
  const { call, make, store } = await start();
  const apiKey = "my-own-unusual/key+1";
  const far = await startFarSide(({ headers }) => ({ status: 400, body: { message: `bad: ${headers.authorization} ${encodeURIComponent(apiKey)} ${Buffer.from(apiKey).toString("base64")} sk-live_0123456789 http://u:pw@h/` } }));
  const id = await make({ integrationSlug: "hubspot", name: "CRM", config: { accessToken: apiKey, baseUrl: far.url } });
  const answer = await call("POST", `/connectors/${id}/test`);
  expect(far.heard[0]?.headers.authorization).toBe(`Bearer ${apiKey}`);
  expect(answer.body.data.reason).toBe("HubSpot answered 400: bad: Bearer [redacted] [redacted] [redacted] [redacted] [redacted]h/");
  const stored = await Promise.all((["connector_states", "connector_calls", "events", "audit"] as const).map((table) => store.read.selectFrom(table).selectAll().execute()));
  expect(JSON.stringify([stored, (await call("GET", `/connectors/${id}`)).body])).not.toMatch(/unusual|bXktb3du|0123456789|:pw@/);
});

test("a dry run of a write checks all and keeps nothing", async () => {
  const { call } = await start();
  const dry = await call("POST", "/connectors?dry_run=true", slack);
  expect([dry.status, dry.body.data.config, dry.body.meta.dryRun]).toEqual([201, { webhookUrl: "[redacted]" }, true]);
  expect((await call("POST", "/connectors?dry_run=true", { ...slack, config: {} })).status).toBe(400);
  expect((await call("GET", "/connectors?includeArchived=1")).body.data.connectors).toEqual([]);
});

const wrongs: [body: unknown, path: string][] = [
  [{ ...slack, integrationSlug: "carrier-pigeon" }, "integrationSlug"],
  [{ ...slack, config: {} }, "config.webhookUrl"],
  [{ ...slack, config: { webhookUrl: "https://a.example/s3cr3t", botToken: "xoxb-s3cr3t" } }, "config.webhookUrl"],
  [{ ...slack, config: { botToken: "xoxb-s3cr3t" } }, "config.channel"],
  [{ ...slack, config: { webhookUrl: "javascript:s3cr3t" } }, "config.webhookUrl"],
  [{ ...slack, config: { webhookUrl: "[redacted]" } }, "config.webhookUrl"],
  [{ ...slack, config: { ...slack.config, s3cr3t: "s3cr3t" } }, "config.s3cr3t"],
  [{ ...slack, config: { botToken: "xoxb-1", channel: "#a", baseUrl: "https://attacker.example" } }, "config.baseUrl"],
  [{ ...slack, name: "" }, "name"],
  [{ ...slack, extra: 1 }, "extra"],
  [{ ...smtp, config: { ...smtp.config, security: "none" } }, "config.security"],
  [{ ...smtp, config: { ...smtp.config, host: "smtp.example.com:25" } }, "config.host"],
  [{ ...smtp, config: { ...smtp.config, password: "s3cr3t\r\nRCPT TO:<x@y.z>" } }, "config.password"],
  [{ ...smtp, config: { ...smtp.config, from: "a@b.example\nBcc: x@y.z" } }, "config.from"],
  [{ ...smtp, config: { ...smtp.config, fromName: "Ada\r\nBcc: x@y.z" } }, "config.fromName"],
  [{ ...smtp, config: { ...smtp.config, password: undefined } }, "config.password"],
  [{ integrationSlug: "webhook", name: "W", config: { url: "https://a.example", secret: "s3cr3t" } }, "config.secret"],
  [{ integrationSlug: "webhook", name: "W", config: { url: "https://a.example", secret: whsec, headers: { Host: "internal" } } }, "config.headers.Host"],
  [{ integrationSlug: "webhook", name: "W", config: { url: "https://a.example", secret: whsec, headers: { "x-a": "s3cr3t\r\nx-b: 1" } } }, "config.headers.x-a"],
  [{ integrationSlug: "webhook", name: "W", config: { url: "https://a.example", secret: whsec, headers: { "x-a": "[redacted]" } } }, "config.headers"],
  [{ integrationSlug: "http-enrichment", name: "E", config: { url: "https://{{domain}}/x", mapping: { title: "t" } } }, "config.url"],
  [{ integrationSlug: "http-enrichment", name: "E", config: { url: "https://a.example{{email}}/x", mapping: { title: "t" } } }, "config.url"],
  [{ integrationSlug: "http-enrichment", name: "E", config: { url: "https://a.example/?api_key=s3cr3t", mapping: { title: "t" } } }, "config.url"],
  [{ integrationSlug: "http-enrichment", name: "E", config: { url: "https://a.example/?e={{password}}", mapping: { title: "t" } } }, "config.url"],
  [{ integrationSlug: "http-enrichment", name: "E", config: { url: "https://a.example/", mapping: {} } }, "config.mapping"],
  [{ integrationSlug: "hubspot", name: "H", config: { accessToken: "pat-s3cr3t", baseUrl: "https://attacker.example" } }, "config.baseUrl"],
  [{ integrationSlug: "anthropic", name: "A", config: { apiKey: "sk-s3cr3t", model: "m", baseUrl: "https://attacker.example" } }, "config.baseUrl"],
  [{ integrationSlug: "imap", name: "I", config: { host: "mail.example.com", username: "a", password: "s3cr3t", security: "none" } }, "config.security"],
  [{ integrationSlug: "mmdb", name: "D", config: { database: "../../etc/passwd" } }, "config.database"],
];

test("what is wrong is named by its path and never repeated", async () => {
  const { call, store } = await start();
  for (const [body, wrong] of wrongs) {
    const answer = await call("POST", "/connectors", body);
    expect([body, answer.status, paths(answer)?.[0]]).toEqual([body, 400, wrong]);
    // The name of an unknown field is the caller's own, and no value.
    expect(JSON.stringify(answer.body).replace('"config.s3cr3t"', "").replace('\\"s3cr3t\\"', "")).not.toContain("s3cr3t");
  }
  expect(await store.read.selectFrom("connectors").select("id").execute()).toEqual([]);
});

test("connectors are their workspace's own, and need their scopes and a secret key", async () => {
  const { call, make, newKey, store, clock, publishable } = await start();
  const other = await createWorkspace(store, clock.now(), { name: "Other" });
  const { key: foreign } = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
  const { key: reader } = await newKey({ scopes: ["connectors:read"] });
  const { key: nothing } = await newKey({ scopes: ["contacts:read"] });
  const id = await make(smtp);
  const writes = [["PATCH", `/connectors/${id}`, {}], ["DELETE", `/connectors/${id}`, undefined], ["POST", `/connectors/${id}/test`, undefined], ["POST", `/connectors/${id}/reconnect`, { config: { password: "another" } }]] as const;
  for (const [method, path, body] of [["GET", `/connectors/${id}`, undefined], ...writes] as const) {
    const strange = await call(method, path, body, { key: foreign });
    const missing = await call(method, path.replace(id, "nobody"), body);
    expect([path, strange.status, missing.status]).toEqual([path, 404, 404]);
    expect({ ...strange.body.error, requestId: "" }).toEqual({ ...missing.body.error, requestId: "" });
    expect([path, (await call(method, path, body, { key: nothing })).body.error.code]).toEqual([path, "INSUFFICIENT_SCOPE"]);
    expect([path, (await call(method, path, body, { key: publishable.key })).body.error.code]).toEqual([path, "INSUFFICIENT_SCOPE"]);
  }
  for (const [method, path, body] of [["POST", "/connectors", smtp], ...writes] as const) expect([path, (await call(method, path, body, { key: reader })).status]).toEqual([path, 403]);
  expect((await call("GET", "/integrations", undefined, { key: reader })).status).toBe(200);
  expect((await call("GET", "/connectors", undefined, { key: foreign })).body.data.connectors).toEqual([]);
  expect((await call("GET", `/connectors/${id}`, undefined, { key: reader })).body.data.config.password).toBe("[redacted]");
});
