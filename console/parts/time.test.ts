import { describe, expect, it } from "vitest";
import { ago, agoInWords, hourInWords, wholeTime } from "./time.ts";

const now = Date.parse("2026-11-23T14:00:00Z");

describe("times", () => {
  it.each([
    [-5000, "now", "just now"],
    [0, "now", "just now"],
    [2999, "now", "just now"],
    [3000, "3s", "3 seconds ago"],
    [59_999, "59s", "59 seconds ago"],
    [60_000, "1m", "1 minute ago"],
    [3_599_999, "59m", "59 minutes ago"],
    [3_600_000, "1h", "1 hour ago"],
    [86_399_999, "23h", "23 hours ago"],
    [86_400_000, "1d", "1 day ago"],
    [40 * 86_400_000, "40d", "40 days ago"],
  ])("says how long %i ms are", (ms, short, words) => {
    expect(ago(now - ms, now)).toBe(short);
    expect(agoInWords(now - ms, now)).toBe(words);
  });

  it("gives the whole moment on the viewer's clock", () => {
    expect(wholeTime(now, "Asia/Kolkata")).toMatch(/2026.*19:30:00/);
  });

  it("names an hour from start to end, in half-hour zones and over midnight too", () => {
    expect(hourInWords(now, "UTC")).toMatch(/23.*14:00.*15:00/);
    expect(hourInWords(now, "Asia/Kolkata")).toMatch(/23.*19:30.*20:30/);
    expect(hourInWords(now + 9 * 3_600_000, "UTC")).toMatch(/23.*23:00.*24.*00:00/);
  });
});
