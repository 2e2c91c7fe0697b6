import fc from "fast-check";
import { resolved, type Schema } from "./samples.ts";

/** Texts that have broken programs: cut emojis, NUL, directions, prototypes, SQL, templates, lengths. */
const knownTexts = ["", " ", "\0", "a\0b", "\ud83d", "\udc00x", "‮txt.exe", "​", "ﬀ", "İ", "ß", "__proto__", "constructor", "null", "undefined", "NaN", "-1", "1e400", "0x10", "' OR 1=1 --", "\"; DROP TABLE contacts; --", "%", "_", "\\", "*", "a*", "\"a\" OR b", "NEAR(a b)", "{{ 7 | times: 7 }}", "{% raw %}", "${7*7}", "<script>", "../../etc/passwd", "javascript:alert(1)", "http://[::1]/", "//evil", "a\r\nb: c", "\t=1+1", "x".repeat(65), "x".repeat(5000), "é".repeat(300), "😀".repeat(200), "ada@analytical.example", "ADA@ＥＸＡＭＰＬＥ.com", "a@b", "@", "2026-02-30", "24:00", "+00:00"];

export const oddText: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...knownTexts), fc.string({ maxLength: 30 }), fc.string({ unit: "binary", maxLength: 30 }));

const oddNumber = fc.oneof(fc.constantFrom(0, -0, -1, 1, 0.5, 1e21, -1e21, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.MAX_VALUE, 2 ** 53, 2 ** 63, 8.64e15, 8.64e15 + 1), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

/** Any JSON value, names that reach prototypes included. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(oddText, oddNumber, fc.constantFrom(null, true, false, [], {}, [[]], [null], { a: { a: { a: {} } } }), fc.jsonValue({ maxDepth: 4 }));

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** Bodies that are no JSON, or that few parsers like. */
export const oddBody: fc.Arbitrary<string | Buffer> = fc.oneof(
  fc.constantFrom<string | Buffer>(
    "", " ", "null", "[]", "{}", "true", "0", '""', "{", '{"a":', "{'a':1}", '{"a":1,}', "[1,2", '{"a":1}{"b":2}', "﻿{}", '{"a":1e999}', '{"limit":1e400}', '{"a":-1e-400}', '{"name":"\\ud800"}', '{"name":"\\u0000"}',
    '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}', '{"name":"a","name":{"b":1}}', `{"data":${nested(30, '{"a":', "}").replace(":}", ":1}")}}`, nested(5000, "[", "]"), nested(20_000, '{"a":', "}").replace(":}", ":1}"),
    `{${Array.from({ length: 3000 }, (_, i) => `"k${i}":${i}`).join()}}`, `[${"1,".repeat(20_000)}1]`, `{"name":"${"x".repeat(50_000)}"}`, Buffer.from([0xff, 0xfe, 0x7b, 0x00]), Buffer.from('{"name":"\xff\xc0"}', "latin1"),
  ),
  oddValue.map((value) => JSON.stringify(value) ?? ""),
);

const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 });

/** Headers that browsers, proxies and attackers send. */
export const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  fc.constantFrom<Record<string, string>>(
    { "content-type": "text/plain" }, { "content-type": "application/json; charset=utf-16" }, { "content-type": "multipart/form-data; boundary=x" }, { "content-type": "application/x-www-form-urlencoded" }, { "content-type": "" }, { "content-type": ";;;" }, { "content-type": "text/csv" },
    { "content-encoding": "gzip" }, { "content-encoding": "identity" }, { accept: "text/csv" }, { accept: "application/xml" }, { origin: "null" }, { origin: "https://evil.example" }, { origin: "x".repeat(4000) }, { referer: "http://\\" }, { cookie: "owlbound_session=x; a=b" }, { range: "bytes=0-1" },
    { "x-forwarded-for": "1.2.3.4, 5.6.7.8" }, { "x-forwarded-for": ", ,,::1" }, { forwarded: "for=1.2.3.4" }, { host: "evil.example" }, { "x-http-method-override": "DELETE" }, { "if-none-match": "*" }, { expect: "100-continue" }, { "sec-gpc": "1" }, { "last-event-id": "x" }, { te: "trailers" }, { authorization: "Bearer" }, { authorization: "Basic Og==" }, { "user-agent": "" },
  ),
  headerText.map((text) => ({ "idempotency-key": text })),
  fc.constantFrom("a", "b", "c", "x".repeat(255), "x".repeat(256), "é").map((text) => ({ "idempotency-key": text })),
  fc.tuple(fc.constantFrom("accept", "user-agent", "x-api-key", "accept-language", "content-type", "origin"), headerText).map(([name, text]) => ({ [name]: text })),
);

