import { describe, expect, it } from "vitest";
import { boundedCache } from "./lru.ts";

describe("boundedCache", () => {
  it("gives back what was set last", () => {
    const cache = boundedCache<string, number>(10);
    cache.set("a", 1);
    cache.set("a", 2);
    expect(cache.get("a")).toBe(2);
    expect(cache.get("b")).toBeUndefined();
  });

  it("holds at most twice its bound", () => {
    const cache = boundedCache<number, number>(100);
    for (let i = 0; i < 10_000; i++) cache.set(i, i);
    let held = 0;
    for (let i = 0; i < 10_000; i++) if (cache.get(i) !== undefined) held++;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(200);
  });

  it("holds entries of at most twice its bound where they have sizes", () => {
    const cache = boundedCache<number, string>(1000, (text) => text.length);
    for (let i = 0; i < 1000; i++) cache.set(i % 300, "x".repeat(1 + (i % 60)));
    let held = 0;
    for (let i = 0; i < 300; i++) held += cache.get(i)?.length ?? 0;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(2000);
  });

  it("keeps an entry that is used while thousands pass by", () => {
    const cache = boundedCache<number | string, string>(50);
    cache.set("mine", "kept");
    for (let i = 0; i < 5000; i++) {
      cache.set(i, "passing");
      expect(cache.get("mine")).toBe("kept");
    }
  });

  it("never gives back an old value of a key that was set again", () => {
    const cache = boundedCache<number, number>(3);
    for (let i = 0; i < 500; i++) {
      cache.set(i % 5, i);
      expect(cache.get(i % 5)).toBe(i);
    }
  });

  it("forgets one key, or all", () => {
    const cache = boundedCache<string, number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    cache.set("a", 3);
    cache.delete("a");
    expect(cache.get("a")).toBeUndefined();
    expect(cache.get("b")).toBe(2);
    cache.clear();
    expect(cache.get("b")).toBeUndefined();
  });
});
