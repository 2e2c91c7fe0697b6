import { describe, expect, it } from "vitest";
import { clockTime, countIn, dayStart, type HourCount, hourSpan, hourTicks, todayOf } from "./hours.ts";

const utc = (text: string) => Date.parse(`${text}Z`);
const hourMs = 3_600_000;

/** 24 hours that end with the one that holds `now`, one visit each. */
function seriesTo(now: number): HourCount[] {
  const last = now - (now % hourMs);
  return Array.from({ length: 24 }, (_, i) => ({ at: last - (23 - i) * hourMs, visits: 1, downloads: i % 2 }));
}

describe("hours on the viewer's clock", () => {
  it.each([
    ["UTC", "2026-11-23T14:00:00", "14:00–15:00"],
    ["Europe/Berlin", "2026-11-23T14:00:00", "15:00–16:00"],
    ["Asia/Kolkata", "2026-11-23T14:00:00", "19:30–20:30"],
    ["Asia/Kathmandu", "2026-11-23T14:00:00", "19:45–20:45"],
    ["America/St_Johns", "2026-11-23T02:00:00", "22:30–23:30"],
    ["Pacific/Chatham", "2026-07-01T12:00:00", "00:45–01:45"],
  ])("names an hour of the roll-up as %s shows it", (zone, at, span) => {
    expect(hourSpan(utc(at), zone)).toBe(span);
  });

  it.each([
    ["UTC", "2026-11-23T14:20:00", "2026-11-23T00:00:00"],
    ["Europe/Berlin", "2026-11-23T23:30:00", "2026-11-23T23:00:00"],
    ["Asia/Kolkata", "2026-11-23T14:20:00", "2026-11-22T18:30:00"],
    ["Asia/Kathmandu", "2026-11-23T14:20:00", "2026-11-22T18:15:00"],
    ["America/Los_Angeles", "2026-11-23T02:00:00", "2026-11-22T08:00:00"],
  ])("finds midnight in %s", (zone, now, start) => {
    expect(dayStart(utc(now), zone)).toBe(utc(start));
  });

  it.each([
    ["spring, 23 hours", "Europe/Berlin", "2026-03-29T20:00:00", "2026-03-28T23:00:00"],
    ["autumn, 25 hours", "Europe/Berlin", "2026-10-25T22:30:00", "2026-10-24T22:00:00"],
    ["autumn by half an hour", "Australia/Lord_Howe", "2026-04-05T10:00:00", "2026-04-04T13:00:00"],
    ["midnight itself skipped", "Africa/Cairo", "2026-04-24T15:00:00", "2026-04-23T22:00:00"],
  ])("finds the day's start where the clock changed: %s", (_what, zone, now, start) => {
    expect(dayStart(utc(now), zone)).toBe(utc(start));
  });

  it("counts today from midnight in a whole-hour zone", () => {
    const now = utc("2026-11-23T09:40:00");
    expect(todayOf(seriesTo(now), now, "Europe/Berlin")).toEqual({ visits: 11, downloads: 6, since: utc("2026-11-22T23:00:00") });
  });

  it("counts today from the first whole hour in a half-hour zone, and says since when", () => {
    const now = utc("2026-11-23T09:40:00");
    const today = todayOf(seriesTo(now), now, "Asia/Kolkata");
    expect(clockTime(today.since, "Asia/Kolkata")).toBe("00:30");
    expect(today.visits).toBe(15);
  });

  it("does not call yesterday today when nothing of today is there yet", () => {
    const now = utc("2026-11-23T18:40:00");
    const series = seriesTo(now - hourMs);
    expect(todayOf(series, now, "Asia/Kolkata").visits).toBe(0);
  });

  it("marks 00, 06, 12 and 18 by the viewer's clock", () => {
    const to = utc("2026-11-23T10:00:00");
    const ticks = hourTicks(to - 24 * hourMs, to, "Asia/Kolkata");
    expect(ticks.map((tick) => tick.label)).toEqual(["18:00", "00:00", "06:00", "12:00"]);
    expect(ticks.map((tick) => tick.midnight)).toEqual([false, true, false, false]);
    expect(ticks[1]?.at).toBe(utc("2026-11-22T18:30:00"));
  });

  it("marks each of them once on a day of 25 hours", () => {
    const to = utc("2026-10-25T22:30:00");
    const labels = hourTicks(to - 24 * hourMs, to, "Europe/Berlin").map((tick) => tick.label);
    expect(labels).toEqual(["06:00", "12:00", "18:00"]);
  });

  it("counts a new signal into its own hour alone", () => {
    const now = utc("2026-11-23T09:40:00");
    const series = seriesTo(now);
    const after = countIn(series, now, "visits");
    expect(after.map((hour) => hour.visits)).toEqual([...Array.from({ length: 23 }, () => 1), 2]);
    expect(series.at(-1)?.visits).toBe(1);
    expect(countIn(series, now + hourMs, "visits")).toBe(series);
  });
});
