import fc from "fast-check";
import { expect, test } from "vitest";
import { contactFields, isPlain } from "./contact-words.ts";

const long = fc.string({ minLength: 55, maxLength: 65, unit: fc.constantFrom("a", " ", "~") });
const text = fc.oneof(fc.string({ unit: "grapheme-ascii", maxLength: 70 }), fc.string({ unit: "binary" }), long, fc.constantFrom("constructor", "__proto__", "prototype", "toString", '"constructor":', " a", "a\n", "\ud83d"));
const value = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.array(text, { maxLength: 120 }),
  fc.dictionary(text, fc.oneof(text, fc.integer(), fc.constant(null)), { maxKeys: 120 }),
  fc.constantFrom([], {}, null, 7, ["a", "a"], JSON.parse('{"__proto__":"x"}') as unknown),
);
const fields = Object.keys(contactFields) as (keyof typeof contactFields)[];

test("what counts as plain is what the field's schema takes, and leaves as it is", () => {
  const plain = new Set<string>();
  fc.assert(
    fc.property(fc.constantFrom(...fields), value, (field, some) => {
      if (!isPlain(field, some)) return;
      plain.add(field);
      expect(contactFields[field].safeParse(some)).toEqual({ success: true, data: some });
    }),
    { numRuns: 3000 },
  );
  expect(plain).toEqual(new Set(fields));
});

test("the largest attributes that count as plain are within what may be said", () => {
  const all = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a${i}`.padEnd(60, "x"), '"'.repeat(60)]));
  expect(isPlain("attributes", all)).toBe(true);
  expect(contactFields.attributes.safeParse(all).success).toBe(true);
});
