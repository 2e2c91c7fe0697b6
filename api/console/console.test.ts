import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { chrome, startApi, visit } from "../../test/support/api.ts";
import { get, readEvents, signIn } from "../../test/support/console-api.ts";
import type { FeedItem } from "./contract.ts";
import { createSetupToken } from "./sessions.ts";

type Api = Awaited<ReturnType<typeof startApi>>;

const send = (api: Api, more: Record<string, unknown> = {}, agent = chrome) =>
  api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { "user-agent": agent, "content-type": "text/plain", origin: "https://www.example.com" }, body: JSON.stringify(visit(more)) });

describe("the one-time link", () => {
  test("opens one session; of ten that race one wins, and a used or old one is refused", async () => {
    const clock = fixedClock(1_795_000_000_000);
    const api = await startApi({ clock });
    const token = await createSetupToken(api.store, clock.now(), api.workspace.id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(api, token)));
    expect(answers.map((a) => a.status).toSorted()).toEqual([204, ...Array.from({ length: 9 }, () => 401)]);
    const late = await createSetupToken(api.store, clock.now(), api.workspace.id);
    clock.advance(30 * 60_000);
    expect((await signIn(api, late)).status).toBe(401);
    const stored = await api.store.read.selectFrom("setup_tokens").selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(late);
  });

  test("the cookie is HttpOnly, SameSite and the console's alone; on /v1 it means nothing", async () => {
    const api = await startApi();
    const { setCookie, cookie } = await signIn(api);
    expect(setCookie).toMatch(/HttpOnly/);
    expect(setCookie).toMatch(/SameSite=Strict/);
    expect(setCookie).toMatch(/Path=\/console/);
    expect((await fetch(`${api.url}/v1/signals`, { headers: { cookie } })).status).toBe(401);
  });

  test("a session ends at logout, after a week of silence, and after 30 days", async () => {
    const clock = fixedClock(1_795_000_000_000);
    const api = await startApi({ clock });
    const { cookie } = await signIn(api);
    expect((await get(api, "/overview", cookie)).status).toBe(200);
    const out = await fetch(`${api.url}/console/api/session`, { method: "DELETE", headers: { cookie, origin: api.url } });
    expect(out.status).toBe(204);
    expect((await get(api, "/overview", cookie)).body.error.code).toBe("SESSION_REQUIRED");
    const second = await signIn(api);
    clock.advance(7 * 86_400_000 + 1);
    expect((await get(api, "/overview", second.cookie)).status).toBe(401);
  });

  test("another site can't act in the console's name", async () => {
    const api = await startApi();
    const token = await createSetupToken(api.store, Date.now(), api.workspace.id);
    const post = (headers: Record<string, string>) => fetch(`${api.url}/console/api/session`, { method: "POST", headers, body: JSON.stringify({ token }) });
    expect((await post({ "content-type": "application/json", origin: "https://evil.test" })).status).toBe(403);
    expect((await post({ "content-type": "application/json" })).status).toBe(403);
    expect((await post({ "content-type": "text/plain", origin: api.url })).status).toBe(415);
    expect((await post({ "content-type": "application/json", origin: api.url })).status).toBe(204);
  });
});

describe("the live screen", () => {
  test("a stored signal arrives on the stream with its person; bots do not", async () => {
    const api = await startApi({ publishable: { mode: "identified" } });
    const { cookie } = await signIn(api);
    await api.call("POST", "/v1/identify", { body: { visitorId: "visitor-0001", person: { email: "jane@acme.com", firstName: "Jane" } } });
    let events: ReturnType<typeof readEvents<FeedItem>> | undefined;
    await new Promise<void>((opened) => {
      events = readEvents(api, cookie, "signal", 2, { opened });
    });
    await send(api, {}, "Googlebot/2.1");
    await send(api, { visitorId: "visitor-0001" });
    await send(api, { type: "content_download", data: { pageUrl: "https://www.example.com/", fileUrl: "https://www.example.com/guide.pdf", fileName: "guide.pdf" } });
    const [first, second] = (await events) ?? [];
    expect(first?.data).toMatchObject({ type: "website_visit", path: "/pricing", known: true, person: { name: "Jane", email: "jane@acme.com" }, referrerKind: "campaign" });
    expect(second?.data).toMatchObject({ type: "content_download", fileName: "guide.pdf", known: false });
    expect(first?.id).toBe(first?.data.id);
  });

  test("a page that was away gets what it missed, oldest first", async () => {
    const api = await startApi();
    const { cookie } = await signIn(api);
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await send(api)).body.data.signalId);
    const missed = await readEvents(api, cookie, "signal", 2, { headers: { "last-event-id": ids[0] ?? "" } });
    expect(missed.map((event) => event.id)).toEqual(ids.slice(1));
  });

  test("the installation check names a wrong origin until a signal of the site's key comes in", async () => {
    const api = await startApi({ publishable: { origins: ["https://www.example.com"] } });
    const { cookie } = await signIn(api);
    const install = async () => (await get(api, "/install", cookie)).body.data;
    expect(await install()).toMatchObject({ state: "waiting", problems: [] });
    await api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { origin: "https://staging.example.com" }, body: visit() });
    await api.call("POST", "/v1/signals", { key: api.publishable.key.replace(/.$/, "!"), headers: { origin: "https://www.example.com" }, body: visit() });
    await expect.poll(install).toMatchObject({ state: "problem" });
    await expect.poll(async () => (await install()).problems.map((p: { code: string; origin: string }) => [p.code, p.origin]).toSorted()).toEqual([
      ["API_KEY_INVALID", "https://www.example.com"],
      ["ORIGIN_NOT_ALLOWED", "https://staging.example.com"],
    ]);
    await send(api);
    expect(await install()).toMatchObject({ state: "receiving", problems: [] });
  });

  test("the overview counts the last 24 hours and shows the tag of the oldest live publishable key", async () => {
    const api = await startApi();
    const { cookie } = await signIn(api);
    await send(api);
    const { body } = await get(api, "/overview", cookie);
    expect(body.data.tag.html).toBe(`<script async src="${api.url}/s.js" data-key="${api.publishable.key}"></script>`);
    expect(body.data.tag.pinnedHtml).toContain("integrity=");
    expect(body.data.today).toMatchObject({ total: 1, visitors: 1, known: 0, downloads: 0 });
    expect(body.data.today.series).toHaveLength(24);
    expect(body.data.counts).toMatchObject({ received: 1, stored: 1 });
    expect(body.meta).toEqual({ requestId: expect.any(String), credits: { used: 0 } });
    expect((await get(api, "/signals?limit=1", cookie)).body.data.signals).toHaveLength(1);
  });
});

test("console pages forbid framing and foreign scripts; files come from a list, never from a path", async () => {
  const api = await startApi();
  const page = await fetch(`${api.url}/console/`);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  for (const path of ["/console/assets/../../package.json", "/console/assets/%2e%2e/%2e%2e/package.json", "/s.js/../package.json"]) {
    expect((await fetch(api.url + path)).status).toBe(404);
  }
  const tag = await fetch(`${api.url}/s.js`);
  expect(tag.headers.get("access-control-allow-origin")).toBe("*");
  expect((await fetch(`${api.url}/s.js`, { headers: { "if-none-match": tag.headers.get("etag") ?? "" } })).status).toBe(304);
});
