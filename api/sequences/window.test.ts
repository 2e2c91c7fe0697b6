import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextInWindow, nextStep } from "./window.ts";

const minuteMs = 60_000;
const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Asia/Tokyo"];

/** What a clock in the zone shows, by another way than the code's: "Mon 09:30". */
const clocks = new Map(zones.map((zone) => [zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })]));
const weekdays = ["", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function isInside(at: number, window: { days: number[]; from: string; to: string }, zone: string): boolean {
  const [weekday = "", time = ""] = (clocks.get(zone)?.format(at) ?? "").replace(",", "").split(" ");
  return window.days.includes(weekdays.indexOf(weekday)) && time >= window.from && time < window.to;
}

const pad = (n: number) => String(n).padStart(2, "0");
const windows = fc
  .record({ days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), a: fc.integer({ min: 0, max: 95 }), b: fc.integer({ min: 0, max: 96 }) })
  .filter(({ a, b }) => a < b)
  .map(({ days, a, b }) => ({ days, from: `${pad(a >> 2)}:${pad((a & 3) * 15)}`, to: `${pad(b >> 2)}:${pad((b & 3) * 15)}` }));
/** Days around changes to and from summer time, and any others. */
const moments = fc.oneof(
  fc.constantFrom("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04").chain((day) => fc.integer({ min: -2880, max: 2880 }).map((minutes) => Date.parse(`${day}T00:00Z`) + minutes * minuteMs)),
  fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2028-01-01") }).map((at) => at - (at % minuteMs)),
);

test("the next moment in a window lies in it, and none before does, whatever the clocks do", () => {
  fc.assert(
    fc.property(moments, windows, fc.constantFrom(...zones), (at, window, zone) => {
      const next = nextInWindow(at, window, zone);
      expect(next).toBeGreaterThanOrEqual(at);
      expect(isInside(next, window, zone)).toBe(true);
      for (let earlier = at; earlier < next; earlier += 5 * minuteMs) expect(isInside(earlier, window, zone), new Date(earlier).toISOString()).toBe(false);
      for (let earlier = Math.max(at, next - 90 * minuteMs); earlier < next; earlier += minuteMs) expect(isInside(earlier, window, zone)).toBe(false);
    }),
    { numRuns: 800 },
  );
});

describe("the step that is due next", () => {
  const window = { days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00", zone: "Europe/Berlin" };
  const mail = { type: "email", subject: "a", body: "b" } as const;

  test("waits out the window: from Friday evening to Monday morning", () => {
    expect(nextStep([mail], 0, Date.parse("2026-10-23T18:00Z"), window, "Europe/Berlin")).toEqual({ step: 0, at: Date.parse("2026-10-26T08:00Z") });
  });

  test("comes after the waits before it, and is the step that is done then", () => {
    const steps = [{ type: "wait", days: 1, hours: 2 }, { type: "wait", hours: 1 }, mail] as const;
    expect(nextStep(steps, 0, Date.parse("2026-10-20T08:00Z"), window, "Europe/Berlin")).toEqual({ step: 2, at: Date.parse("2026-10-21T11:00Z") });
    expect(nextStep([{ type: "wait", days: 0.123456789 }, mail], 0, Date.parse("2026-10-20T08:00Z"), window, "UTC")?.at).toBe(Date.parse("2026-10-20T10:57:46.667Z"));
    expect(nextStep(steps.slice(0, 2), 0, 0, window, "UTC")).toBeUndefined();
  });
});
