import { expect, it } from "vitest";
import { fixedClock, systemClock } from "./clock.ts";

it("stands still until told to advance", () => {
  const clock = fixedClock(1000);
  expect([clock.now(), clock.now()]).toEqual([1000, 1000]);
  clock.advance(250);
  expect(clock.now()).toBe(1250);
});

it("tells the machine's epoch ms", () => {
  const before = Date.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
});
