import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { startServer } from "../cli/server.ts";
import { fixedClock } from "../core/clock.ts";
import { asReplay } from "../test/support/answers.ts";
import { chrome, startApi, visit } from "../test/support/api.ts";
import { signIdentity } from "./identity-proof.ts";

const browser = { "user-agent": chrome, "content-type": "text/plain", origin: "https://www.example.com" };

describe("POST /v1/signals", () => {
  test("the published example works as written, with a publishable key, under both base paths", async () => {
    const api = await startApi();
    for (const path of ["/api/v1/signals", "/v1/signals"]) {
      const sent = await api.call("POST", path, {
        key: api.publishable.key,
        body: { type: "website_visit", data: { pageUrl: "/pricing", referrer: "https://google.com", company: { name: "Acme Corp", domain: "acme.com" } }, priority: "high", source: "website_tracker" },
      });
      expect(sent.status).toBe(201);
      expect(sent.body.meta).toMatchObject({ credits: { used: 1 } });
      const read = await api.call("GET", `/v1/signals/${sent.body.data.signalId}`);
      expect(read.body.data).toMatchObject({ type: "website_visit", priority: "high", data: { company: { domain: "acme.com" } }, page: { path: "/pricing" }, referrer: { kind: "search", name: "Google" } });
    }
  });

  test("a beacon in text/plain with the key in its body is stored and parsed", async () => {
    const api = await startApi();
    const sent = await api.call("POST", "/v1/signals", { key: null, headers: browser, body: JSON.stringify({ ...visit(), key: api.publishable.key }) });
    expect(sent.status).toBe(201);
    expect(sent.headers.get("access-control-allow-origin")).toBe("https://www.example.com");
    expect(sent.headers.get("vary")).toContain("Origin");
    expect(sent.headers.get("access-control-allow-credentials")).toBeNull();
    const { body } = await api.call("GET", `/v1/signals/${sent.body.data.signalId}`);
    expect(body.data).toMatchObject({ browser: "Chrome", os: "Linux", device: "desktop", page: { host: "www.example.com", path: "/pricing" }, campaign: { source: "news" }, bot: null });
    expect(JSON.stringify(body)).not.toContain(api.publishable.key);
  });

  test("the same messageId is stored once, also when both arrive together", async () => {
    const api = await startApi();
    const post = () => api.call("POST", "/v1/signals", { key: api.publishable.key, headers: browser, body: JSON.stringify(visit({ messageId: "message-0001" })) });
    const answers = await Promise.all([post(), post(), post()]);
    expect(answers.map((a) => a.status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((a) => a.body.data.signalId)).size).toBe(1);
    expect(answers.filter((a) => a.body.data.duplicate === true)).toHaveLength(2);
    expect((await api.call("GET", "/v1/signals")).body.data.signals).toHaveLength(1);
  });

  test("an Idempotency-Key replays the same answer at no cost, refuses another body, and stores once", async () => {
    const api = await startApi();
    const post = (body: unknown) => api.call("POST", "/v1/signals", { headers: { "idempotency-key": "k1" }, body });
    const first = await post(visit());
    const again = await post(visit());
    expect(first.body.meta.credits.used).toBe(1);
    expect(again.body).toEqual(asReplay(first.body));
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const other = await post(visit({ priority: "low" }));
    expect([other.status, other.body.error.code]).toEqual([409, "IDEMPOTENCY_CONFLICT"]);
    expect((await api.call("GET", "/v1/signals")).body.data.signals).toHaveLength(1);
  });

  test("a dry run answers alike, stores nothing and costs nothing", async () => {
    const api = await startApi();
    const sent = await api.call("POST", "/v1/signals?dry_run=true", { body: visit() });
    expect(sent.status).toBe(201);
    expect(sent.body.meta).toMatchObject({ dryRun: true, credits: { used: 0 } });
    expect((await api.call("GET", "/v1/signals")).body.data.signals).toEqual([]);
  });

  test("bots are stored with a reason and left out of lists and stats; developers' tools are not bots", async () => {
    const api = await startApi();
    const send = (agent: string) => api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { ...browser, "user-agent": agent }, body: JSON.stringify(visit()) });
    await send("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
    await send(chrome.replace("Chrome/", "HeadlessChrome/"));
    await send("curl/8.9.1");
    expect((await api.call("GET", "/v1/signals")).body.data.signals).toHaveLength(1);
    const all = (await api.call("GET", "/v1/signals?include_bots=true")).body.data.signals;
    expect(all.filter((s: { bot: string | null }) => s.bot !== null)).toHaveLength(2);
    expect((await api.call("GET", "/v1/signals/stats")).body.data.total).toBe(1);
  });

  test("an odd clock is corrected by sentAt, flagged, and never decides the time of receipt", async () => {
    const clock = fixedClock(1_795_000_000_000);
    const api = await startApi({ clock });
    const send = async (more: Record<string, unknown>) => (await api.call("GET", `/v1/signals/${(await api.call("POST", "/v1/signals", { body: visit(more) })).body.data.signalId}`)).body.data;
    const fast = clock.now() + 3_600_000;
    expect(await send({ occurredAt: fast - 5000, sentAt: fast })).toMatchObject({ receivedAt: clock.now(), occurredAt: clock.now() - 5000, clockFlag: "clock_skewed" });
    expect(await send({ occurredAt: fast })).toMatchObject({ occurredAt: clock.now(), clockFlag: "in_the_future" });
  });
});

