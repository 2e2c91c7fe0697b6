import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Mapping, parsePath } from "../../core/mapping-words.ts";
import { mapRow } from "./map.ts";
import { presets } from "./presets.ts";
import { digestOf, lookUp, rowsMax, rowsOf } from "./rows.ts";

const mapped = (row: unknown, mapping: unknown) => mapRow(row, Mapping.parse(mapping));
const refusedAt = (mapping: unknown) => Mapping.safeParse(mapping).error?.issues.map((issue) => issue.path.join("."));

describe("paths", () => {
  test.each([
    ["First Name", ["First Name"]],
    ["data.contact.email", ["data", "contact", "email"]],
    ["$.items[0].id", ["items", 0, "id"]],
    ['["a.b"]["c]"].d', ["a.b", "c]", "d"]],
    ["$", []],
    ["$[2].x", [2, "x"]],
  ])("%s leads somewhere", (text, path) => expect(parsePath(text)).toEqual(path));

  test.each(["", " ", "a..b", "a.", "a[", "a[x]", "a.__proto__.b", 'x["constructor"]', "prototype", "a]b", Array(40).fill("a").join(".")])("%j is none", (text) => expect(parsePath(text)).toBeUndefined());

  test("any own name that is quoted is found, and what is not own never is", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 50 }).filter((name) => name.trim() !== "" && !["__proto__", "constructor", "prototype"].includes(name)), (name) => {
        const quoted = `[${JSON.stringify(name).replaceAll(/\\u[0-9a-f]{4}|\\[nrtbf]/g, "")}]`;
        const plain = JSON.stringify(name) === `"${name}"`;
        if (plain) expect(lookUp({ [name]: 7 }, quoted)).toBe(7);
        expect(lookUp({}, quoted)).toBeUndefined();
      }),
    );
    expect(lookUp({}, "toString")).toBeUndefined();
    expect(lookUp([1], "length")).toBe(1);
  });

  test("a hostile path costs little", () => {
    const started = performance.now();
    for (const text of ["a".repeat(300), "[\"".repeat(150), ".".repeat(300), `["${"\\".repeat(290)}`]) parsePath(text);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe("a mapping is checked when it is saved", () => {
  test.each([
    [{}, [""]],
    [{ signal: { type: "website_visit" } }, ["signal.type"]],
    [{ signal: { type: { const: "visit" } } }, ["signal.type"]],
    [{ signal: { type: { from: "kind", map: { a: "website_visit", b: "nope" }, else: "custom_webhook" } } }, ["signal.type"]],
    [{ signal: { priority: { const: "urgent" } } }, ["signal.priority"]],
    [{ contact: { email: "a..b" } }, ["contact.email"]],
    [{ contact: { company: "Company" } }, ["contact"]],
    [{ contact: { email: "e", script: "x" } }, ["contact"]],
    [{ rows: "a[", contact: { email: "e" } }, ["rows"]],
    [{ signal: { data: { __proto__x: "a", constructor: "b" } } }, ["signal.data"]],
  ])("%j names %j", (mapping, paths) => expect(refusedAt(mapping)).toEqual(paths));
});

test("fallbacks, constants, replacements and nested values", () => {
  const mapping = {
    id: ["missing", "ids[1]"],
    signal: { type: { from: "Kind", map: { Visit: "website_visit" }, else: "custom_webhook" }, priority: { from: "p", map: { hot: "high" } }, occurredAt: "at", data: { pageUrl: ["none", "Page URL"], fixed: { const: 3 }, deep: "a.b" } },
    contact: { email: ["Work", "Email"], firstName: "First Name", tags: { const: "feed, new" }, attributes: { plan: "plan" } },
  };
  const row = { ids: ["x", "e-2"], Kind: "visit", p: "HOT", at: "2024-03-01 10:00:00", "Page URL": "https://a.example/x", a: { b: [1, { c: 2 }] }, Work: " ", Email: "Ada@Acme.Example", "First Name": "Ada\n", plan: { seats: 5 } };
  expect(mapped(row, mapping)).toEqual({
    ok: true,
    id: "e-2",
    signal: { type: "website_visit", priority: "high", source: "inbound", occurredAt: Date.UTC(2024, 2, 1, 10), data: { pageUrl: "https://a.example/x", fixed: 3, deep: [1, { c: 2 }] } },
    contact: { email: "Ada@Acme.Example", firstName: "Ada", tags: ["feed", "new"], attributes: { plan: { seats: 5 } } },
  });
  expect(mapped({ Kind: "other" }, mapping)).toMatchObject({ ok: true, id: undefined, contact: null, signal: { type: "custom_webhook", priority: "medium", data: { fixed: 3 } } });
});

test.each([
  ["2024-01-15T10:00:00+02:00", Date.UTC(2024, 0, 15, 8)],
  ["2024-01-15", Date.UTC(2024, 0, 15)],
  ["01/15/2024 3:00 PM", Date.UTC(2024, 0, 15, 15)],
  [1_705_312_800, 1_705_312_800_000],
  ["1705312800123", 1_705_312_800_123],
])("the time %s is read in UTC unless it says otherwise", (at, ms) => {
  expect(mapped({ at }, { signal: { occurredAt: "at" } })).toMatchObject({ ok: true, signal: { occurredAt: ms } });
});

test.each([
  [{ e: "not an address" }, { contact: { email: "e" } }, "contact.email", "invalid_email"],
  [{ l: "https://example.com/in/x" }, { contact: { linkedInUrl: "l" } }, "contact.linkedInUrl", "invalid_linkedin_url"],
  [{ c: "Acme" }, { contact: { email: "e", company: "c" } }, "contact", "identity_required"],
  [{ at: "yesterday" }, { signal: { occurredAt: "at" } }, "signal.occurredAt", "invalid_time"],
  [{ t: "teleport" }, { signal: { type: { from: "t" } } }, "signal.type", "invalid_value"],
  [{ big: "x".repeat(11_000) }, { signal: { data: "$" } }, "signal.data", "too_big"],
  [{ v: "short" }, { signal: { visitorId: "v" } }, "signal.visitorId", "invalid_value"],
  [{ n: "y".repeat(300), e: "a@b.example" }, { contact: { email: "e", firstName: "n" } }, "contact.firstName", "too_big"],
  ["text", { signal: {} }, "", "invalid_type"],
])("a row that can't be mapped says why: %#", (row, mapping, path, code) => {
  expect(mapped(row, mapping)).toEqual({ ok: false, reasons: [expect.objectContaining({ path, code, message: expect.any(String) })] });
});

test("no row makes it throw", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (row) => {
      for (const { mapping } of Object.values(presets)) mapRow(row, mapping);
      for (const inner of Array.isArray(row) ? row : [row]) expect(typeof mapRow({ "First Name": inner, email: inner, Timestamp: inner, "Page URL": inner }, presets.visitor_identification.mapping).ok).toBe("boolean");
    }),
  );
});

