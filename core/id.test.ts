import { describe, expect, it } from "vitest";
import { idFloor, idTime, newId } from "./id.ts";

const start = 1_800_000_000_000;

describe("newId", () => {
  it("is 26 characters of lower-case Crockford base32", () => {
    for (let i = 0; i < 1000; i++) expect(newId(start + i)).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
  });

  it("sorts in order of making within one ms and across ms", () => {
    const ids: string[] = [];
    for (let ms = 2000; ms < 2100; ms++) for (let i = 0; i < 500; i++) ids.push(newId(start + ms));
    expect(outOfOrder(ids)).toEqual([]);
  });

  it("stays in order when one ms is full and when the clock is set back", () => {
    const ids = Array.from({ length: 30_000 }, () => newId(start + 10_000));
    ids.push(newId(start), newId(start + 1), newId(start + 60_000));
    expect(outOfOrder(ids)).toEqual([]);
  });

  it("leaves unpredictable distances between the ids of one ms", () => {
    const ids = Array.from({ length: 200 }, () => newId(start + 100_000));
    const tails = new Set(ids.map((id) => id.slice(-12)));
    expect(tails.size).toBe(ids.length);
    const gaps = ids.slice(1).map((id, i) => number(id) - number(ids[i] ?? ""));
    expect(new Set(gaps).size).toBe(gaps.length);
    // A step of fewer than 60 random bits has odds of 200 in 4096 here; four of them do not happen.
    expect(gaps.filter((gap) => gap < 2n ** 60n).length).toBeLessThan(4);
  });

  it("spreads the random part over every character", () => {
    for (let position = 10; position < 26; position++) {
      const seen = new Set(Array.from({ length: 1500 }, (_, i) => newId(start + 200_000 + position * 2000 + i)[position]));
      expect(seen.size).toBe(32);
    }
  });

  it("tells its time back", () => {
    const at = start + 10_000_000;
    expect(idTime(newId(at))).toBe(at);
    expect(idTime(idFloor(0))).toBe(0);
  });

  it("lies at or above the floor of its ms and below the next", () => {
    const at = start + 20_000_000;
    const id = newId(at);
    expect(id >= idFloor(at)).toBe(true);
    expect(id < idFloor(at + 1)).toBe(true);
    expect(idFloor(at)).toHaveLength(26);
  });
});

/** The first few ids that do not lie above the one before. */
function outOfOrder(ids: readonly string[]): string[] {
  return ids.filter((id, i) => i > 0 && id <= (ids[i - 1] ?? "")).slice(0, 3);
}

/** The random part as a number. */
function number(id: string): bigint {
  return Array.from(id.slice(9)).reduce((sum, char) => sum * 32n + BigInt("0123456789abcdefghjkmnpqrstvwxyz".indexOf(char)), 0n);
}
