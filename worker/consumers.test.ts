import { afterAll, describe, expect, test } from "vitest";
import { fixedClock } from "../core/clock.ts";
import { createLog } from "../core/log.ts";
import type { Store } from "../store/store.ts";
import { enqueue } from "../store/queue.ts";
import type { QueueHandler, Work } from "../store/work.ts";
import { dialects, type OpenedStore } from "../test/support/stores.ts";
import { startConsumers } from "./consumers.ts";

/** Consumers use these of their work; nothing is sent anywhere here. */
const workOn = (store: Store, clock: { now(): number }) => ({ store, clock, log: createLog("silent") }) as Work;

describe.each(dialects)("consumers of the queue on %s", (_dialect, open) => {
  let opened: OpenedStore | undefined;
  afterAll(() => opened?.dispose());

  async function queueOf(handler: Omit<QueueHandler, "kind" | "what">) {
    await opened?.dispose();
    const clock = fixedClock(1_900_000_000_000);
    opened = await open(() => clock.now());
    const { store } = opened;
    const consumers = startConsumers(workOn(store, clock), [{ kind: "k", what: "a test", ...handler }]);
    const add = (payload: unknown, runAt = clock.now()) => store.write((tx) => enqueue(tx, { workspaceId: "w1", kind: "k", payload, runAt, now: clock.now() }));
    const rows = () => store.read.selectFrom("jobs").selectAll().execute();
    return { store, clock, consumers, add, rows };
  }

  test("every job runs once and is gone, however many there are", async () => {
    const seen: number[] = [];
    const { consumers, add, rows } = await queueOf({ concurrency: 3, handle: (_work, job) => Promise.resolve(void seen.push(Number(job.payload))) });
    for (let i = 0; i < 20; i++) await add(i);
    consumers.wake();
    await expect.poll(rows, { timeout: 30_000 }).toEqual([]);
    await consumers.stop();
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test("one that fails is tried again later, then kept as dead with its reason, and told of once", async () => {
    let tries = 0;
    const told: string[] = [];
    const { clock, consumers, add, rows } = await queueOf({
      concurrency: 1,
      handle: () => Promise.reject(new Error(`try ${++tries}`)),
      dead: (_work, _job, error) => Promise.resolve(void told.push(error)),
    });
    await add({});
    for (let i = 1; i <= 10; i++) {
      consumers.wake();
      await expect.poll(async () => [tries, (await rows())[0]?.state], { timeout: 30_000 }).toEqual([i, i === 10 ? "dead" : "ready"]);
      expect((await rows())[0]?.run_at).toBeGreaterThan(clock.now());
      clock.advance(3_600_001);
    }
    consumers.wake();
    await consumers.stop();
    expect([tries, told]).toEqual([10, ["try 10"]]);
    expect((await rows())[0]).toMatchObject({ state: "dead", last_error: "try 10", attempts: 10 });
  });

  test("one that asks to go on later does, with what it remembers and as if never tried", async () => {
    const seen: unknown[] = [];
    const { clock, consumers, add, rows } = await queueOf({
      concurrency: 1,
      handle: (_work, job) => {
        const { at } = JSON.parse(job.payload) as { at: number };
        seen.push([at, job.attempts]);
        return Promise.resolve(at < 2 ? { runAt: clock.now() + 1000, payload: { at: at + 1 } } : undefined);
      },
    });
    await add({ at: 0 });
    for (const wanted of [1, 2, 3]) {
      consumers.wake();
      await expect.poll(() => seen.length, { timeout: 30_000 }).toBe(wanted);
      clock.advance(1000);
    }
    await expect.poll(rows, { timeout: 30_000 }).toEqual([]);
    await consumers.stop();
    expect(seen).toEqual([[0, 0], [1, 0], [2, 0]]);
  });

  test("one of a process that died is taken over once its lease has run out, and a lease that was lost can't be renewed", async () => {
    const renewals: Promise<unknown>[] = [];
    const gates: (() => void)[] = [];
    const { store, clock, consumers, add, rows } = await queueOf({
      concurrency: 1,
      handle: async (_work, _job, renew) => {
        await new Promise<void>((resolve) => gates.push(resolve));
        renewals.push(renew().then(() => "kept", (error: Error) => error.message));
      },
    });
    await add({});
    consumers.wake();
    await expect.poll(() => gates.length, { timeout: 30_000 }).toBe(1);
    // A second process looks: before the lease has run out it finds nothing, then the job.
    clock.advance(59_000);
    const second = startConsumers(workOn(store, clock), [{ kind: "k", what: "a test", concurrency: 1, handle: () => new Promise<void>((resolve) => gates.push(resolve)) }]);
    second.wake();
    clock.advance(2000);
    second.wake();
    await expect.poll(() => gates.length, { timeout: 30_000 }).toBe(2);
    expect((await rows())[0]?.attempts).toBe(2);
    gates[0]?.();
    await expect.poll(() => renewals.length, { timeout: 30_000 }).toBe(1);
    expect(await renewals[0]).toBe("the job's lease was lost");
    gates[1]?.();
    await Promise.all([consumers.stop(), second.stop()]);
  });
});