describe("rows of a body", () => {
  const json = "application/json; charset=utf-8";
  const rows = (body: string, type = json, more: object = {}) => rowsOf(body, type, more);
  test("one, many, or those at a path; a form is one", () => {
    expect(rows('{"a":1}')).toEqual({ ok: true, rows: [{ a: 1 }] });
    expect(rows('[{"a":1},{"a":2}]')).toEqual({ ok: true, rows: [{ a: 1 }, { a: 2 }] });
    expect(rows('{"data":{"items":[1,2]}}', json, { rows: "data.items" })).toEqual({ ok: true, rows: [1, 2] });
    expect(rows("First+Name=Ada&tag=a&tag=b", "application/x-www-form-urlencoded")).toEqual({ ok: true, rows: [{ "First Name": "Ada", tag: ["a", "b"] }] });
  });
  test.each([
    ["{", {}, "invalid_json"],
    ["{}", { rows: "items" }, "no_rows"],
    [JSON.stringify(Array(rowsMax + 1).fill({})), {}, "too_many_rows"],
    ['{"__proto__":{"a":1}}', {}, "forbidden_key"],
    ["[".repeat(40) + "]".repeat(40), {}, "too_deep"],
  ])("%# is refused with a reason", (body, mapping, code) => expect(rows(body, json, mapping)).toMatchObject({ ok: false, reason: { code } }));

  test("equal rows have one digest, in any order of fields", () => {
    expect(digestOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(digestOf({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: "1" }));
  });
});

test("a visitor-identification feed is read by its ready mapping", () => {
  const row = {
    "LinkedIn URL": "https://www.linkedin.com/in/ada-lovelace", "First Name": "Ada", "Last Name": "Lovelace", Title: "VP Engineering", "Company Name": "Analytical Engines", "Business Email": "ada@analytical.example",
    Website: "https://analytical.example", Industry: "Computing", "Employee Count": "51-200", "Page URL": "https://www.example.com/pricing?x=1", "Captured At": "2024-03-01T10:00:00Z", Referrer: "https://google.com", Tags: "Hot",
  };
  expect(mapRow(row, presets.visitor_identification.mapping)).toMatchObject({
    ok: true,
    signal: { type: "website_visit", source: "visitor_identification", data: { pageUrl: "https://www.example.com/pricing?x=1", companyName: "Analytical Engines", companyDomain: "https://analytical.example" } },
    contact: { email: "ada@analytical.example", firstName: "Ada", lastName: "Lovelace", title: "VP Engineering", company: "Analytical Engines", linkedInUrl: "https://www.linkedin.com/in/ada-lovelace" },
  });
});
