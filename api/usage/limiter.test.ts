import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { dialects, type OpenedStore } from "../../test/support/stores.ts";
import type { ActiveKey } from "../keys/index.ts";
import { createLimiter, type Limiter, RateLimitError } from "./limiter.ts";

const start = 1_795_000_000_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const windows = [{ windowMs: minuteMs, limit: 60 }, { windowMs: hourMs, limit: 1000 }, { windowMs: dayMs, limit: 10_000 }];

let keys = 0;
const newKey = (more: Partial<ActiveKey> = {}): ActiveKey => ({
  id: `key-${keys++}`, type: "secret", name: "Key", prefix: "gtm_sk_abcd", scopes: new Set(), allowedOrigins: new Set(), privacyMode: "anonymous", expiresAt: null, capped: false,
  workspace: { id: "w1", name: "Acme", plan: "starter", status: "active" }, ...more,
});

/** Undefined when it is let in, else after how many seconds to come back. */
async function refusal(limiter: Limiter, key: ActiveKey, address = ""): Promise<number | undefined> {
  try {
    await limiter.take(key, address);
    return undefined;
  } catch (error) {
    if (!(error instanceof RateLimitError)) throw error;
    return error.retryAfterS ?? 0;
  }
}

describe.each(dialects)("the limiter on %s", (name, open) => {
  let opened: OpenedStore | undefined;
  afterAll(() => opened?.dispose());

  test("over several nodes and restarts never lets one too many into any true window, and keeps its word on Retry-After", async () => {
    const clock = fixedClock(start);
    opened = await open(() => clock.now());
    const { store } = opened;
    // On SQLite one process has the file; on PostgreSQL several nodes share the counters.
    const stores = name === "sqlite" ? [store] : [store, await opened.again()];
    const made = () => stores.map((one) => createLimiter(one, clock, { visitorLimit: 0, keyLimit: 0 }));
    const step = fc.record({
      gapMs: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 700 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) }),
      node: fc.nat({ max: 1 }),
      restart: fc.integer({ min: 0, max: 39 }).map((n) => n === 0),
      wait: fc.boolean(),
    });
    const trace = async (steps: readonly { gapMs: number; node: number; restart: boolean; wait: boolean }[]) => {
      clock.advance(dayMs + hourMs);
      const key = newKey();
      let limiters = made();
      const admitted: number[] = [];
      for (const { gapMs, node, restart, wait } of steps) {
        clock.advance(gapMs);
        if (restart) {
          // What a clean stop does: it writes what waits.
          await store.write(() => Promise.resolve());
          limiters = made();
        }
        const limiter = limiters[node % limiters.length];
        if (!limiter) throw new Error("there is no limiter");
        const inLast = (ms: number) => admitted.filter((at) => at > clock.now() - ms).length;
        const seconds = await refusal(limiter, key);
        if (seconds === undefined) {
          for (const { windowMs, limit } of windows) expect(inLast(windowMs)).toBeLessThan(limit);
          admitted.push(clock.now());
          continue;
        }
        expect(windows.some(({ windowMs, limit }) => inLast(windowMs + (windowMs > minuteMs ? minuteMs : 0)) >= limit)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(1);
        if (!wait) continue;
        clock.advance(seconds * 1000);
        expect(await refusal(limiter, key)).toBeUndefined();
        admitted.push(clock.now());
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 80, maxLength: 200 }), trace), { numRuns: { sqlite: 100, pglite: 2 }[name] ?? 10 });
  });

  test("lets in no more than the limit of requests that come at once", async () => {
    const clock = fixedClock(start);
    await opened?.dispose();
    opened = await open(() => clock.now());
    const limiters = (name === "sqlite" ? [opened.store] : [opened.store, await opened.again()]).map((one) => createLimiter(one, clock, { visitorLimit: 0, keyLimit: 0 }));
    const key = newKey();
    const answers = await Promise.all(limiters.flatMap((limiter) => Array.from({ length: 90 }, () => refusal(limiter, key))));
    expect(answers.filter((seconds) => seconds === undefined)).toHaveLength(60);
    expect(new Set(answers.filter((seconds) => seconds !== undefined))).toEqual(new Set([60]));
  });
});

describe("publishable keys", () => {
  test("have the plan's windows per visitor address, under a ceiling that a flooder does not use up", async () => {
    const clock = fixedClock(start);
    const api = await startApi({ clock, plan: "starter", flags: { "trusted-proxies": "127.0.0.1", "key-limit": "100" } });
    const send = async (address: string) => (await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit(), headers: { "x-forwarded-for": address } })).status;
    const flood = await Promise.all(Array.from({ length: 90 }, () => send("203.0.113.7")));
    expect([flood.filter((status) => status === 201).length, flood.filter((status) => status === 429).length]).toEqual([60, 30]);
    // 40 are left of the key's 100 a second: the 30 that were refused took none of them.
    const others = await Promise.all(Array.from({ length: 45 }, (_, i) => send(`198.51.100.${i}`)));
    expect([others.filter((status) => status === 201).length, others.filter((status) => status === 429).length]).toEqual([40, 5]);
    clock.advance(1000);
    expect([await send("203.0.113.7"), await send("198.51.100.200")]).toEqual([429, 201]);
  });

  test("see in GET /key what their own address has left", async () => {
    const api = await startApi({ clock: fixedClock(start), plan: "starter", flags: { "trusted-proxies": "127.0.0.1" } });
    const left = async (address: string) => (await api.call("GET", "/v1/key", { key: api.publishable.key, headers: { "x-forwarded-for": address } })).body.data.rateLimits;
    for (let i = 0; i < 3; i++) await left("203.0.113.7");
    expect((await left("203.0.113.7"))[0]).toMatchObject({ windowSeconds: 60, limit: 60, remaining: 56 });
    expect((await left("198.51.100.1"))[0]).toMatchObject({ remaining: 59 });
    // A whole /64 is one visitor.
    await left("2001:db8::1");
    expect((await left("2001:db8::ffff"))[0]).toMatchObject({ remaining: 58 });
  });
});

test("keys that are none have a bucket of their own per address, which holds no valid key up", async () => {
  const clock = fixedClock(start);
  const api = await startApi({ clock });
  const guess = async (key: string) => {
    const answer = await api.call("GET", "/v1/key", { key });
    return { status: answer.status, retryAfter: answer.headers.get("retry-after") };
  };
  const unknown = "gtm_sk_0000000000000000000000000000000000000000";
  for (let i = 0; i < 600; i += 50) expect(new Set((await Promise.all(Array.from({ length: 50 }, () => guess(unknown)))).map(({ status }) => status))).toEqual(new Set([401]));
  const limited = await guess(unknown);
  expect(limited.status).toBe(429);
  expect((await guess(api.secret.key)).status).toBe(200);
  expect((await api.call("GET", "/v1/key", { key: null })).status).toBe(401);
  clock.advance(Number(limited.retryAfter) * 1000);
  expect((await guess(unknown)).status).toBe(401);
});
