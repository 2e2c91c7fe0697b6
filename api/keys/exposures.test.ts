import { join } from "node:path";
import { expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { createLog } from "../../core/log.ts";
import { createNews } from "../../core/news.ts";
import { openSqliteStore } from "../../store/sqlite/index.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { createExposures, selectAudit } from "./index.ts";

type Api = Awaited<ReturnType<typeof startApi>>;

const start = 1_795_000_000_000;
const hourMs = 3_600_000;
const origin = "https://www.example.com";

const entries = async (api: Api) => (await selectAudit(api.store.read, api.workspace.id, ["key.exposed"], 0, 100)).map((entry) => ({ at: entry.at, actor: entry.actor, ...JSON.parse(entry.detail) }));

test("a secret key from a page is served and leaves one entry per key and hour, whatever the endpoint and the number of requests", async () => {
  const clock = fixedClock(start);
  const api = await startApi({ clock });
  const other = await api.newKey({});
  const ask = async (key: string) => {
    for (const base of ["/v1", "/api/v1"]) {
      expect((await api.call("POST", `${base}/signals`, { key, headers: { origin }, body: visit() })).status).toBe(201);
      expect((await api.call("GET", `${base}/signals`, { key, headers: { origin: "null" } })).status).toBe(200);
    }
  };
  const first = { at: start, actor: `key:${api.secret.id}`, keyId: api.secret.id, place: "browser", origin };
  await Promise.all([ask(api.secret.key), ask(api.secret.key)]);
  await expect.poll(() => entries(api)).toEqual([first]);
  clock.advance(hourMs);
  await ask(api.secret.key);
  await ask(other.key);
  await expect.poll(async () => (await entries(api)).map((entry) => [entry.keyId, entry.at]).toSorted()).toEqual(
    [[api.secret.id, start], [api.secret.id, start + hourMs], [other.id, start + hourMs]].toSorted(),
  );
});

test("a server's request, a publishable key and a key that works no more leave none", async () => {
  const clock = fixedClock(start);
  const api = await startApi({ clock });
  const ended = await api.newKey({ expiresAt: start + 1 });
  clock.advance(1);
  await api.call("GET", "/v1/signals");
  await api.call("POST", "/v1/signals", { body: visit() });
  await api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { origin }, body: visit() });
  expect((await api.call("GET", "/v1/signals", { key: ended.key, headers: { origin } })).status).toBe(401);
  // Entries are written in order: once this one is there, so would be the others.
  await api.call("GET", "/v1/me", { headers: { origin } });
  await expect.poll(() => entries(api)).toMatchObject([{ keyId: api.secret.id }]);
});

test("a key in a URL or a body is not read and leaves its entry, one per place", async () => {
  const api = await startApi({ clock: fixedClock(start) });
  for (let i = 0; i < 3; i++) {
    expect((await api.call("GET", `/v1/signals?key=${api.secret.key}`, { key: null })).status).toBe(401);
    expect((await api.call("POST", `/v1/signals?key=${api.secret.key}`, { key: null, body: visit() })).status).toBe(401);
    expect((await api.call("POST", "/v1/signals", { key: null, headers: { origin }, body: { ...visit(), key: api.secret.key } })).status).toBe(401);
  }
  await expect.poll(async () => (await entries(api)).map((entry) => [entry.place, entry.origin]).toSorted()).toEqual([["body", origin], ["url", null]]);
  expect(JSON.stringify(await entries(api))).not.toContain(api.secret.key.slice(7, 30));
});

test("it leaves its entry also where the request is served, by another key, and on endpoints of the API", async () => {
  const api = await startApi({ clock: fixedClock(start) });
  const other = await api.newKey({});
  expect((await api.call("POST", `/v1/signals?key=${api.secret.key}`, { key: api.publishable.key, body: visit() })).status).toBe(201);
  expect((await api.call("GET", `/v1/signals?key=${other.key}`)).status).toBe(200);
  await expect.poll(async () => (await entries(api)).map((entry) => [entry.keyId, entry.place]).toSorted()).toEqual([[api.secret.id, "url"], [other.id, "url"]].toSorted());
});

test("origins that the sender invents make no more entries", async () => {
  const api = await startApi({ clock: fixedClock(start) });
  for (let i = 0; i < 5; i++) await api.call("GET", "/v1/signals", { headers: { origin: `https://${i}.example.com` } });
  await api.call("GET", `/v1/signals?key=${api.secret.key}`);
  await expect.poll(async () => (await entries(api)).map((entry) => entry.place).toSorted()).toEqual(["browser", "url"]);
});

test("another process, and the next start, add no second entry", async () => {
  const clock = fixedClock(start);
  const api = await startApi({ clock });
  await api.call("GET", "/v1/signals", { headers: { origin } });
  await expect.poll(() => entries(api)).toHaveLength(1);
  const key = await api.server.parts.keys(api.secret.key);
  const news = createNews();
  const written = new Promise<string>((resolve) => news.on(resolve));
  createExposures({ store: api.store, clock, log: createLog("silent"), news })(key, "browser", "https://elsewhere.example.com");
  expect(await written).toBe(api.workspace.id);
  expect(await entries(api)).toMatchObject([{ origin }]);
});

test("an entry that could not be written is written with a later request", async () => {
  const api = await startApi({ clock: fixedClock(start), store: (dir, now) => openSqliteStore({ file: join(dir, "owlbound.db"), now }) });
  const store = api.store as Awaited<ReturnType<typeof openSqliteStore>>;
  const ask = () => api.call("GET", "/v1/signals", { headers: { origin } });
  store.pragma("query_only = ON");
  await ask();
  store.pragma("query_only = OFF");
  await expect.poll(async () => (await ask(), await entries(api))).toHaveLength(1);
});
