import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes, defaultScopes, type Scope } from "../../core/endpoint.ts";
import { startServer } from "../../cli/server.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { createWorkspace, selectAudit } from "./index.ts";

const start = 1_795_000_000_000;
const hourMs = 3_600_000;
/** What is polled holds for good once it holds: the time only says when to give up. */
const patient = { timeout: 30_000 };

/** A server, asked by a key that may do everything unless said. */
async function startManaged(options: Parameters<typeof startApi>[0] = {}) {
  const api = await startApi(options);
  const chief = await api.newKey({ name: "Chief", scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, key = chief.key, headers: Record<string, string> = {}) => api.call(method, `/v1${path}`, { key, headers, ...(body === undefined ? {} : { body }) });
  const make = async (body: Record<string, unknown>, key = chief.key) => (await call("POST", "/keys", { type: "secret", ...body }, key)).body.data as { id: string; key: string; scopes: string[]; expiresAt: number | null };
  const status = async (key: string) => {
    const answer = await api.call("GET", "/v1/key", { key });
    return answer.status === 200 ? 200 : answer.body.error.code;
  };
  const audit = async (action: string) => (await selectAudit(api.store.read, api.workspace.id, [action], 0, 100)).map(({ actor, detail }) => ({ actor, ...JSON.parse(detail) }));
  return { ...api, chief, ask: call, make, status, audit };
}

describe("a key that is made", () => {
  test("shows its text once, works at once, and is listed without it", async () => {
    const api = await startManaged();
    const made = await api.ask("POST", "/keys", { type: "secret", name: "Report", scopes: ["signals:read"], expiresAt: Date.now() + hourMs });
    expect([made.status, made.body.data]).toEqual([201, expect.objectContaining({ type: "secret", name: "Report", scopes: ["signals:read"], status: "active", publicKey: null, lastUsedAt: null })]);
    const { id, key, last4 } = made.body.data;
    expect(key).toMatch(/^gtm_sk_[0-9A-Za-z]{38}$/);
    expect(await api.status(key)).toBe(200);
    expect((await api.ask("GET", "/signals", undefined, key)).status).toBe(200);
    expect((await api.ask("GET", "/contacts", undefined, key)).body.error.code).toBe("INSUFFICIENT_SCOPE");
    const one = await api.ask("GET", `/keys/${id}`);
    const list = await api.ask("GET", "/keys");
    expect(one.body.data).toMatchObject({ id, name: "Report", last4 });
    expect(list.body.data.keys.map((each: { id: string }) => each.id)).toContain(id);
    expect(JSON.stringify([one.body, list.body])).not.toContain(key);
    expect(JSON.stringify(await api.store.read.selectFrom("api_keys").selectAll().where("id", "=", id).execute())).not.toContain(key);
    expect(await api.audit("key.created")).toContainEqual({ actor: `key:${api.chief.id}`, keyId: id, type: "secret", name: "Report" });
  });

  test("has the default scopes unless others are named; a publishable one sends signals only, from its origins", async () => {
    const api = await startManaged();
    expect((await api.make({})).scopes).toEqual(defaultScopes);
    const site = (await api.ask("POST", "/keys", { type: "publishable", allowedOrigins: ["https://www.example.com/"], privacyMode: "consent" })).body.data;
    expect(site).toMatchObject({ scopes: ["signals:write"], allowedOrigins: ["https://www.example.com"], privacyMode: "consent", publicKey: site.key });
    const send = async (origin: string) => (await api.ask("POST", "/signals", visit(), site.key, { origin })).status;
    expect([await send("https://www.example.com"), await send("https://other.example.com")]).toEqual([201, 403]);
  });

  test("can't hold more than its maker: neither scopes nor time", async () => {
    const api = await startManaged();
    const small = await api.make({ scopes: ["keys:manage", "signals:read"], expiresAt: Date.now() + hourMs });
    const refused = async (body: Record<string, unknown>) => {
      const { status, body: { error } } = await api.ask("POST", "/keys", { type: "secret", ...body }, small.key);
      return [status, error.code, error.message];
    };
    const soon = Date.now() + hourMs / 2;
    expect(await refused({ scopes: ["privacy:manage", "signals:read", "audit:read"], expiresAt: soon })).toEqual([403, "INSUFFICIENT_SCOPE", expect.stringContaining("does not hold: privacy:manage, audit:read.")]);
    expect((await refused({ expiresAt: soon }))[0]).toBe(403);
    expect((await refused({ type: "publishable", expiresAt: soon }))[0]).toBe(403);
    expect(await refused({ scopes: ["signals:read"] })).toEqual([403, "INSUFFICIENT_SCOPE", expect.stringContaining("can't grant more time")]);
    expect((await refused({ scopes: ["signals:read"], expiresAt: Date.now() + 2 * hourMs }))[0]).toBe(403);
    expect((await api.ask("POST", "/keys", { type: "secret", scopes: ["signals:read"], expiresAt: soon }, small.key)).status).toBe(201);
    const { keys } = (await api.ask("GET", "/keys")).body.data;
    expect(keys).toHaveLength(5);
  });

  test("is refused with what is wrong, and without the scope to manage keys", async () => {
    const api = await startManaged();
    const cases: [Record<string, unknown>, string][] = [
      [{}, "type"],
      [{ type: "master" }, "type"],
      [{ type: "secret", scopes: ["everything"] }, "scopes.0"],
      [{ type: "secret", name: "" }, "name"],
      [{ type: "secret", name: "a\nb" }, "name"],
      [{ type: "secret", expiresAt: 1 }, "expiresAt"],
      [{ type: "secret", allowedOrigins: ["https://www.example.com"] }, "allowedOrigins"],
      [{ type: "secret", privacyMode: "consent" }, "privacyMode"],
      [{ type: "publishable", scopes: ["contacts:read"] }, "scopes"],
      [{ type: "publishable", allowedOrigins: ["https://*.example.com"] }, "allowedOrigins.0"],
      [{ type: "publishable", allowedOrigins: ["www.example.com"] }, "allowedOrigins.0"],
      [{ type: "secret", workspaceId: "w1" }, "workspaceId"],
    ];
    for (const [body, path] of cases) {
      const { status, body: { error } } = await api.ask("POST", "/keys", body);
      expect([body, status, error.details?.[0]?.path]).toEqual([body, 400, path]);
    }
    expect((await api.ask("POST", "/keys", { type: "secret" }, api.secret.key)).body.error.code).toBe("INSUFFICIENT_SCOPE");
    expect((await api.ask("POST", "/keys", { type: "secret" }, api.publishable.key)).body.error.code).toBe("INSUFFICIENT_SCOPE");
  });
});

describe("a change", () => {
  test("of name, scopes, expiry, origins and mode holds from the next request, in another process too", async () => {
    const clock = fixedClock(start);
    const api = await startManaged({ clock });
    const other = await startServer(api.server.parts.config, { clock });
    const elsewhere = async (key: string) => (await fetch(`${other.url}/v1/signals`, { headers: { "x-api-key": key } })).status;
    const { id, key } = await api.make({ scopes: ["signals:read"] });
    expect([await elsewhere(key), (await api.ask("GET", "/signals", undefined, key)).status]).toEqual([200, 200]);
    const patch = async (body: unknown) => (await api.ask("PATCH", `/keys/${id}`, body)).body.data;
    expect(await patch({ name: "Renamed", scopes: ["contacts:read"] })).toMatchObject({ name: "Renamed", scopes: ["contacts:read"] });
    expect([await elsewhere(key), (await api.ask("GET", "/signals", undefined, key)).status, (await api.ask("GET", "/contacts", undefined, key)).status]).toEqual([403, 403, 200]);
    expect(await patch({ expiresAt: start + hourMs })).toMatchObject({ expiresAt: start + hourMs, status: "active", name: "Renamed" });
    clock.advance(hourMs);
    expect([await elsewhere(key), await api.status(key)]).toEqual([401, "API_KEY_EXPIRED"]);
    expect(await patch({ expiresAt: null })).toMatchObject({ expiresAt: null, status: "active" });
    expect(await api.status(key)).toBe(200);
    expect(await patch({})).toMatchObject({ name: "Renamed", scopes: ["contacts:read"] });
    expect((await api.audit("key.updated"))[3]).toEqual({ actor: `key:${api.chief.id}`, keyId: id, fields: ["name", "scopes"], scopes: { before: ["signals:read"], after: ["contacts:read"] } });

    const site = (await api.ask("POST", "/keys", { type: "publishable", allowedOrigins: ["https://a.example.com"] })).body.data;
    expect((await api.ask("PATCH", `/keys/${site.id}`, { allowedOrigins: ["https://b.example.com", "https://b.example.com/"], privacyMode: "identified" })).body.data).toMatchObject({ allowedOrigins: ["https://b.example.com"], privacyMode: "identified" });
    expect((await api.ask("PATCH", `/keys/${site.id}`, { allowedOrigins: [] })).body.error.details[0].path).toBe("allowedOrigins");
    await other.close();
  });

  test("grants nothing that the asking key does not hold, and a key can't give up keys:manage", async () => {
    const api = await startManaged();
    const small = await api.make({ scopes: ["keys:manage", "signals:read"] });
    const big = await api.make({ scopes: ["audit:read", "signals:read"], expiresAt: Date.now() + hourMs });
    const patch = (id: string, body: unknown) => api.ask("PATCH", `/keys/${id}`, body, small.key);
    expect((await patch(small.id, { scopes: ["keys:manage", "signals:read", "privacy:manage"] })).status).toBe(403);
    expect((await patch(big.id, { scopes: ["audit:read", "signals:read", "contacts:read"] })).status).toBe(403);
    expect((await patch(big.id, { expiresAt: null })).status).toBe(403);
    expect((await patch(small.id, { scopes: ["signals:read"] })).body.error.code).toBe("KEY_IS_OWN");
    // To take away, and to shorten, is no grant.
    expect((await patch(big.id, { scopes: ["audit:read"], expiresAt: Date.now() + hourMs / 2 })).status).toBe(200);
    expect((await patch(big.id, { expiresAt: 1 })).status).toBe(400);
    expect((await patch("missing", { name: "x" })).status).toBe(404);
    expect((await patch(big.id, { type: "publishable" })).status).toBe(400);
  });
});

describe("rotation", () => {
  test.each([["0", 0], ["1h", hourMs], ["24h", 24 * hourMs], ["7d", 168 * hourMs]])("with overlap %s ends the old key when it says", async (overlap, ms) => {
    const clock = fixedClock(start);
    const api = await startManaged({ clock });
    const old = await api.make({ name: "Report", scopes: ["signals:read"] });
    const rotated = await api.ask("POST", `/keys/${old.id}/rotate`, { overlap });
    expect([rotated.status, rotated.body.data]).toEqual([201, expect.objectContaining({ name: "Report", scopes: ["signals:read"], expiresAt: null })]);
    const next = rotated.body.data;
    expect((await api.ask("GET", `/keys/${old.id}`)).body.data).toMatchObject({ rotatedTo: next.id, status: ms === 0 ? "revoked" : "active" });
    if (ms > 0) {
      clock.advance(ms - 1);
      expect([await api.status(old.key), await api.status(next.key)]).toEqual([200, 200]);
      clock.advance(1);
    }
    expect([await api.status(old.key), await api.status(next.key)]).toEqual([ms === 0 ? "API_KEY_REVOKED" : "API_KEY_EXPIRED", 200]);
    expect(await api.audit("key.rotated")).toEqual([{ actor: `key:${api.chief.id}`, keyId: old.id, newKeyId: next.id, overlapMs: ms }]);
  });

  test("keeps expiry, origins and mode; an expired key needs a new expiry", async () => {
    const clock = fixedClock(start);
    const api = await startManaged({ clock });
    const site = (await api.ask("POST", "/keys", { type: "publishable", allowedOrigins: ["https://a.example.com"], privacyMode: "consent", expiresAt: start + hourMs })).body.data;
    expect((await api.ask("POST", `/keys/${site.id}/rotate`)).body.data).toMatchObject({ allowedOrigins: ["https://a.example.com"], privacyMode: "consent", expiresAt: start + hourMs });
    clock.advance(hourMs);
    expect((await api.ask("POST", `/keys/${site.id}/rotate`, {})).body.error.details[0]).toMatchObject({ path: "expiresAt", code: "required" });
    expect((await api.ask("POST", `/keys/${site.id}/rotate`, { expiresAt: null })).body.data.expiresAt).toBeNull();
    expect((await api.ask("POST", `/keys/${site.id}/rotate`, { overlap: "2h" })).status).toBe(400);
    expect((await api.ask("POST", "/keys/missing/rotate", {})).status).toBe(404);
  });

  test("shows no key that holds more than the asking one", async () => {
    const api = await startManaged();
    const small = await api.make({ scopes: ["keys:manage"] });
    const { status, body } = await api.ask("POST", `/keys/${api.chief.id}/rotate`, { overlap: "0" }, small.key);
    expect([status, body.error.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
    expect(await api.status(api.chief.key)).toBe(200);
    expect((await api.ask("POST", `/keys/${small.id}/rotate`, { overlap: "0" }, small.key)).status).toBe(201);
    expect(await api.status(small.key)).toBe("API_KEY_REVOKED");
  });
});

describe("revocation", () => {
  test("holds from the next request, once and for good", async () => {
    const api = await startManaged();
    const { id, key } = await api.make({});
    expect(await api.status(key)).toBe(200);
    const first = await api.ask("POST", `/keys/${id}/revoke`);
    expect(first.body.data).toMatchObject({ id, status: "revoked" });
    expect(await api.status(key)).toBe("API_KEY_REVOKED");
    expect((await api.ask("POST", `/keys/${id}/revoke`)).body.data).toEqual({ ...first.body.data, lastUsedAt: expect.toSatisfy((at) => at === null || typeof at === "number") });
    expect(await api.audit("key.revoked")).toEqual([{ actor: `key:${api.chief.id}`, keyId: id }]);
    for (const [method, path, body] of [["PATCH", "", { name: "x" }], ["POST", "/rotate", {}]] as const) {
      expect((await api.ask(method, `/keys/${id}${path}`, body)).body.error.code).toBe("KEY_REVOKED");
    }
    expect((await api.ask("POST", "/keys/missing/revoke")).status).toBe(404);
  });

  test("of itself is refused, so that a workspace keeps a key that manages; two that end each other leave one", async () => {
    const api = await startManaged();
    expect((await api.ask("POST", `/keys/${api.chief.id}/revoke`)).body.error.code).toBe("KEY_IS_OWN");
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await api.make({ scopes: [...allScopes] }), await api.make({ scopes: [...allScopes] })];
      const answers = await Promise.all([api.ask("POST", `/keys/${b.id}/revoke`, undefined, a.key), api.ask("POST", `/keys/${a.id}/revoke`, undefined, b.key)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
      expect([await api.status(a.key), await api.status(b.key)].filter((status) => status === 200)).toHaveLength(1);
    }
  });
});

test("another workspace's keys are as if they were not there", async () => {
  const api = await startManaged();
  const other = await createWorkspace(api.store, Date.now(), { name: "Other" });
  const stranger = await api.newKey({ workspaceId: other.id, scopes: [...allScopes] });
  for (const [method, path, body] of [["GET", "", undefined], ["PATCH", "", { name: "x" }], ["POST", "/rotate", {}], ["POST", "/revoke", undefined]] as const) {
    const answer = async (id: string) => {
      const { status, body: { error } } = await api.ask(method, `/keys/${id}${path}`, body, stranger.key);
      return { status, ...error, requestId: "" };
    };
    expect(await answer(api.chief.id)).toEqual(await answer("missing"));
    expect((await answer(api.chief.id)).status).toBe(404);
  }
  expect((await api.ask("GET", "/keys", undefined, stranger.key)).body.data.keys).toHaveLength(1);
});

test("a key's last use is seen to the minute", async () => {
  const clock = fixedClock(start);
  const api = await startManaged({ clock });
  const lastUse = async (id: string) => (await api.ask("GET", `/keys/${id}`)).body.data.lastUsedAt;
  const { id, key } = await api.make({});
  await api.status(key);
  await expect.poll(() => lastUse(id), patient).toBe(start);
  clock.advance(59_999);
  await api.status(key);
  clock.advance(1);
  await api.ask("POST", "/signals", visit(), key);
  await expect.poll(() => lastUse(id), patient).toBe(start + 60_000);
  await api.ask("POST", "/signals", visit(), api.publishable.key);
  await expect.poll(() => lastUse(api.publishable.id), patient).toBe(start + 60_000);
});

test("a repeat under one Idempotency-Key shows the same key text to the key that asked, to no other, and keeps it sealed", async () => {
  const api = await startManaged();
  const small = await api.make({ scopes: ["keys:manage", "signals:read"] satisfies Scope[] });
  const headers = { "idempotency-key": "make-report-key" };
  const body = { type: "secret", name: "Report", scopes: ["privacy:manage"] };
  const first = await api.ask("POST", "/keys", body, api.chief.key, headers);
  const again = await api.ask("POST", "/keys", body, api.chief.key, headers);
  expect([again.status, again.headers.get("idempotent-replayed"), again.body]).toEqual([201, "true", first.body]);
  expect((await api.ask("POST", "/keys", body, small.key, headers)).body.error.code).toBe("IDEMPOTENCY_CONFLICT");
  const kept = await api.store.read.selectFrom("idempotency_keys").selectAll().execute();
  expect(kept).toHaveLength(1);
  expect(JSON.stringify(kept)).not.toContain(first.body.data.key);
});
