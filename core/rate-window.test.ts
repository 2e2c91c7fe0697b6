import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, type WindowSpec, type WindowState } from "./rate-window.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = 1_800_000_000_000;

/** What the promise says, without any cleverness: every admitted moment, counted anew. */
function countSince(admitted: readonly number[], afterMs: number): number {
  return admitted.filter((at) => at > afterMs).length;
}

/** True when a bucketed window may refuse: a minute's slack for the bucket that straddles its edge. */
const slackMs = (windowMs: number) => (windowMs > minute ? minute - 1 : 0);

function replay(specs: readonly WindowSpec[], gapsMs: readonly number[]): void {
  const admitted: number[] = [];
  let state: WindowState | undefined;
  let now = start;
  for (const gap of gapsMs) {
    now += gap;
    const before = JSON.stringify(state);
    const outcome = admit(state, specs, now);
    expect(JSON.stringify(state)).toBe(before);

    for (const { windowMs, limit } of specs) {
      if (outcome.admitted) expect(countSince(admitted, now - windowMs)).toBeLessThan(limit);
    }
    if (!outcome.admitted) {
      expect(specs.some(({ windowMs, limit }) => countSince(admitted, now - windowMs - slackMs(windowMs)) >= limit)).toBe(true);
      checkRetry(outcome.state, specs, now, outcome.retryAfterS);
    }
    if (outcome.admitted) admitted.push(now);
    outcome.windows.forEach((window, i) => {
      const exact = (specs[i]?.windowMs ?? 0) <= minute;
      const left = (specs[i]?.limit ?? 0) - countSince(admitted, now - (specs[i]?.windowMs ?? 0));
      if (exact) expect(window.remaining).toBe(left);
      else expect(window.remaining).toBeLessThanOrEqual(left);
      expect(window.resetAtMs).toBeGreaterThanOrEqual(now);
    });
    state = outcome.state;
  }
}

function checkRetry(state: WindowState, specs: readonly WindowSpec[], now: number, retryAfterS: number | undefined): void {
  expect(retryAfterS).toSatisfy(Number.isInteger);
  const seconds = retryAfterS ?? 0;
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(admit(state, specs, now + seconds * 1000).admitted).toBe(true);
  if (seconds > 1) expect(admit(state, specs, now + (seconds - 1) * 1000).admitted).toBe(false);
}

describe("admit", () => {
  it("agrees with a count of all admitted moments on 10,000 random traces", () => {
    const spec = fc.record({ windowMs: fc.constantFrom(1000, 7919, minute, 5 * minute, hour, day), limit: fc.integer({ min: 1, max: 12 }) });
    const specs = fc.uniqueArray(spec, { minLength: 1, maxLength: 3, selector: ({ windowMs }) => windowMs });
    const gap = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 10 * minute }), fc.integer({ min: 0, max: 8 * hour }));
    fc.assert(fc.property(specs, fc.array(gap, { maxLength: 40 }), replay), { numRuns: 10_000 });
  }, 60_000);

  it("agrees with it on long traces that fill many chunks", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 400, maxLength: 600 });
    fc.assert(fc.property(gaps, (trace) => replay([{ windowMs: minute, limit: 250 }], trace)), { numRuns: 20 });
  }, 60_000);

  it("admits one more in the very ms in which the oldest leaves an exact window, and none before", () => {
    const specs = [{ windowMs: minute, limit: 2 }];
    const one = admit(undefined, specs, start);
    const two = admit(one.state, specs, start + 500);
    expect(two.windows).toEqual([{ limit: 2, remaining: 0, resetAtMs: start + minute, windowMs: minute }]);
    expect(admit(two.state, specs, start + minute - 1)).toMatchObject({ admitted: false, retryAfterS: 1 });
    expect(admit(two.state, specs, start + minute).admitted).toBe(true);
  });

  it("counts a refused request in no window", () => {
    const specs = [
      { windowMs: minute, limit: 1 },
      { windowMs: hour, limit: 5 },
    ];
    let { state } = admit(undefined, specs, start);
    for (let i = 1; i < 50; i++) {
      const refused = admit(state, specs, start + i * 1000);
      expect(refused.admitted).toBe(false);
      expect(refused.windows[1]?.remaining).toBe(4);
      state = refused.state;
    }
    expect(admit(state, specs, start + minute).windows[1]?.remaining).toBe(3);
  });

  it("waits for the slowest of the full windows", () => {
    const specs = [
      { windowMs: minute, limit: 1 },
      { windowMs: hour, limit: 1 },
    ];
    const { state } = admit(undefined, specs, start);
    const refused = admit(state, specs, start + 1);
    expect(refused.retryAfterS).toBeGreaterThanOrEqual(3600);
    expect(refused.retryAfterS).toBeLessThanOrEqual(3660);
  });

  it("answers the same from a state that went through JSON", () => {
    const specs = [
      { windowMs: minute, limit: 100 },
      { windowMs: day, limit: 150 },
    ];
    let direct: WindowState | undefined;
    let stored: WindowState | undefined;
    for (let i = 0; i < 300; i++) {
      const a = admit(direct, specs, start + i * 400);
      const b = admit(stored, specs, start + i * 400);
      expect(b).toEqual(a);
      direct = a.state;
      stored = JSON.parse(JSON.stringify(b.state));
    }
  });

  it("forks cleanly: two requests from one state do not see each other", () => {
    const specs = [{ windowMs: minute, limit: 3 }];
    const { state } = admit(undefined, specs, start);
    admit(admit(state, specs, start + 1).state, specs, start + 2);
    expect(admit(state, specs, start + 3).windows[0]?.remaining).toBe(1);
  });

  it("drains first when the limit was lowered, and keeps counts when it was raised", () => {
    let state: WindowState | undefined;
    for (let i = 0; i < 10; i++) state = admit(state, [{ windowMs: minute, limit: 10 }], start + i * 1000).state;
    const lowered = admit(state, [{ windowMs: minute, limit: 4 }], start + 10_000);
    expect(lowered).toMatchObject({ admitted: false, retryAfterS: 56 });
    expect(lowered.windows[0]).toMatchObject({ remaining: 0, resetAtMs: start + 66_000 });
    expect(admit(state, [{ windowMs: minute, limit: 12 }], start + 10_000).windows[0]?.remaining).toBe(1);
  });

  it("still limits when the clock is set back a little, and recovers when it is set back far", () => {
    const specs = [{ windowMs: minute, limit: 2 }];
    const two = admit(admit(undefined, specs, start).state, specs, start);
    expect(admit(two.state, specs, start - 5000).admitted).toBe(false);
    expect(admit(two.state, specs, start - day).admitted).toBe(true);
  });

  it("admits everything where there is no window", () => {
    expect(admit(undefined, [], start)).toEqual({ admitted: true, state: { logs: [] }, windows: [] });
  });

  it("keeps no more than the window holds", () => {
    const specs = [{ windowMs: minute, limit: 6000 }, { windowMs: day, limit: 1_000_000 }];
    let state: WindowState | undefined;
    for (let i = 0; i < 30_000; i++) state = admit(state, specs, start + i * 20).state;
    const sizes = state?.logs.map((log) => log.chunks.reduce((sum, chunk) => sum + chunk.length, 0)) ?? [];
    expect(sizes[0]).toBeLessThanOrEqual(2 * 3000 + 128);
    expect(sizes[1]).toBeLessThanOrEqual(2 * 11);
  });
});
