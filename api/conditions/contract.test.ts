import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Condition } from "./contract.ts";

/** `path: message` of the first thing that is wrong; undefined when nothing is. */
function wrong(condition: unknown): string | undefined {
  const issue = z.strictObject({ where: Condition }).safeParse({ where: condition }).error?.issues[0];
  return issue && `${issue.path.join(".")}: ${issue.message}`;
}

const nestedNots = (levels: number): unknown => (levels === 0 ? { field: "score", op: "gt", value: 1 } : { not: nestedNots(levels - 1) });

describe("a condition is refused with the path to what is wrong", () => {
  test.each([
    [{ all: [{ field: "contact.title", op: "is", value: "VP" }] }, /^where\.all\.0\.op: /],
    [{ all: [{ field: "contact.title", op: "gt", value: 3 }] }, /^where\.all\.0\.op: contact\.title knows the operators eq, /],
    [{ any: [{ not: { all: [{ field: "contact.titel", op: "eq", value: "VP" }] } }] }, /^where\.any\.0\.not\.all\.0\.field: There is no field "contact\.titel"\. There are contact\.id, /],
    [{ field: "contact.status", op: "eq", value: "won" }, /^where\.value: This field holds one of new, /],
    [{ field: "contact.status", op: "in", value: ["new", "won"] }, /^where\.value: This field holds one of new, /],
    [{ field: "contact.title", op: "in", value: "VP" }, /^where\.value: in takes a list/],
    [{ field: "contact.createdAt", op: "withinDays", value: 0 }, /^where\.value: withinDays takes/],
    [{ field: "score", op: "gte", value: "70" }, /^where\.value: gte takes a number/],
    [{ field: "__proto__", op: "exists" }, /^where\.field: There is no field/],
    [{ field: "constructor", op: "exists" }, /^where\.field: There is no field/],
    [{ field: "score", op: "gt", value: 1, extra: 1 }, /^where: Unrecognized key: "extra"/],
    [{ count: { type: "website_visit", withinDays: 7 }, op: "contains", value: 2 }, /^where\.op: /],
    [{ count: { type: "visit", withinDays: 7 }, op: "gte", value: 2 }, /^where\.count\.type: /],
    [{ all: [] }, /^where\.all: /],
    [{}, /^where: A condition is /],
    [[], /^where: Send an object/],
    [undefined, /^where: Send an object/],
    [nestedNots(7), /^where(\.not){6}: Nest at most 6 levels/],
  ])("%j", (condition, expected) => {
    expect(wrong(condition)).toMatch(expected);
  });

  test("however deep it is", () => {
    expect(wrong(nestedNots(5000))).toMatch(/Nest at most 6 levels/);
  });
});

test.each([
  [nestedNots(6)],
  [{ all: [{ field: "contact.title", op: "contains", value: "VP" }, { count: { type: "website_visit", page: "/pricing*", withinDays: 7 }, op: "gte", value: 2 }] }],
  [{ field: "signal.data.company.name", op: "eq", value: "Acme" }],
  [{ field: "contact.attributes.seats", op: "gte", value: 10 }],
  [{ field: "contact.tags", op: "in", value: ["a", "b"] }],
  [{ field: "contact.email", op: "exists" }],
])("a good condition is kept as it was written: %j", (condition) => {
  expect(Condition.parse(condition)).toEqual(condition);
});
