import { afterEach, describe, expect, test } from "vitest";
import { createTriggers } from "../api/runs/index.ts";
import { fixedClock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";
import { addContact } from "../test/support/contacts.ts";
import { dialects, newSignal, type OpenedStore } from "../test/support/stores.ts";
import { newWorkspace, workOf } from "../test/support/work.ts";
import { startEngine } from "./engine.ts";
import { startRouter } from "./router.ts";

const base = 1_910_000_000_000;
let testNumber = 0;

describe.each(dialects)("the router on %s", (_dialect, open) => {
  let opened: OpenedStore | undefined;
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await opened?.dispose();
  });

  async function fresh() {
    // Ids of one process never go back in time.
    const clock = fixedClock(base + 1_000_000_000 * ++testNumber);
    opened = await open(() => clock.now());
    const { store, again } = opened;
    const space = await newWorkspace(store, clock);
    const contact = (email: string, more = {}) => addContact(store, clock.now(), space.id, email, more);
    const append = async (more: object, at: Store = store) => (await at.append(newSignal(clock.now(), { workspace_id: space.id, page_path: "/pricing", ...more }))).signalId;
    const isRouted = async (signalId: string) => {
      const row = await store.read.selectFrom("signals as s").innerJoin("signal_batches as b", (join) => join.onRef("b.workspace_id", "=", "s.workspace_id").onRef("b.id", "=", "s.batch_id")).select("b.routed_at").where("s.id", "=", signalId).executeTakeFirstOrThrow();
      return row.routed_at !== null;
    };
    const routed = async (signalId: string) => {
      await expect.poll(() => isRouted(signalId), { timeout: 60_000, interval: 10 }).toBe(true);
    };
    return { ...space, clock, store, again, contact, append, routed };
  }

  function start(store: Store, clock: ReturnType<typeof fixedClock>) {
    const work = workOf(store, clock);
    const engine = startEngine(work);
    const triggers = createTriggers(store, work.news);
    const router = startRouter(work, triggers, engine);
    stops.push(async () => {
      await router.stop();
      triggers.stop();
      await engine.stop();
    });
    return work;
  }

  test("starts what a signal fits, once, and marks its batch in the same transaction", async () => {
    const { clock, store, contact, workflow, append, routed, runs } = await fresh();
    start(store, clock);
    const person = await contact("a@x.com", { title: "VP" });
    const fits = await workflow({ trigger: { on: "signal", types: ["website_visit"], page: "/pri*" }, where: { field: "contact.title", op: "eq", value: "vp" } });
    await workflow({ trigger: { on: "signal", page: "/blog*" } });
    await workflow({ trigger: { on: "signal", types: ["job_change"] } });
    await workflow({ trigger: { on: "signal", priorities: ["high"] } });
    await workflow({ trigger: { on: "signal", sources: ["other"] } });
    await workflow({ where: { field: "contact.title", op: "eq", value: "Intern" } });
    await workflow({}, false);
    const signalId = await append({ contact_id: person });
    await routed(signalId);
    expect(await runs()).toMatchObject([{ workflow_id: fits, signal_id: signalId, contact_id: person, version: 1, cause: "trigger", depth: 1, origin: signalId }]);
    await expect.poll(async () => (await runs())[0]?.status, { timeout: 60_000 }).toBe("completed");
    expect(await store.read.selectFrom("jobs").select("id").where("kind", "=", "route").execute()).toEqual([]);
  });

  test("starts nothing for bots, for people nobody knows, for archived contacts; for a claim only where claims are accepted", async () => {
    const { clock, store, contact, workflow, append, routed, runs } = await fresh();
    start(store, clock);
    const [person, gone] = [await contact("a@x.com"), await contact("b@x.com", { archived: true })];
    await workflow({});
    const open = await workflow({ acceptUnverified: true });
    const quiet = [await append({ contact_id: person, bot: "crawler" }), await append({}), await append({ contact_id: gone }), await append({ claimed_contact_id: "nobody" })];
    for (const signalId of quiet) await routed(signalId);
    expect(await runs()).toEqual([]);
    const claim = await append({ claimed_contact_id: person });
    await routed(claim);
    expect(await runs()).toMatchObject([{ workflow_id: open, contact_id: person, signal_id: claim }]);
  });

  test("hears at once of what another process activated, changed and paused", async () => {
    const { clock, again, contact, workflow, setStatus, append, routed, runs } = await fresh();
    const other = await again();
    start(other, clock);
    const person = await contact("a@x.com");
    const send = async (path: string) => routed(await append({ contact_id: person, page_path: path }, other));
    await send("/a");
    const id = await workflow({ trigger: { on: "signal", page: "/a" } });
    await send("/a");
    expect(await runs()).toHaveLength(1);
    await setStatus(id, "paused");
    await send("/a");
    expect(await runs()).toHaveLength(1);
    await setStatus(id, "active");
    await send("/a");
    await send("/b");
    expect(await runs()).toHaveLength(2);
  });

  test("takes over what a process that died left behind, and starts a workflow no second time", async () => {
    const { clock, store, contact, workflow, append, routed, runs } = await fresh();
    const person = await contact("a@x.com");
    await workflow({});
    const left = await append({ contact_id: person });
    clock.advance(61_000);
    start(store, clock);
    await routed(left);
    expect(await runs()).toHaveLength(1);
    // As if the mark had been lost: the batch comes once more.
    const job = { workspace_id: (await runs())[0]?.workspace_id ?? "", kind: "route", payload: JSON.stringify([left]), state: "ready" as const, run_at: clock.now(), attempts: 0, lease_until: null, last_error: null, created_at: clock.now() };
    const { batch_id: batchId } = await store.read.selectFrom("signals").select("batch_id").where("id", "=", left).executeTakeFirstOrThrow();
    await store.write(async (tx) => {
      await tx.updateTable("signal_batches").set({ routed_at: null }).where("id", "=", batchId).execute();
      await tx.insertInto("jobs").values({ ...job, id: batchId }).execute();
    });
    await routed(left);
    expect(await runs()).toHaveLength(1);
  });

  test("lets a contact start a workflow once within its cooldown, whichever node is asked", async () => {
    const { clock, store, again, contact, workflow, append, routed, runs } = await fresh();
    const other = await again();
    start(store, clock);
    start(other, clock);
    const person = await contact("a@x.com");
    await workflow({ cooldownHours: 24 });
    const many = await Promise.all(Array.from({ length: 12 }, (_, i) => append({ contact_id: person }, i % 2 === 0 ? store : other)));
    for (const signalId of many) await routed(signalId);
    expect(await runs()).toHaveLength(1);
    clock.advance(24 * 3_600_000);
    await routed(await append({ contact_id: person }));
    expect(await runs()).toHaveLength(2);
  });

  test("starts a run for each signal where there is no cooldown", async () => {
    const { clock, store, contact, workflow, append, routed, runs } = await fresh();
    start(store, clock);
    const people = await Promise.all(Array.from({ length: 5 }, (_, i) => contact(`p${i}@x.com`)));
    const ids = [await workflow({}), await workflow({})];
    const signals = await Promise.all(Array.from({ length: 40 }, (_, i) => append({ contact_id: people[i % 5] })));
    for (const signalId of signals) await routed(signalId);
    const made = await runs();
    expect(new Set(made.map((run) => `${run.signal_id} ${run.workflow_id}`))).toEqual(new Set(signals.flatMap((signalId) => ids.map((id) => `${signalId} ${id}`))));
    expect(made).toHaveLength(80);
    await expect.poll(async () => (await runs()).filter((run) => run.status !== "completed").length, { timeout: 60_000 }).toBe(0);
    expect(await store.read.selectFrom("tasks").select("source_id").execute()).toHaveLength(80);
  });
});