describe("bad input", () => {
  test("each refusal is an envelope with its own code and no meta", async () => {
    const api = await startApi({ publishable: { origins: ["https://www.example.com"] } });
    const pk = api.publishable.key;
    const bad = async (init: Parameters<typeof api.call>[2], path = "/v1/signals") => {
      const { status, body } = await api.call("POST", path, init);
      expect(Object.keys(body)).toEqual(["error"]);
      expect(body.error.requestId).toMatch(/^req_\w+$/);
      return [status, body.error.code];
    };
    const text = JSON.stringify(visit());
    expect(await bad({ key: null, body: visit() })).toEqual([401, "MISSING_API_KEY"]);
    expect(await bad({ key: "gtm_sk_nonsense", body: visit() })).toEqual([401, "API_KEY_INVALID"]);
    expect(await bad({ key: null, body: { ...visit(), key: api.secret.key } })).toEqual([401, "MISSING_API_KEY"]);
    expect(await bad({ key: null, body: visit() }, `/v1/signals?key=${api.secret.key}`)).toEqual([401, "MISSING_API_KEY"]);
    expect(await bad({ headers: { authorization: `Bearer ${pk}` }, body: visit() })).toEqual([401, "API_KEY_INVALID"]);
    expect(await bad({ key: pk, headers: { ...browser, origin: "https://www.example.com.evil.test" }, body: text })).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    expect(await bad({ key: pk, body: visit() })).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    expect(await bad({ body: "{" })).toEqual([400, "VALIDATION_ERROR"]);
    expect(await bad({ body: visit({ type: "page_view" }) })).toEqual([400, "VALIDATION_ERROR"]);
    expect(await bad({ body: visit({ surprise: 1 }) })).toEqual([400, "VALIDATION_ERROR"]);
    expect(await bad({ body: visit({ contactId: "nobody" }) })).toEqual([404, "NOT_FOUND"]);
    expect(await bad({ headers: { "content-type": "application/xml" }, body: "<x/>" })).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(await bad({ headers: { "content-encoding": "gzip" }, body: text })).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(await bad({ body: visit({ data: { text: "x".repeat(70_000) } }) })).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  });

  test("hostile data is refused: size, depth, number and names of keys, prototype tricks", async () => {
    const api = await startApi();
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
    const cases: [string, string][] = [
      [JSON.stringify({ text: "ä".repeat(5200) }), "too_big"],
      [JSON.stringify(nested(25)), "too_deep"],
      [JSON.stringify(Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, 1]))), "too_many_keys"],
      [JSON.stringify({ ["k".repeat(129)]: 1 }), "key_too_long"],
      ['{"a":{"__proto__":{"admin":true}}}', "forbidden_key"],
      ['{"constructor":1}', "forbidden_key"],
    ];
    for (const [data, code] of cases) {
      const { status, body } = await api.call("POST", "/v1/signals", { body: `{"type":"custom_webhook","data":${data}}` });
      expect([status, body.error.details?.[0]?.code]).toEqual([400, code]);
    }
    expect((await api.call("POST", "/v1/signals", { body: `{"type":"custom_webhook","data":${"[".repeat(30_000)}${"]".repeat(30_000)}}` })).status).toBe(400);
    expect((await api.call("GET", "/v1/health")).status).toBe(200);
  });

  test("a failed and a refused request are counted, and the counts add up", async () => {
    const api = await startApi({ publishable: { origins: ["https://www.example.com"] } });
    const post = (origin: string, body: unknown) => api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { ...browser, origin }, body: JSON.stringify(body) });
    await post("https://www.example.com", visit({ messageId: "message-1" }));
    await post("https://www.example.com", visit({ messageId: "message-1" }));
    await post("https://evil.test", visit());
    await post("https://www.example.com", { type: "nope" });
    const counted = () => api.store.read.selectFrom("ingest_hours").select(["outcome", "count"]).where("key_id", "=", api.publishable.id).execute();
    await expect.poll(async () => Object.fromEntries((await counted()).map((row) => [row.outcome, row.count]))).toEqual({
      received: 4,
      stored: 1,
      duplicate: 1,
      "dropped:ORIGIN_NOT_ALLOWED": 1,
      "dropped:VALIDATION_ERROR": 1,
    });
  });

  test("headers past the bound are 431, and a request that is none is 400", async () => {
    const api = await startApi();
    const status = await new Promise((resolve, reject) => {
      request(`${api.url}/v1/health`, { headers: { "x-large": "x".repeat(20_000) } }, (r) => resolve(r.statusCode)).on("error", reject).end();
    });
    expect(status).toBe(431);
  });
});

