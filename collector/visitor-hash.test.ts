import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { anonymousVisitor } from "./visitor-hash.ts";

const input = { salt: Buffer.alloc(32, 7), keyId: "key1", truncatedAddress: "203.0.113.0/24", userAgent: "Mozilla/5.0" };

describe("anonymousVisitor", () => {
  it("is 26 characters of ids' own alphabet, the same for the same inputs", () => {
    const id = anonymousVisitor(input);
    expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    expect(anonymousVisitor({ ...input })).toBe(id);
    expect(anonymousVisitor({ ...input, salt: Buffer.from(input.salt) })).toBe(id);
  });

  it("is the first 130 bits of HMAC-SHA-256", () => {
    const digest = createHmac("sha256", input.salt).update("key1\n203.0.113.0/24\nMozilla/5.0").digest("hex");
    const bits = BigInt(`0x${digest}`) >> 126n;
    const value = Array.from(anonymousVisitor(input)).reduce((sum, char) => sum * 32n + BigInt("0123456789abcdefghjkmnpqrstvwxyz".indexOf(char)), 0n);
    expect(value).toBe(bits);
  });

  it.each([
    ["the day's salt", { salt: Buffer.alloc(32, 8) }],
    ["the key", { keyId: "key2" }],
    ["the network", { truncatedAddress: "203.0.114.0/24" }],
    ["the user agent", { userAgent: "Mozilla/5.1" }],
  ])("changes with %s", (_name, change) => {
    expect(anonymousVisitor({ ...input, ...change })).not.toBe(anonymousVisitor(input));
  });

  it("can't be made alike by moving characters between the parts", () => {
    expect(anonymousVisitor({ ...input, keyId: "key", truncatedAddress: "1203.0.113.0/24" })).not.toBe(anonymousVisitor(input));
    expect(anonymousVisitor({ ...input, truncatedAddress: "", userAgent: "203.0.113.0/24\nMozilla/5.0" })).not.toBe(anonymousVisitor(input));
  });

  it("reads at most 512 characters of a user agent", () => {
    const long = "x".repeat(512);
    expect(anonymousVisitor({ ...input, userAgent: `${long}tail` })).toBe(anonymousVisitor({ ...input, userAgent: long }));
  });

  it("keeps thousands of visitors apart", () => {
    const salt = randomBytes(32);
    const ids = new Set(Array.from({ length: 30_000 }, (_, i) => anonymousVisitor({ ...input, salt, userAgent: `Mozilla/5.0 (${i})` })));
    expect(ids.size).toBe(30_000);
  });
});