/** A value in the words of a schema, now and then past its bounds, and now and then something else. */
export function valueOf(given: Schema, root: Schema, depth: number): fc.Arbitrary<unknown> {
  const schema = resolved(given, root);
  const inside = depth > 5 ? oddValue : within(schema, root, depth);
  return fc.oneof({ weight: 14, arbitrary: inside }, { weight: 1, arbitrary: oddValue });
}

function within(schema: Schema, root: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum && schema.enum.length > 0) return fc.constantFrom(...schema.enum);
  const options = schema.anyOf ?? schema.oneOf;
  if (options && options.length > 0) return fc.oneof(...options.map((option) => valueOf(option, root, depth + 1)));
  const examples = schema.examples?.length ? [fc.constantFrom(...schema.examples)] : [];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "string":
      return text(schema);
    case "integer":
    case "number":
      return number(schema);
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(valueOf(schema.items ?? {}, root, depth + 1), { maxLength: Math.min(schema.maxItems ?? 4, 4) + (depth === 0 ? 1 : 0) });
    case "object":
      return fc.oneof(object(schema, root, depth), ...examples);
    default:
      return fc.oneof(oddValue, ...examples);
  }
}

function object(schema: Schema, root: Schema, depth: number): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.properties ?? {});
  const known = fc.record(Object.fromEntries(names.map((name) => [name, valueOf(schema.properties?.[name] ?? {}, root, depth + 1)])), { requiredKeys: names.filter((name) => schema.required?.includes(name)) });
  const open = typeof schema.additionalProperties === "object" ? fc.dictionary(oddText, valueOf(schema.additionalProperties, root, depth + 1), { maxKeys: 3 }) : fc.constant({});
  const more = fc.oneof({ weight: 12, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.dictionary(oddText, oddValue, { minKeys: 1, maxKeys: 2 }) });
  return fc.tuple(known, open, more).map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(part))));
}

function text(schema: Schema): fc.Arbitrary<string> {
  const max = schema.maxLength ?? 40;
  const plain = fc.oneof(fc.string({ minLength: Math.min(schema.minLength ?? 0, 100), maxLength: Math.min(max, 60) }), fc.constantFrom("x".repeat(Math.min(max, 20_000)), "x".repeat(Math.min(max + 1, 20_001))), oddText);
  if (schema.format === "email") return fc.oneof(fc.emailAddress(), plain);
  if (schema.format === "uri") return fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), plain);
  if (schema.pattern === undefined) return plain;
  try {
    return fc.oneof({ weight: 3, arbitrary: fc.stringMatching(new RegExp(schema.pattern)) }, { weight: 1, arbitrary: plain });
  } catch {
    // Character classes that fast-check can't generate from.
    return plain;
  }
}

function number(schema: Schema): fc.Arbitrary<number> {
  const min = Math.ceil(Math.max(schema.minimum ?? -1000, Number.MIN_SAFE_INTEGER));
  const max = Math.floor(Math.min(schema.maximum ?? 1_000_000, Number.MAX_SAFE_INTEGER));
  const inside = min > max ? oddNumber : fc.integer({ min, max });
  return fc.oneof({ weight: 4, arbitrary: inside }, { weight: 1, arbitrary: fc.constantFrom(min, max, min - 1, max + 1) }, { weight: 1, arbitrary: oddNumber });
}
