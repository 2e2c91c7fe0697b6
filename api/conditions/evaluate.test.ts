import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Condition, fieldKind, type Operator, operators } from "./contract.ts";
import { daysNeeded, evaluate, type Facts } from "./evaluate.ts";
import { matchesGlob } from "./glob.ts";

const dayMs = 86_400_000;
const now = 1_900_000_000_000;

const words = fc.constantFrom("VP Sales", "vp", "Sales", "V*", "*s*", "?P*", "", "ﬁn", "FIN");
const numbers = fc.constantFrom(-1, 0, 1, 2, 69.5, 70, now, now - dayMs, now + 1);
const anything = fc.oneof(words, numbers, fc.boolean(), fc.constant(null), fc.constant(undefined), fc.array(fc.oneof(words, numbers), { maxLength: 2 }));
const names = ["contact.title", "contact.tags", "contact.createdAt", "contact.attributes.plan", "contact.attributes.deep.er", "company.name", "enrollment.sequenceId", "signal.data.a.b", "score", "scores.i1"] as const;

const comparison = fc.record({
  field: fc.constantFrom(...names),
  op: fc.constantFrom(...operators),
  value: fc.oneof(words, numbers, fc.boolean(), fc.array(fc.oneof(words, numbers), { minLength: 1, maxLength: 3 })),
});
const count = fc.record({
  count: fc.record({ type: fc.option(fc.constantFrom("website_visit", "job_change"), { nil: undefined }), page: fc.option(fc.constantFrom("/pricing*", "*", "/x"), { nil: undefined }), withinDays: fc.constantFrom(1, 2, 7) }),
  op: fc.constantFrom("eq", "neq", "gt", "gte", "lt", "lte"),
  value: fc.nat(4),
});
/** Those that the contract takes. */
const conditions = fc
  .letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      comparison,
      count,
      fc.record({ all: fc.array(tie("any"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ any: fc.array(tie("any"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie("any") }),
    ),
  }))
  .any.map((raw) => Condition.safeParse(raw))
  .filter((parsed) => parsed.success)
  .map((parsed) => parsed.data);

const facts: fc.Arbitrary<Facts> = fc.record({
  now: fc.constant(now),
  contact: fc.option(fc.record({ title: anything, tags: fc.array(words, { maxLength: 3 }), createdAt: numbers, attributes: fc.record({ plan: anything, deep: fc.oneof(anything, fc.record({ er: anything })) }) })),
  company: fc.option(fc.record({ name: anything })),
  signal: fc.option(fc.record({ data: fc.oneof(fc.constant({}), fc.record({ a: fc.oneof(words, fc.record({ b: anything })) })) })),
  enrollment: fc.option(fc.record({ sequenceId: words })),
  score: fc.option(numbers),
  scores: fc.oneof(fc.constant({}), fc.record({ i1: numbers })),
  signals: fc.array(
    fc.record({ type: fc.constantFrom("website_visit", "job_change"), priority: fc.constant("low"), source: fc.constant("api"), page: fc.constantFrom(null, "/pricing", "/pricing/x", "/x"), at: fc.constantFrom(now, now + 1, now - dayMs, now - dayMs + 1, now - 3 * dayMs) }),
    { maxLength: 6 },
  ),
});