describe("keys and origins", () => {
  test("a publishable key reaches the collector's endpoints only, whatever scopes are stored", async () => {
    const api = await startApi();
    await api.store.write((tx) => tx.updateTable("api_keys").set({ scopes: JSON.stringify(["signals:write", "signals:read", "contacts:read"]) }).where("id", "=", api.publishable.id).execute().then(() => undefined));
    for (const path of ["/v1/signals", "/api/v1/signals", "/v1/visitors", "/v1/me", "/v1/signals/stats"]) {
      const { status, body } = await api.call("GET", path, { key: api.publishable.key });
      expect([path, status, body.error.code]).toEqual([path, 403, "INSUFFICIENT_SCOPE"]);
    }
  });

  test("a preflight is answered for a day, without credentials, and only by the collector", async () => {
    const api = await startApi();
    const ask = (path: string) => fetch(api.url + path, { method: "OPTIONS", headers: { origin: "https://a.test", "access-control-request-method": "POST" } });
    const answer = await ask("/v1/signals");
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-max-age")).toBe("86400");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect((await ask("/v1/visitors")).headers.get("access-control-allow-origin")).toBeNull();
    const list = await fetch(`${api.url}/v1/visitors`, { headers: { origin: "https://a.test", "x-api-key": api.secret.key } });
    expect(list.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("a visitor who floods is held back alone", async () => {
    const api = await startApi({ flags: { "visitor-limit": "3", "trusted-proxies": "127.0.0.1/32" } });
    const send = (address: string) => api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { ...browser, "x-forwarded-for": address }, body: JSON.stringify(visit()) });
    for (let i = 0; i < 3; i++) expect((await send("203.0.113.7")).status).toBe(201);
    const refused = await send("203.0.113.7");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(refused.headers.get("access-control-expose-headers")).toContain("Retry-After");
    expect((await send("203.0.113.8")).status).toBe(201);
  });

  test("without a trusted proxy a forged X-Forwarded-For changes nothing", async () => {
    const api = await startApi({ flags: { "visitor-limit": "2" } });
    const send = (address: string) => api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { ...browser, "x-forwarded-for": address }, body: JSON.stringify(visit()) });
    expect([(await send("1.1.1.1")).status, (await send("2.2.2.2")).status, (await send("3.3.3.3")).status]).toEqual([201, 201, 429]);
  });
});

describe("floods", () => {
  test("a publishable key stores its daily share and no more, over a restart too; other keys are untouched", async () => {
    const api = await startApi({ flags: { "daily-row-limit": "2" } });
    const other = await api.newKey({ type: "publishable" });
    const send = (key: string, url = api.url) => fetch(`${url}/v1/signals`, { method: "POST", headers: { ...browser, "x-api-key": key }, body: JSON.stringify(visit()) });
    expect([(await send(api.publishable.key)).status, (await send(api.publishable.key)).status]).toEqual([201, 201]);
    const refused = await send(api.publishable.key);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await send(other.key)).status).toBe(201);
    await api.close();
    const again = await startServer(api.server.parts.config);
    expect((await send(api.publishable.key, again.url)).status).toBe(429);
    await again.close();
  });

  test("one address holds a bounded number of connections", async () => {
    const api = await startApi({ flags: { "connections-per-address": "2" } });
    const { hostname, port } = new URL(api.url);
    const open = () =>
      new Promise<"open" | "closed">((resolve) => {
        const socket = connect(Number(port), hostname);
        onTestFinished(() => void socket.destroy());
        socket.on("connect", () => socket.write("GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"));
        socket.on("data", () => resolve("open"));
        socket.on("close", () => resolve("closed"));
        socket.on("error", () => resolve("closed"));
      });
    expect([await open(), await open(), await open()]).toEqual(["open", "open", "closed"]);
  });

  test("a client that never finishes is let go: headers within 15 s, the request within 30 s", async () => {
    const { app } = (await startApi()).server;
    expect([app.server.headersTimeout, app.server.requestTimeout]).toEqual([15_000, 30_000]);
  });
});

