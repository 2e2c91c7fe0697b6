import fc from "fast-check";
import { expect, test } from "vitest";
import { redacted, scrub, withoutSecrets } from "./scrub.ts";

test.each([
  ["plain", "no access for hunter2!", ["hunter2"], `no access for ${redacted}!`],
  ["in a URL", "GET /?k=a%20b%2Fc failed", ["a b/c"], `GET /?k=${redacted} failed`],
  ["in JSON", String.raw`{"k":"say \"hi\""}`, ['say "hi"'], `{"k":"${redacted}"}`],
  ["in Base64", `Basic? ${Buffer.from("user:passw0rd").toString("base64")}`, ["user:passw0rd"], `Basic? ${redacted}`],
  ["broken by control characters", "the\u0000 key\u200b is\nwrong", [], "the key is wrong"],
  ["the longer one first", "sesame-open sesame", ["sesame", "sesame-open"], `${redacted} ${redacted}`],
  ["somebody else's", "use xoxb-12345-abcdef or Bearer abcdef123 or api_key=zzz", [], `use ${redacted} or ${redacted} or ${redacted}`],
  ["in a URL's user", "postgres://u:p@db/x", [], `${redacted}db/x`],
  ["a long word", `id ${"a1B2".repeat(10)} ok`, [], `id ${redacted} ok`],
])("a secret is taken out: %s", (_what, text, secrets, clean) => {
  expect(scrub(text, secrets)).toBe(clean);
});

test("a text is one short line, whatever it was", () => {
  expect(scrub("x ".repeat(5000), []).length).toBe(200);
  expect(scrub(" a\r\n\tb\u2028c\ud800 ", [])).toBe("a b c\ufffd");
});

test("no form of a secret is left in any text around it", () => {
  const secret = fc.string({ minLength: 6, maxLength: 40, unit: "grapheme-ascii" }).filter((text) => text.trim() === text && !/\s{2}/.test(text) && !redacted.includes(text));
  const text = fc.string({ maxLength: 60 });
  fc.assert(
    fc.property(secret, text, text, (s, before, after) => {
      for (const form of [s, encodeURIComponent(s), Buffer.from(s).toString("base64")]) {
        expect(scrub(`${before}${form}${after}`, [s]).replaceAll(redacted, "")).not.toContain(s);
        expect(withoutSecrets(`${before}${form}${after}`, [s]).replaceAll(redacted, "\n")).not.toContain(s);
      }
    }),
    { numRuns: 500 },
  );
});
