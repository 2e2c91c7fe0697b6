import { expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { eventKinds } from "../../core/event-words.ts";
import { createLog } from "../../core/log.ts";
import { recordEvents } from "../../store/events.ts";
import { startApi } from "../../test/support/api.ts";
import { jobs } from "../../worker/jobs.ts";
import { createWorkspace } from "../keys/index.ts";

const dayMs = 86_400_000;
let base = 1_930_000_000_000;
const wait = { timeout: 60_000, interval: 20 };

async function start() {
  const clock = fixedClock((base += 100 * dayMs));
  const api = await startApi({ clock });
  const { key } = await api.newKey({ scopes: [...allScopes] });
  const get = (path: string, by = key) => api.call("GET", `/v1${path}`, { key: by });
  const record = (ns: readonly number[], kind = "contact.updated", workspaceId = api.workspace.id) => api.store.write((tx) => recordEvents(tx, workspaceId, clock.now(), ns.map((n) => ({ kind, payload: { n } }))));
  /** Follows the feed to its end. */
  async function follow(from: string | undefined, more = "") {
    const ns: number[] = [];
    let cursor = from;
    for (;;) {
      const { status, body } = await get(`/events?limit=7${cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`}${more}`);
      expect(status, JSON.stringify(body)).toBe(200);
      ns.push(...body.data.events.map((event: { data: { n: number } }) => event.data.n));
      cursor = body.data.nextCursor as string;
      if (body.data.hasMore !== true) return { ns, cursor };
    }
  }
  const purge = async () => jobs.find(({ name }) => name === "purge-events")?.run(api.store, clock.now(), createLog("silent"));
  return { ...api, clock, key, get, record, follow, purge };
}

test("the feed gives every event once, in order, and its last cursor goes on with what comes later", async () => {
  const { record, follow, get } = await start();
  await record([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  let first = await follow(undefined);
  await expect.poll(async () => (first = await follow(undefined)).ns.length, wait).toBe(10);
  expect(first.ns).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect((await follow(first.cursor)).ns).toEqual([]);
  const latest = (await get("/events?start=latest")).body.data;
  expect(latest).toEqual({ events: [], hasMore: false, nextCursor: expect.any(String) });
  await record([11, 12]);
  await expect.poll(async () => (await follow(first.cursor)).ns, wait).toEqual([11, 12]);
  expect((await follow(latest.nextCursor)).ns).toEqual([11, 12]);
});

test("what a reader has passed never grows behind it, while many write", async () => {
  const { record, follow } = await start();
  const seen: number[] = [];
  let writing = true;
  const reading = (async () => {
    let cursor: string | undefined;
    while (writing || seen.length < 60) {
      const page = await follow(cursor);
      seen.push(...page.ns);
      cursor = page.cursor;
    }
  })();
  await Promise.all([0, 1, 2].map(async (writer) => {
    for (let i = 0; i < 10; i++) await record([writer * 100 + i * 2, writer * 100 + i * 2 + 1]);
  }));
  writing = false;
  await reading;
  expect(seen).toHaveLength(60);
  expect(new Set(seen).size).toBe(60);
});

test("types are chosen by name or pattern; a rare one is found behind thousands of others", async () => {
  const { record, follow, get } = await start();
  await record(Array.from({ length: 6000 }, (_, n) => n));
  await record([-1], "contact.created");
  await record([-2], "company.created");
  await expect.poll(async () => (await follow(undefined, "&types=company.*")).ns, wait).toEqual([-2]);
  expect((await follow(undefined, "&types=contact.created,company.created")).ns).toEqual([-1, -2]);
  const { nextCursor } = (await get("/events?types=contact.created")).body.data;
  expect((await get(`/events?cursor=${encodeURIComponent(nextCursor)}`)).body.error.details[0].code).toBe("invalid_cursor");
});

test("a cursor from before the retention says so instead of skipping in silence", async () => {
  const { record, follow, get, purge, clock } = await start();
  await record([1, 2, 3]);
  await expect.poll(async () => (await follow(undefined)).ns.length, wait).toBe(3);
  const cursor = (await get("/events?limit=1")).body.data.nextCursor;
  clock.advance(29 * dayMs);
  await record([4]);
  await purge();
  expect((await follow(cursor)).ns.slice(0, 2)).toEqual([2, 3]);
  clock.advance(2 * dayMs);
  await purge();
  expect((await get(`/events?cursor=${encodeURIComponent(cursor)}`)).body.error).toMatchObject({ code: "VALIDATION_ERROR", details: [{ path: "cursor", code: "expired_cursor" }] });
  await expect.poll(async () => (await follow(undefined)).ns, wait).toEqual([4]);
});

test("another workspace's events are not in it, and it needs webhooks:manage", async () => {
  const { get, newKey, store, clock, record, secret, follow } = await start();
  const other = await createWorkspace(store, clock.now(), { name: "Other" });
  const { key } = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
  await record([1]);
  await expect.poll(async () => (await follow(undefined)).ns, wait).toEqual([1]);
  expect((await get("/events", key)).body.data.events).toEqual([]);
  const { nextCursor } = (await get("/events")).body.data;
  expect((await get(`/events?cursor=${encodeURIComponent(nextCursor)}`, key)).status).toBe(400);
  for (const path of ["/events", "/events/kinds"]) expect((await get(path, secret.key)).body.error.code).toBe("INSUFFICIENT_SCOPE");
  expect((await get("/events?types=contact%20created")).body.error.details[0].path).toBe("types");
});

test("the catalogue lists each kind with what it says and carries", async () => {
  const { get } = await start();
  const { kinds } = (await get("/events/kinds")).body.data;
  expect(kinds).toHaveLength(Object.keys(eventKinds).length);
  expect(kinds.find(({ type }: { type: string }) => type === "enrollment.created")).toEqual({ type: "enrollment.created", description: "A contact was enrolled in a sequence", data: ["enrollmentId", "sequenceId", "contactId"], carries: ["enrollment", "contact"] });
});