describe("batch and engagement", () => {
  test("each signal of a batch stands for itself", async () => {
    const api = await startApi();
    const { status, body } = await api.call("POST", "/v1/signals/batch", { body: { signals: [visit({ messageId: "message-a" }), { type: "nope" }, visit({ messageId: "message-a" })] } });
    expect(status).toBe(200);
    expect(body.data.results.map((r: { status: string }) => r.status)).toEqual(["accepted", "rejected", "duplicate"]);
    expect(body.data.results[1].error.code).toBe("VALIDATION_ERROR");
    expect(body.meta.credits.used).toBe(1);
    expect((await api.call("POST", "/v1/signals/batch", { body: { signals: Array.from({ length: 101 }, () => visit()) } })).status).toBe(400);
  });

  test("the maximum of each engagement figure wins, in any order", async () => {
    const api = await startApi();
    const sent = await api.call("POST", "/v1/signals", { body: visit({ messageId: "message-e" }) });
    for (const report of [{ engagedMs: 9000, scrollDepth: 40 }, { engagedMs: 4000, scrollDepth: 80, lcp: 1200 }, { engagedMs: 100, cls: 0.1 }]) {
      expect((await api.call("POST", "/v1/engagement", { key: api.publishable.key, body: { messageId: "message-e", ...report } })).status).toBe(202);
    }
    const { body } = await api.call("GET", `/v1/signals/${sent.body.data.signalId}`);
    expect(body.data.engagement).toEqual({ engagedMs: 9000, scrollDepth: 80, lcp: 1200, inp: null, cls: 0.1 });
  });
});

