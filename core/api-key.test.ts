import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { keyDigest, keyLast4, keyPrefix, mintKey, parseKey } from "./api-key.ts";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe("mintKey", () => {
  it.each([
    ["secret", /^gtm_sk_[0-9A-Za-z]{38}$/],
    ["publishable", /^gtm_pk_[0-9A-Za-z]{38}$/],
  ] as const)("makes a %s key that parses as one", (type, shape) => {
    for (let i = 0; i < 200; i++) {
      const key = mintKey(type);
      expect(key).toMatch(shape);
      expect(parseKey(key)).toEqual({ type });
    }
  });

  it("ends in the base62 CRC32 of all before it", () => {
    const key = mintKey("secret");
    const sum = Array.from(key.slice(-6)).reduce((value, char) => value * 62 + base62.indexOf(char), 0);
    expect(sum).toBe(crc32(key.slice(0, -6)));
  });

  it("draws every base62 character equally often", () => {
    const counts = new Map<string, number>();
    const keys = 4000;
    for (let i = 0; i < keys; i++) for (const char of mintKey("secret").slice(7, 39)) counts.set(char, (counts.get(char) ?? 0) + 1);
    const expected = (keys * 32) / 62;
    expect(counts.size).toBe(62);
    // Seven standard deviations; the bias of `byte % 62` would be 25 %.
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(7 * Math.sqrt(expected));
  });
});

describe("parseKey", () => {
  it("refuses a key with any one character changed", () => {
    const key = mintKey("publishable");
    for (let i = 0; i < key.length; i++) {
      const other = key[i] === "7" ? "8" : "7";
      expect(parseKey(key.slice(0, i) + other + key.slice(i + 1))).toBeUndefined();
    }
  });

  it("refuses a secret key that was relabelled publishable", () => {
    expect(parseKey(mintKey("secret").replace("_sk_", "_pk_"))).toBeUndefined();
  });

  it.each(["", "gtm_sk_", "gtm_sk_your_key_here", "Bearer x", "x".repeat(45), "gtm_sk_" + "é".repeat(38), "gtm_sk_" + "\u0000".repeat(38), "gtm_sk_" + "9".repeat(1_000_000)])(
    "refuses %.30j",
    (text) => {
      expect(parseKey(text)).toBeUndefined();
    },
  );

  it("refuses a key with white space around it", () => {
    const key = mintKey("secret");
    expect(parseKey(` ${key}`)).toBeUndefined();
    expect(parseKey(`${key}\n`)).toBeUndefined();
  });
});

describe("what is stored of a key", () => {
  it("is its SHA-256 in hex, prefix + 4 and last 4", () => {
    const key = mintKey("secret");
    expect(keyDigest(key)).toBe(createHash("sha256").update(key).digest("hex"));
    expect(keyPrefix(key)).toBe(key.slice(0, 11));
    expect(keyLast4(key)).toBe(key.slice(41));
  });
});
