import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../core/clock.ts";
import { newSignal as signal, dialects, type OpenedStore } from "../test/support/stores.ts";
import { claim, enqueue, fail, finish } from "./queue.ts";
import type { Store } from "./store.ts";

const base = 1_950_000_000_000;

describe.each(dialects)("the store on %s", (_name, open) => {
  let opened: OpenedStore;
  let store: Store;
  const clock = fixedClock(base);

  beforeEach(async () => {
    opened = await open(() => clock.now());
    store = opened.store;
  });
  afterEach(() => opened.dispose());

  const rows = () => store.read.selectFrom("signals").selectAll().orderBy("id").execute();

  test("an acknowledged signal is there, in its batch, with a routing job", async () => {
    const stored = await Promise.all([store.append(signal(base)), store.append(signal(base)), store.append(signal(base))]);
    const found = await rows();
    expect(found.map((row) => row.id).toSorted()).toEqual(stored.map((s) => s.signalId).toSorted());
    const batches = await store.read.selectFrom("signal_batches").selectAll().execute();
    expect(batches.reduce((sum, batch) => sum + batch.signals, 0)).toBe(3);
    const jobs = await store.read.selectFrom("jobs").selectAll().execute();
    expect(jobs.flatMap((job) => JSON.parse(job.payload) as string[]).toSorted()).toEqual(found.map((row) => row.id));
    await store.markRouted(jobs.map((job) => ({ workspaceId: job.workspace_id, batchId: job.id })));
    await expect.poll(() => store.read.selectFrom("jobs").selectAll().execute()).toEqual([]);
    expect((await store.read.selectFrom("signal_batches").select("routed_at").execute()).every((batch) => batch.routed_at === base)).toBe(true);
  });

  test("a messageId is stored once per workspace, within a group and across groups", async () => {
    const first = signal(base, { message_id: "m-000001" });
    const together = await Promise.all([store.append(first), store.append(signal(base, { message_id: "m-000001" }))]);
    const later = await store.append(signal(base, { message_id: "m-000001" }));
    const other = await store.append(signal(base, { message_id: "m-000001", workspace_id: "w2" }));
    expect(together.concat(later).map((s) => [s.signalId, s.duplicate])).toEqual([
      [first.row.id, false],
      [first.row.id, true],
      [first.row.id, true],
    ]);
    expect(other.duplicate).toBe(false);
    expect(await rows()).toHaveLength(2);
  });

  test("a signal of a write is stored, counted and routed with it, or not at all", async () => {
    const heard: string[] = [];
    store.onStored((group) => {
      heard.push(...group.signals.map((row) => row.id));
      void store.markRouted(group.batches);
    });
    const both = (fails: boolean) =>
      store.write(async (tx) => {
        await tx.insertInto("events").values({ workspace_id: "w1", id: `e${fails}`, kind: "test", payload: "{}", at: base }).execute();
        const stored = await store.appendIn(tx, signal(base));
        if (fails) throw new Error("no");
        return stored;
      });
    await expect(both(true)).rejects.toThrow("no");
    expect(await rows()).toEqual([]);
    const { signalId, announce } = await both(false);
    await store.append(signal(base));
    expect((await rows()).map((row) => row.id)).toContain(signalId);
    const sums = async (table: "signal_hours" | "ingest_hours") => (await store.read.selectFrom(table).select("count").execute()).map((row) => Number(row.count));
    expect([await sums("signal_hours"), await sums("ingest_hours")]).toEqual([[2], [2, 2]]);
    expect(heard).not.toContain(signalId);
    announce();
    expect(heard.filter((id) => id === signalId)).toHaveLength(1);
    await expect.poll(() => store.read.selectFrom("jobs").selectAll().execute()).toEqual([]);
  });

  test("a poison signal fails alone, and leaves no trace", async () => {
    const poison = signal(base, { type: null as never, message_id: "m-poison1" });
    const results = await Promise.allSettled([store.append(signal(base)), store.append(poison), store.append(signal(base))]);
    expect(results.map((r) => r.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await rows()).toHaveLength(2);
    // Its messageId is free again: the mended signal is no duplicate.
    expect((await store.append(signal(base, { message_id: "m-poison1" }))).duplicate).toBe(false);
  });

  test("hourly counts, outcomes and credits equal the rows; bots are not counted as visits", async () => {
    await Promise.all([0, 1, 2, 3].map((i) => store.append(signal(base + i * 1_800_000, { bot: i === 3 ? "crawler" : null }))));
    await store.append(signal(base, { message_id: "m-000002" }));
    await store.append(signal(base, { message_id: "m-000002" }));
    const sum = async (table: "signal_hours") => (await store.read.selectFrom(table).select("count").execute()).reduce((total, row) => total + row.count, 0);
    const outcomes = await store.read.selectFrom("ingest_hours").select(["outcome", "count"]).execute();
    const of = (name: string) => outcomes.filter((o) => o.outcome === name).reduce((total, o) => total + o.count, 0);
    const found = await rows();
    expect(await sum("signal_hours")).toBe(found.filter((row) => row.bot === null).length);
    expect([of("received"), of("stored"), of("duplicate")]).toEqual([6, found.length, 1]);
    const usage = await store.read.selectFrom("usage_ledger").select(["calls", "credits"]).execute();
    expect([usage.reduce((n, u) => n + u.calls, 0), usage.reduce((n, u) => n + u.credits, 0)]).toEqual([6, 5]);
  });

  test("30 minutes of silence end a session; a visitor's sums are theirs", async () => {
    const visit = (at: number) => store.append(signal(at, { visitor_id: "v-000001" }));
    await visit(base);
    await visit(base + 1_800_000);
    await visit(base + 3_600_001);
    const [visitor] = await store.read.selectFrom("visitors").selectAll().execute();
    expect(visitor).toMatchObject({ sessions: 2, first_seen_at: base, last_seen_at: base + 3_600_001 });
    const sessions = await store.read.selectFrom("sessions").select(["id", "started_at"]).orderBy("id").execute();
    expect(sessions.map((session) => session.started_at)).toEqual([base, base + 3_600_001]);
    expect((await rows()).map((row) => row.session_id)).toEqual([0, 0, 1].map((i) => sessions[i]?.id));
  });

  test("a write that throws leaves nothing, others of the same moment stand", async () => {
    const audit = (id: string) => ({ workspace_id: "w1", id, at: base, actor: "t", action: "t", detail: "{}" });
    const insert = (id: string) => store.write((tx) => tx.insertInto("audit").values(audit(id)).execute().then(() => id));
    const broken = store.write(async (tx) => {
      await tx.insertInto("audit").values(audit("b")).execute();
      throw new Error("changed my mind");
    });
    const results = await Promise.allSettled([insert("a"), broken, insert("c")]);
    expect(results.map((r) => r.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await store.read.selectFrom("audit").select("id").orderBy("id").execute()).map((row) => row.id)).toEqual(["a", "c"]);
  });

  test("listeners hear of every stored signal once, in commit order", async () => {
    const heard: string[] = [];
    const off = store.onStored((group) => heard.push(...group.signals.map((row) => row.id)));
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await store.append(signal(base))).signalId);
    off();
    await store.append(signal(base));
    expect(heard).toEqual(ids);
  });

  test("a job is claimed by one, comes back when its holder falls silent, backs off, and is kept when dead", async () => {
    await store.write((tx) => enqueue(tx, { workspaceId: "w1", kind: "mail", payload: {}, runAt: base, now: base }));
    const claims = await Promise.all([claim(store, "mail", base, 5), claim(store, "mail", base, 5)]);
    expect(claims.map((jobs) => jobs.length).toSorted()).toEqual([0, 1]);
    expect(await claim(store, "mail", base + 59_000, 5)).toHaveLength(0);
    const [again] = await claim(store, "mail", base + 61_000, 5);
    expect(again?.attempts).toBe(1);
    let now = base + 61_000;
    for (let job = again; job; [job] = await claim(store, "mail", now, 5)) {
      const failed = job;
      await store.write((tx) => fail(tx, failed, "smtp: refused", now));
      now += 4_000_000;
    }
    const [dead] = await store.read.selectFrom("jobs").selectAll().execute();
    expect(dead).toMatchObject({ state: "dead", last_error: "smtp: refused" });
    if (dead) await store.write((tx) => finish(tx, dead));
    expect(await store.read.selectFrom("jobs").selectAll().execute()).toEqual([]);
  });
});

test.each(dialects)("over the queue's bound appends are refused at once, and never appear later, on %s", async (_name, open) => {
  const { store, dispose } = await open(() => base, { queueCountMax: 10 });
  try {
    const results = await Promise.allSettled(Array.from({ length: 25 }, () => store.append(signal(base))));
    const refused = results.filter((r) => r.status === "rejected");
    expect(refused).toHaveLength(15);
    expect(refused.map((r) => r.reason.code)).toEqual(refused.map(() => "STORE_UNAVAILABLE"));
    expect(await store.read.selectFrom("signals").select("id").execute()).toHaveLength(10);
  } finally {
    await dispose();
  }
});
