import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { openSqliteStore } from "../../store/sqlite/index.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { join } from "node:path";

describe("every endpoint", () => {
  test("is in the root, the inventory and OpenAPI, with the scope that guards it", async () => {
    const api = await startApi();
    const root = await api.call("GET", "/v1", { key: null });
    expect(root.body).toMatchObject({ name: "Owlbound API", version: "1.0.0", endpoints: { "signals.list": { path: "/api/v1/signals", method: "GET", scope: "signals:read" } } });
    expect((await api.call("GET", "/api/v1", { key: null })).body).toEqual(root.body);
    const { capabilities } = (await api.call("GET", "/v1/capabilities")).body.data;
    const openapi = (await api.call("GET", "/v1/openapi.json", { key: null })).body;
    expect(openapi.openapi).toBe("3.1.0");
    for (const c of capabilities) {
      const path = c.path.replace("/v1", "").replaceAll(/:(\w+)/g, "{$1}") || "/";
      expect(openapi.paths[path][c.method.toLowerCase()], c.id).toBeDefined();
    }
    expect(Object.keys(root.body.endpoints)).toHaveLength(capabilities.length);
    // What takes many costs as much for each as what takes one.
    const price = (id: string) => capabilities.find((c: { id: string }) => c.id === id).credits;
    expect([price("api.signals.createBatch"), price("api.contacts.createBatch")]).toEqual([100 * price("api.signals.create"), 100 * price("api.contacts.create")]);
  });

  test("answers in the envelope with a request id, uncached; unknown paths and methods say what there is", async () => {
    const api = await startApi();
    const me = await api.call("GET", "/v1/me");
    expect(me.body).toMatchObject({ data: { workspace: { name: "Acme", plan: "unlimited", status: "active" }, apiKey: { id: api.secret.id, type: "secret" } }, meta: { credits: { used: 0 } } });
    expect(me.headers.get("cache-control")).toBe("no-store");
    expect(me.headers.get("referrer-policy")).toBe("no-referrer");
    expect(me.headers.get("x-ratelimit-limit")).toBeNull();
    expect((await api.call("GET", "/v1/nothing")).body.error.code).toBe("NOT_FOUND");
    expect((await api.call("GET", "/V1/me")).status).toBe(404);
    const wrong = await api.call("PATCH", "/v1/signals", { body: {} });
    expect([wrong.status, wrong.body.error.code, wrong.headers.get("allow")]).toEqual([405, "METHOD_NOT_ALLOWED", "GET, POST"]);
  });

  test("the reference page is led to from beside the endpoints, under both base paths", async () => {
    const api = await startApi();
    for (const path of ["/v1/docs", "/api/v1/docs", "/docs/"]) {
      const answer = await fetch(`${api.url}${path}`, { redirect: "manual" });
      expect([path, answer.status, answer.headers.get("location")]).toEqual([path, 308, "/docs"]);
    }
  });

  test("a foreign id and a missing one answer alike", async () => {
    const mine = await startApi();
    const made = await mine.call("POST", "/v1/signals", { body: visit() });
    const other = await startApi();
    const ask = async (id: string) => {
      const { status, body } = await other.call("GET", `/v1/signals/${id}`);
      return { status, ...body.error, requestId: "" };
    };
    expect(await ask(made.body.data.signalId)).toEqual(await ask("nothing"));
  });
});

describe("health", () => {
  test("/health is open and bare; /health/ready proves a write", async () => {
    const api = await startApi();
    expect((await api.call("GET", "/api/v1/health", { key: null })).body).toEqual({ status: "operational", timestamp: expect.stringMatching(/^\d{4}-.*Z$/), version: "1.0.0" });
    expect((await api.call("GET", "/v1/health/ready", { key: null })).body).toMatchObject({ status: "ready" });
  });

  test("/health/ready turns red when writes fail, and /health stays up", async () => {
    const clock = fixedClock(1_795_000_000_000);
    const api = await startApi({ clock, store: (dir, now) => openSqliteStore({ file: join(dir, "owlbound.db"), now }) });
    const store = api.store as Awaited<ReturnType<typeof openSqliteStore>>;
    store.pragma("query_only = ON");
    clock.advance(60_000);
    expect((await api.call("GET", "/v1/health/ready", { key: null })).status).toBe(503);
    expect((await api.call("GET", "/v1/health", { key: null })).status).toBe(200);
    store.pragma("query_only = OFF");
    expect((await api.call("GET", "/v1/health/ready", { key: null })).status).toBe(200);
  });
});

