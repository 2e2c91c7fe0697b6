import { describe, expect, it } from "vitest";
import { cpuMs } from "../test/support/cpu-ms.ts";
import { checkData, checkPrototypes, checkShape } from "./json-guard.ts";

const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`);
const withKeys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));

describe("checkData", () => {
  it("answers the JSON to store", () => {
    expect(checkData({ pageUrl: "/pricing", company: { name: "Acme" }, list: [1, true, null] })).toEqual({
      ok: true,
      json: '{"pageUrl":"/pricing","company":{"name":"Acme"},"list":[1,true,null]}',
    });
    expect(checkData({})).toEqual({ ok: true, json: "{}" });
  });

  it.each([null, undefined, "text", 1, true, [], [{}], new Date(0), new Map(), () => 0])("refuses %s, which is no plain object", (value) => {
    expect(checkData(value)).toMatchObject({ ok: false, path: [], code: "invalid_type" });
  });

  it("admits 10,240 bytes of UTF-8 and refuses 10,241", () => {
    const empty = '{"t":""}'.length;
    expect(checkData({ t: "x".repeat(10_240 - empty) }).ok).toBe(true);
    expect(checkData({ t: "x".repeat(10_241 - empty) })).toMatchObject({ ok: false, code: "too_big" });
  });

  it("counts bytes, not characters", () => {
    expect(checkData({ t: "é".repeat(5116) }).ok).toBe(true);
    expect(checkData({ t: "é".repeat(5117) })).toMatchObject({ ok: false, code: "too_big" });
  });

  it("admits 20 levels and refuses 21, in objects and in arrays", () => {
    expect(checkData(nested(20)).ok).toBe(true);
    expect(checkData(nested(21))).toMatchObject({ ok: false, code: "too_deep", path: Array.from({ length: 20 }, () => "a") });
    const list = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
    expect(checkData({ a: list(19) }).ok).toBe(true);
    expect(checkData({ a: list(20) })).toMatchObject({ ok: false, code: "too_deep" });
  });

  it("admits 200 keys in all and refuses 201", () => {
    expect(checkData(withKeys(200)).ok).toBe(true);
    expect(checkData(withKeys(201))).toMatchObject({ ok: false, code: "too_many_keys" });
    expect(checkData({ a: withKeys(100), b: withKeys(98) }).ok).toBe(true);
    expect(checkData({ a: withKeys(100), b: withKeys(99) })).toMatchObject({ ok: false, code: "too_many_keys", path: ["b"] });
  });

  it("admits keys of 128 characters and refuses 129", () => {
    expect(checkData({ ["k".repeat(128)]: 1 }).ok).toBe(true);
    expect(checkData({ ["k".repeat(129)]: 1 })).toMatchObject({ ok: false, code: "key_too_long" });
  });

  it.each(["__proto__", "constructor", "prototype"])("refuses the key %s at any depth", (key) => {
    const inner = `{"${key}":{"admin":true}}`;
    expect(checkData(JSON.parse(inner))).toMatchObject({ ok: false, code: "forbidden_key", path: [key] });
    expect(checkData(JSON.parse(`{"a":[{"b":${inner}}]}`))).toMatchObject({ ok: false, code: "forbidden_key", path: ["a", 0, "b", key] });
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });

  it("refuses NUL in texts and keys", () => {
    expect(checkData({ a: ["x\u0000y"] })).toMatchObject({ ok: false, code: "nul_character", path: ["a", 0] });
    expect(checkData({ "x\u0000y": 1 })).toMatchObject({ ok: false, code: "nul_character" });
  });

  it("replaces a lone surrogate and keeps whole pairs", () => {
    const data: unknown = JSON.parse('{"title":"cut \\ud83d","deep":[{"t":"\\udc00 😀"}],"n":1,"path":"c:\\\\ud83d"}');
    const checked = checkData(data);
    expect(checked).toEqual({ ok: true, json: '{"title":"cut \ufffd","deep":[{"t":"\ufffd 😀"}],"n":1,"path":"c:\\\\ud83d"}' });
  });

  it("refuses a lone surrogate in a key", () => {
    expect(checkData({ "\ud83d": 1 })).toMatchObject({ ok: false, code: "invalid_text" });
  });

  it("refuses numbers that JSON can't keep", () => {
    expect(checkData(JSON.parse('{"n":[1e999]}'))).toMatchObject({ ok: false, code: "not_finite", path: ["n", 0] });
  });

  it("refuses values that are not JSON, and ends on a circle", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    expect(checkData(circle)).toMatchObject({ ok: false, code: "too_deep" });
    expect(checkData({ n: 10n })).toMatchObject({ ok: false, code: "invalid_type", path: ["n"] });
    expect(checkData({ d: new Date(0) })).toMatchObject({ ok: false, code: "invalid_type", path: ["d"] });
  });
});

describe("checkShape", () => {
  it("admits a batch whose data is as deep and as wide as data may be", () => {
    const signals = Array.from({ length: 100 }, () => ({ type: "website_visit", data: withKeys(200) }));
    expect(checkShape({ key: "gtm_pk_x", signals })).toEqual({ ok: true });
    expect(checkShape({ signals: [{ data: nested(20) }] })).toEqual({ ok: true });
  });

  it("tells how deep data may be, also where the whole body is too deep to look into", () => {
    expect(checkShape({ type: "website_visit", data: nested(30) })).toMatchObject({ ok: false, code: "too_deep", message: "Nest at most 20 levels." });
  });

  it.each(["text", 1, null, [], {}])("leaves %j to the schema", (body) => {
    expect(checkShape(body)).toEqual({ ok: true });
  });

  const sized = (unit: string, head: string, tail: string) => head + unit.repeat(Math.floor((65_536 - head.length - tail.length) / unit.length)) + tail;
  it.each([
    ["nested arrays", "[".repeat(32_768) + "]".repeat(32_768), "too_deep"],
    ["nested objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, "too_deep"],
    ["many keys", `{${Array.from({ length: 8000 }, (_, i) => `"${i}":1`).join(",")}}`, "too_many_keys"],
    ["many small objects", sized('{"a":{}},', "[", "{}]"), undefined],
    ["many numbers", sized("0,", "[", "0]"), undefined],
    ["one long text", sized("x", '"', '"'), undefined],
    ["a late __proto__", sized("0,", "[", '{"__proto__":1}]'), "forbidden_key"],
    ["a long key", sized("k", '{"', '":1}'), "key_too_long"],
  ])("judges 64 KB of %s in under 50 ms", (_name, text, code) => {
    const body: unknown = JSON.parse(text);
    const checked = checkShape(body);
    expect(checked.ok ? undefined : checked.code).toBe(code);
    expect(cpuMs(() => checkShape(body))).toBeLessThan(50);
  });
});

describe("checkPrototypes", () => {
  const check = (text: string) => checkPrototypes(JSON.parse(text), text);

  it.each([
    ['{"__proto__":{"admin":true}}', ["__proto__"]],
    ['{"attributes":{"__proto__":null}}', ["attributes", "__proto__"]],
    ['{"a":[{"b":1},{"__proto__":1}]}', ["a", "1", "__proto__"]],
    [String.raw`[{"\u005f_proto\u005F_":1}]`, ["0", "__proto__"]],
  ])("finds the key in %s, however it is spelt", (text, path) => {
    expect(check(text)).toMatchObject({ ok: false, code: "forbidden_key", path });
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });

  it.each(['{"a":"__proto__"}', '{"__proto":1,"__proto__x":2}', '{"constructor":1,"prototype":{}}', String.raw`{"a":"\u0000"}`, "[]", "null", '"__proto__"'])("leaves %s to the schema", (text) => {
    expect(check(text)).toEqual({ ok: true });
  });

  it("judges a megabyte of any shape, however deep, in under 500 ms", () => {
    const levels = 500_000;
    for (const text of [`${"[".repeat(levels)}"__proto__"${"]".repeat(levels)}`, `["__proto__"${',{"a":1}'.repeat(120_000)}]`]) {
      const body: unknown = JSON.parse(text);
      expect(cpuMs(() => expect(checkPrototypes(body, text)).toEqual({ ok: true }))).toBeLessThan(500);
    }
    const found = check(`${"[".repeat(levels)}{"__proto__":1}${"]".repeat(levels)}`);
    expect(found.ok ? [] : found.path.slice(-2)).toEqual(["0", "__proto__"]);
  });
});