/** The oracle: what the reference says, written the long way round. */
function oracle(c: Condition, f: Facts): boolean {
  if ("not" in c) return oracle(c.not, f) === false;
  if ("all" in c || "any" in c) {
    const results = ("all" in c ? c.all : c.any).map((inner) => oracle(inner, f));
    return "all" in c ? !results.includes(false) : results.includes(true);
  }
  if ("count" in c) {
    let n = 0;
    for (const s of f.signals) {
      if (c.count.type !== undefined && c.count.type !== s.type) continue;
      if (c.count.page !== undefined && (s.page === null || !globOracle(c.count.page, s.page))) continue;
      const ageMs = f.now - s.at;
      if (ageMs >= 0 && ageMs < c.count.withinDays * dayMs) n += 1;
    }
    return numeric(c.op, n, c.value);
  }
  let actual: unknown;
  try {
    const root = f as unknown as Record<string, never>;
    actual = c.field.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], root);
  } catch {
    actual = undefined;
  }
  const absent = actual === undefined || actual === null || actual === "" || (Array.isArray(actual) && actual.length === 0);
  const lower = (value: unknown) => (typeof value === "string" ? value.normalize("NFKC").toLowerCase() : value);
  switch (c.op) {
    case "exists":
      return c.value === false ? absent : !absent;
    case "neq":
      return absent || Array.isArray(actual) || lower(actual) !== lower(c.value);
    case "eq":
      return !absent && !Array.isArray(actual) && lower(actual) === lower(c.value);
    case "in": {
      if (absent) return false;
      const list = (c.value as unknown[]).map(lower);
      return Array.isArray(actual) ? actual.some((one) => list.includes(lower(one))) : list.includes(lower(actual));
    }
    case "withinDays":
      return typeof actual === "number" && f.now - actual >= 0 && f.now - actual < Number(c.value) * dayMs;
    case "contains":
      if (Array.isArray(actual)) return actual.map(lower).includes(lower(c.value));
      return !absent && typeof actual === "string" && typeof c.value === "string" && String(lower(actual)).includes(String(lower(c.value)));
    case "startsWith":
    case "endsWith":
    case "matches": {
      if (absent || typeof actual !== "string" || typeof c.value !== "string") return false;
      const [a, w] = [String(lower(actual)), String(lower(c.value))];
      return c.op === "matches" ? globOracle(w, a) : c.op === "startsWith" ? a.indexOf(w) === 0 : a.slice(Math.max(0, a.length - w.length)) === w;
    }
    default:
      return typeof actual === "number" && typeof c.value === "number" && numeric(c.op, actual, c.value);
  }
}

const numeric = (op: Operator, a: number, b: number) => ({ eq: a === b, neq: a !== b, gt: a > b, gte: a >= b, lt: a < b, lte: a <= b })[op as "eq"];

const globOracle = (pattern: string, text: string) =>
  new RegExp(`^${pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`, "iu").test(text);

test("evaluating agrees with the oracle on every condition that the contract takes", () => {
  const seen = new Map<string, Set<boolean>>();
  fc.assert(
    fc.property(conditions, facts, (condition, given) => {
      const result = evaluate(condition, given);
      const kind = "op" in condition && "field" in condition ? condition.op : "nested";
      seen.set(kind, (seen.get(kind) ?? new Set()).add(result));
      return result === oracle(condition, given);
    }),
    // A fixed seed: whether every operator is seen both ways may not be left to chance.
    { numRuns: 20_000, seed: 20_261_123 },
  );
  // Each operator was seen to hold and not to hold, so that the agreement means something.
  for (const op of [...operators, "nested"]) expect(seen.get(op)?.size, op).toBe(2);
});

test("a glob agrees with the regular expression that it stands for", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "/", ".", "😀"), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "."), maxLength: 6 });
  fc.assert(
    fc.property(pattern, text, (p, t) => matchesGlob(p, t) === globOracle(p, t)),
    { numRuns: 5000 },
  );
});

describe("what a condition needs", () => {
  test("is known before: the days of its longest count", () => {
    const within = (withinDays: number): Condition => ({ count: { withinDays }, op: "gt", value: 1 });
    expect(daysNeeded({ all: [within(2), { not: { any: [within(9), { field: "score", op: "gt", value: 1 }] } }] })).toBe(9);
    expect(daysNeeded({ field: "score", op: "gt", value: 1 })).toBe(0);
  });

  test("is never read from a prototype", () => {
    const given: Facts = { now, contact: { attributes: {} }, company: null, signal: null, enrollment: null, score: null, signals: [] };
    expect(evaluate({ field: "contact.attributes.constructor", op: "exists" }, given)).toBe(false);
    expect(fieldKind("toString")).toBeUndefined();
  });
});