describe("rate limits", () => {
  test("the published windows hold, with headers, and a request after Retry-After succeeds", async () => {
    const clock = fixedClock(1_795_000_000_000);
    const api = await startApi({ clock, plan: "starter" });
    const first = await api.call("GET", "/v1/signals/stats");
    expect(first.headers.get("x-ratelimit-limit")).toBe("60");
    expect(first.headers.get("x-ratelimit-remaining")).toBe("59");
    for (let i = 1; i < 60; i++) expect((await api.call("GET", "/v1/key")).status).toBe(200);
    const refused = await api.call("GET", "/v1/key");
    expect([refused.status, refused.body.error.code, refused.headers.get("x-ratelimit-remaining")]).toEqual([429, "RATE_LIMIT_EXCEEDED", "0"]);
    clock.advance(Number(refused.headers.get("retry-after")) * 1000);
    expect((await api.call("GET", "/v1/key")).status).toBe(200);
  });

  test("the counters survive a restart", async () => {
    const clock = fixedClock(1_795_000_000_000);
    const api = await startApi({ clock, plan: "starter" });
    for (let i = 0; i < 60; i++) await api.call("GET", "/v1/key");
    const saved = () => api.store.read.selectFrom("rate_windows").select("state").executeTakeFirst();
    await expect.poll(async () => (await saved())?.state.length ?? 0).toBeGreaterThan(0);
    await api.close();
    const { startServer } = await import("../../cli/server.ts");
    const again = await startServer(api.server.parts.config, { clock });
    const answer = await fetch(`${again.url}/v1/key`, { headers: { "x-api-key": api.secret.key } });
    await again.close();
    expect(answer.status).toBe(429);
  });
});

describe("lists", () => {
  test("pages hold every row once while rows are added; a cursor of another list is refused", async () => {
    const api = await startApi();
    const sent: string[] = [];
    const send = async () => sent.push((await api.call("POST", "/v1/signals", { body: visit() })).body.data.signalId);
    for (let i = 0; i < 7; i++) await send();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof api.call>> = await api.call("GET", `/v1/signals?limit=3${cursor === null ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.body.data.signals.map((s: { id: string }) => s.id));
      cursor = page.body.data.nextCursor;
      if (seen.length === 3) {
        await send();
        expect((await api.call("GET", `/v1/signals?limit=3&priority=high&cursor=${cursor}`)).status).toBe(400);
        expect((await api.call("GET", `/v1/visitors?cursor=${cursor}`)).status).toBe(400);
        expect((await api.call("GET", `/v1/signals?cursor=${cursor}x`)).status).toBe(400);
      }
    } while (cursor !== null);
    expect(seen).toEqual(sent.slice(0, 7).toReversed());
  });

  test("bad values of known parameters are 400, unknown parameters are ignored", async () => {
    const api = await startApi();
    for (const query of ["limit=0", "limit=101", "limit=x", "type=page_view", "priority=urgent", "unactioned_only=maybe", "from=yesterday"]) {
      const { status, body } = await api.call("GET", `/v1/signals?${query}`);
      expect([query, status, body.error?.details?.[0]?.path]).toEqual([query, 400, query.split("=")[0]]);
    }
    expect((await api.call("GET", "/v1/signals?color=red")).status).toBe(200);
  });
});

test("a signal is routed soon after it is stored, and its job is done", async () => {
  const api = await startApi();
  const { body } = await api.call("POST", "/v1/signals", { body: visit() });
  await expect.poll(async () => (await api.call("GET", `/v1/signals/${body.data.signalId}`)).body.data.routedAt).not.toBeNull();
  expect(await api.store.read.selectFrom("jobs").selectAll().execute()).toEqual([]);
});

test("the ledger's sums equal what the answers said", async () => {
  const api = await startApi();
  let used = 0;
  for (let i = 0; i < 3; i++) {
    used += (await api.call("POST", "/v1/signals", { body: visit() })).body.meta.credits.used;
    used += (await api.call("GET", "/v1/signals")).body.meta.credits.used;
    used += (await api.call("GET", "/v1/signals/stats")).body.meta.credits.used;
  }
  expect(used).toBe(6);
  const rows = () => api.store.read.selectFrom("usage_ledger").select(["capability", "credits", "calls"]).execute();
  await expect.poll(async () => (await rows()).reduce((sum, row) => sum + row.credits, 0)).toBe(used);
  await expect.poll(async () => (await rows()).filter((row) => row.capability === "api.signals.stats").reduce((sum, row) => sum + row.calls, 0)).toBe(3);
});
