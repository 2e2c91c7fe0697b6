import { afterEach, describe, expect, test } from "vitest";
import { fixedClock } from "../core/clock.ts";
import { newId } from "../core/id.ts";
import { createLog } from "../core/log.ts";
import type { EventHandler } from "../store/dispatch.ts";
import { recordEvents } from "../store/events.ts";
import type { Store } from "../store/store.ts";
import type { Work } from "../store/work.ts";
import { dialects, type OpenedStore, postgresDialects } from "../test/support/stores.ts";
import { startDispatch } from "./dispatch-events.ts";

const base = 1_960_000_000_000;
const clock = fixedClock(base);
const wait = { timeout: 60_000, interval: 20 };

/** What a handler of these tests needs of its work. */
function workOn(store: Store): Work {
  const unused = () => {
    throw new Error("not part of this test");
  };
  return { store, clock, log: createLog("silent"), wakeJobs: () => {}, news: { tell: unused, on: unused }, outbound: unused, secret: "", config: {} } as unknown as Work;
}

/** Counts by a row for each event, written by the dispatching transaction. */
const counting = (name: string): EventHandler => ({
  name,
  what: "counts",
  handle: async (_work, tx, { workspaceId, events }) => {
    for (const event of events) {
      await tx.insertInto("audit").values({ workspace_id: workspaceId, id: newId(base), at: event.seq, actor: name, action: event.id, detail: JSON.stringify(event.payload) }).execute();
    }
  },
});

const record = (store: Store, workspaceId: string, ns: readonly number[]) => store.write((tx) => recordEvents(tx, workspaceId, base, ns.map((n) => ({ kind: "test.made", payload: { n } }))));
const handed = async (store: Store, actor: string) => (await store.read.selectFrom("audit").select(["workspace_id", "at", "detail"]).where("actor", "=", actor).orderBy("workspace_id").orderBy("at").execute()).map((row) => ({ workspaceId: row.workspace_id, seq: row.at, n: JSON.parse(row.detail).n as number }));

describe.each(dialects)("events on %s", (_name, open) => {
  let opened: OpenedStore | undefined;
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await opened?.dispose();
  });
  const start = async (...handlers: EventHandler[]) => {
    opened = await open(() => base);
    const { store } = opened;
    const dispatch = startDispatch(workOn(store), handlers);
    stops.push(dispatch.stop);
    return { store, dispatch, opened };
  };

  test("reach every handler once, in their order, with places that have no gap", async () => {
    const { store } = await start(counting("a"), counting("b"));
    for (let n = 0; n < 20; n++) await record(store, "w1", [n * 2, n * 2 + 1]);
    await expect.poll(() => handed(store, "b"), wait).toHaveLength(40);
    const expected = Array.from({ length: 40 }, (_, n) => ({ workspaceId: "w1", seq: n + 1, n }));
    expect(await handed(store, "a")).toEqual(expected);
    expect(await handed(store, "b")).toEqual(expected);
  });

  test("a change that is taken back tells nobody", async () => {
    const { store } = await start(counting("a"));
    await store
      .write(async (tx) => {
        await recordEvents(tx, "w1", base, [{ kind: "test.made", payload: { n: 1 } }]);
        throw new Error("taken back");
      })
      .catch(() => {});
    await record(store, "w1", [2]);
    await expect.poll(() => handed(store, "a"), wait).toEqual([{ workspaceId: "w1", seq: 1, n: 2 }]);
  });

  test("a bulk of one workspace lets the others' through", async () => {
    const { store } = await start(counting("a"));
    await store.write(async (tx) => {
      await recordEvents(tx, "w1", base, Array.from({ length: 2000 }, (_, n) => ({ kind: "test.made", payload: { n } })));
      await recordEvents(tx, "w2", base, [{ kind: "test.made", payload: { n: 0 } }]);
    });
    await expect.poll(async () => (await handed(store, "a")).some(({ workspaceId }) => workspaceId === "w2"), { ...wait, interval: 5 }).toBe(true);
    const ids = await store.read.selectFrom("audit").select(["workspace_id"]).where("actor", "=", "a").orderBy("id").execute();
    expect(ids.findIndex(({ workspace_id }) => workspace_id === "w2")).toBeLessThanOrEqual(400);
    await expect.poll(async () => (await handed(store, "a")).length, wait).toBe(2001);
  });

  test("a handler that fails on one event takes what it wrote back, and holds nothing else up for good", async () => {
    let fails = 0;
    const brittle: EventHandler = {
      name: "brittle",
      what: "fails on 3",
      handle: async (work, tx, batch) => {
        await counting("brittle").handle(work, tx, batch);
        if (!batch.events.some(({ payload }) => payload["n"] === 3)) return;
        fails += 1;
        throw new Error("no threes");
      },
    };
    const { store } = await start(brittle, counting("after"));
    await record(store, "w1", [1, 2, 3, 4]);
    await expect.poll(async () => (await handed(store, "after")).map(({ n }) => n), wait).toEqual([1, 2, 3, 4]);
    expect((await handed(store, "brittle")).map(({ n }) => n)).toEqual([1, 2, 4]);
    expect(fails).toBeGreaterThanOrEqual(5);
  });

  test("under the same id an event is there once", async () => {
    const { store } = await start(counting("a"));
    const once = { id: newId(base), kind: "test.made", payload: { n: 7 } };
    await store.write((tx) => recordEvents(tx, "w1", base, [once]));
    await store.write((tx) => recordEvents(tx, "w1", base, [once]));
    await record(store, "w1", [8]);
    await expect.poll(async () => (await handed(store, "a")).map(({ n }) => n), wait).toEqual([7, 8]);
  });
});

describe.each(postgresDialects)("events on several nodes of %s", (_name, open) => {
  test("are handed out once each, and their places are in the order of commits", async () => {
    const opened = await open(() => base);
    const nodes = [opened.store, await opened.again(), await opened.again()];
    const dispatchers = nodes.map((store) => startDispatch(workOn(store), [counting("a")]));
    const seen: number[] = [];
    // A reader that follows the feed: what it has passed must never grow.
    let place = 0;
    let reading = true;
    const reader = (async () => {
      while (reading) {
        const rows = await opened.store.read.selectFrom("events").select("seq").where("workspace_id", "=", "w1").where("seq", ">", place).orderBy("seq").limit(50).execute();
        for (const { seq } of rows) seen.push((place = Number(seq)));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    try {
      await Promise.all(nodes.map(async (store, node) => {
        for (let i = 0; i < 40; i++) {
          await store.write(async (tx) => {
            await recordEvents(tx, "w1", base, [{ kind: "test.made", payload: { n: node * 100 + i } }]);
            // Commits out of the order of ids.
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
          });
        }
      }));
      await expect.poll(() => seen.length, wait).toBe(120);
      expect(seen).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
      const all = (await handed(opened.store, "a")).map(({ n }) => n);
      expect(all.toSorted((a, b) => a - b)).toEqual([0, 100, 200].flatMap((from) => Array.from({ length: 40 }, (_, i) => from + i)));
    } finally {
      reading = false;
      await reader;
      await Promise.all(dispatchers.map(({ stop }) => stop()));
      await opened.dispose();
    }
  });
});