describe("identify", () => {
  const identified = { publishable: { mode: "identified" as const, origins: ["https://www.example.com"] } };
  const startKnown = async () => {
    const api = await startApi(identified);
    const post = (path: string, body: unknown) => api.call("POST", path, { key: api.publishable.key, headers: browser, body: JSON.stringify(body) });
    const contactOf = async (visitorId: string) => (await api.call("GET", `/v1/signals?visitorId=${visitorId}`)).body.data.signals.map((s: { contactId: string | null }) => s.contactId);
    return { api, post, contactOf };
  };

  test("a browser's word is a claim: same answer for real and bogus people, nothing linked", async () => {
    const { api, post, contactOf } = await startKnown();
    await post("/v1/signals", visit({ visitorId: "visitor-0001" }));
    const real = await api.call("POST", "/v1/identify", { body: { visitorId: "visitor-0002", person: { email: "jane@acme.com" } } });
    const answers = await Promise.all(
      [{ email: "jane@acme.com" }, { email: "nobody@acme.com" }, { contactId: real.body.data.contactId }, { contactId: "bogus" }].map((person) => post("/v1/identify", { visitorId: "visitor-0001", person })),
    );
    expect(answers.map((a) => [a.status, a.body.data])).toEqual(answers.map(() => [202, { accepted: true }]));
    expect(await contactOf("visitor-0001")).toEqual([null]);
  });

  test("a signed hash proves it: past and future belong to the contact, in any order of calls", async () => {
    const { api, post, contactOf } = await startKnown();
    const proof = signIdentity(api.server.parts.identitySecret(api.publishable.id), "jane@acme.com");
    await post("/v1/signals", visit({ visitorId: "visitor-0001" }));
    await post("/v1/identify", { visitorId: "visitor-0001", person: { email: " Jane@ACME.com ", firstName: "Jane" }, proof });
    await post("/v1/signals", visit({ visitorId: "visitor-0001" }));
    const contacts = await contactOf("visitor-0001");
    expect(contacts).toHaveLength(2);
    expect(new Set(contacts).size).toBe(1);
    expect(contacts[0]).not.toBeNull();
    // Identified before the first signal.
    await post("/v1/identify", { visitorId: "visitor-0009", person: { email: "jane@acme.com" }, proof });
    await post("/v1/signals", visit({ visitorId: "visitor-0009" }));
    expect(await contactOf("visitor-0009")).toEqual([contacts[0]]);
    // A wrong hash proves nothing.
    await post("/v1/identify", { visitorId: "visitor-0003", person: { email: "jane@acme.com" }, proof: signIdentity("another secret", "jane@acme.com") });
    await post("/v1/signals", visit({ visitorId: "visitor-0003" }));
    expect(await contactOf("visitor-0003")).toEqual([null]);
  });

  test("an opted-in form proves it on an origin that the key lists, and on no other", async () => {
    const { post, contactOf } = await startKnown();
    await post("/v1/signals", visit({ visitorId: "visitor-0001" }));
    await post("/v1/identify", { visitorId: "visitor-0001", person: { email: "kim@acme.com" }, via: "form" });
    expect((await contactOf("visitor-0001"))[0]).not.toBeNull();
    const open = await startApi({ publishable: { mode: "identified" } });
    await open.call("POST", "/v1/identify", { key: open.publishable.key, headers: browser, body: JSON.stringify({ visitorId: "visitor-0001", person: { email: "kim@acme.com" }, via: "form" }) });
    expect(await open.store.read.selectFrom("contacts").selectAll().execute()).toEqual([]);
  });

  test("two known people are never merged: the first stays, the second is kept as a conflict", async () => {
    const { api, contactOf, post } = await startKnown();
    const link = (email: string) => api.call("POST", "/v1/identify", { body: { visitorId: "visitor-0001", person: { email } } });
    const jane = (await link("jane@acme.com")).body.data;
    const kim = (await link("kim@acme.com")).body.data;
    expect(jane).toMatchObject({ linked: true });
    expect(kim).toMatchObject({ linked: false });
    await post("/v1/signals", visit({ visitorId: "visitor-0001" }));
    expect(await contactOf("visitor-0001")).toEqual([jane.contactId]);
    const states = await api.store.read.selectFrom("identity_claims").select("state").orderBy("id").execute();
    expect(states.map((s) => s.state)).toEqual(["linked", "conflict"]);
  });

  test("GPC and the anonymous mode never link and never keep the browser's own id", async () => {
    const { api, post } = await startKnown();
    await post("/v1/signals", visit({ visitorId: "visitor-0001", gpc: true }));
    await api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { ...browser, "sec-gpc": "1" }, body: JSON.stringify(visit({ visitorId: "visitor-0001" })) });
    const anonymous = await startApi();
    await anonymous.call("POST", "/v1/signals", { key: anonymous.publishable.key, headers: browser, body: JSON.stringify(visit({ visitorId: "visitor-0001" })) });
    for (const store of [api.store, anonymous.store]) {
      const rows = await store.read.selectFrom("visitors").select(["id", "mode"]).execute();
      expect(rows.map((row) => row.mode)).toEqual(["anonymous"]);
      expect(rows[0]?.id).not.toBe("visitor-0001");
    }
  });
});

describe("sessions", () => {
  test("the first signal after an identification starts a session", async () => {
    const api = await startApi();
    await api.call("POST", "/v1/identify", { body: { visitorId: "visitor-0001", person: { email: "jane@acme.example" } } });
    await api.call("POST", "/v1/signals", { body: visit({ visitorId: "visitor-0001" }) });
    const { body } = await api.call("GET", "/v1/visitors/visitor-0001");
    expect(body.data).toMatchObject({ signals: 1, sessions: 1, recentSessions: [{ signals: 1, entryPath: "/pricing" }] });
  });

  test("30 minutes of silence end a session", async () => {
    const clock = fixedClock(1_795_000_000_000);
    const api = await startApi({ clock });
    const send = () => api.call("POST", "/v1/signals", { body: visit({ visitorId: "visitor-0001" }) });
    await send();
    clock.advance(30 * 60_000);
    await send();
    clock.advance(30 * 60_000 + 1);
    await send();
    const { body } = await api.call("GET", "/v1/visitors/visitor-0001");
    expect(body.data).toMatchObject({ signals: 3, sessions: 2 });
    expect(body.data.recentSessions.map((s: { signals: number }) => s.signals)).toEqual([1, 2]);
  });
});
