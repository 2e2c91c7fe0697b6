import type { Comparison, Condition, Count, Scalar } from "./contract.ts";
import { matchesGlob } from "./glob.ts";

const dayMs = 86_400_000;
const textMax = 2000;

/** Everything a condition may look at, gathered before: evaluating reads nothing else. */
export interface Facts {
  /** Epoch ms. */
  now: number;
  contact: Readonly<Record<string, unknown>> | null;
  company: Readonly<Record<string, unknown>> | null;
  /** The signal that is being routed. */
  signal: Readonly<Record<string, unknown>> | null;
  enrollment: Readonly<Record<string, unknown>> | null;
  score: number | null;
  /** By ICP profile. */
  scores?: Readonly<Record<string, number>>;
  /** The contact's signals, at least those of the last `daysNeeded` days. */
  signals: readonly CountedSignal[];
}

export interface CountedSignal {
  type: string;
  priority: string;
  source: string;
  page: string | null;
  /** Epoch ms. */
  at: number;
}

/**
 * Whether a condition holds. Pure. A field that is absent, null or an empty text fulfils `neq` and `exists: false` only; a
 * value of another kind than the operator needs fulfils nothing but `neq`.
 */
export function evaluate(condition: Condition, facts: Facts): boolean {
  if ("all" in condition) return condition.all.every((inner) => evaluate(inner, facts));
  if ("any" in condition) return condition.any.some((inner) => evaluate(inner, facts));
  if ("not" in condition) return !evaluate(condition.not, facts);
  if ("count" in condition) return compareNumbers(condition.op, countSignals(condition, facts), condition.value);
  return compare(condition, valueOf(condition.field, facts), facts.now);
}

/** How far back, in days, the signals have to be known to evaluate a condition; 0 = not at all. */
export function daysNeeded(condition: Condition): number {
  if ("all" in condition) return Math.max(...condition.all.map(daysNeeded));
  if ("any" in condition) return Math.max(...condition.any.map(daysNeeded));
  if ("not" in condition) return daysNeeded(condition.not);
  return "count" in condition ? condition.count.withinDays : 0;
}

/** Which facts a condition reads: `contact`, `company`, `signal`, `enrollment`, `score`, `scores`. */
export function rootsOf(condition: Condition): Set<string> {
  if ("all" in condition || "any" in condition) return new Set(("all" in condition ? condition.all : condition.any).flatMap((inner) => [...rootsOf(inner)]));
  if ("not" in condition) return rootsOf(condition.not);
  return "count" in condition ? new Set() : new Set([condition.field.split(".")[0] ?? ""]);
}

/** What a field holds; never what a prototype does. */
export function valueOf(field: string, facts: Facts): unknown {
  let value: unknown = facts;
  for (const name of field.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function countSignals({ count }: Count, { now, signals }: Facts): number {
  const since = now - count.withinDays * dayMs;
  const fits = (s: CountedSignal) =>
    s.at > since &&
    s.at <= now &&
    (count.type === undefined || s.type === count.type) &&
    (count.priority === undefined || s.priority === count.priority) &&
    (count.source === undefined || fold(s.source) === fold(count.source)) &&
    (count.page === undefined || (s.page !== null && matchesGlob(count.page, s.page.slice(0, textMax))));
  return signals.reduce((sum, signal) => (fits(signal) ? sum + 1 : sum), 0);
}

function compare({ op, value: wanted }: Comparison, actual: unknown, now: number): boolean {
  const there = actual !== undefined && actual !== null && actual !== "" && !(Array.isArray(actual) && actual.length === 0);
  if (op === "exists") return there === (wanted ?? true);
  if (op === "neq") return !there || !same(actual, wanted);
  if (!there || wanted === undefined) return false;
  if (op === "in") return Array.isArray(wanted) && (Array.isArray(actual) ? actual : [actual]).some((one) => wanted.some((w) => same(one, w)));
  if (Array.isArray(wanted)) return false;
  if (op === "eq") return same(actual, wanted);
  if (op === "contains" && Array.isArray(actual)) return actual.some((one) => same(one, wanted));
  if (op === "withinDays") return typeof actual === "number" && typeof wanted === "number" && actual <= now && actual > now - wanted * dayMs;
  if (typeof actual === "number" && typeof wanted === "number") return compareNumbers(op, actual, wanted);
  if (typeof actual === "string" && typeof wanted === "string") return compareTexts(op, fold(actual), fold(wanted));
  return false;
}

function compareNumbers(op: Comparison["op"], actual: number, wanted: number): boolean {
  if (op === "eq") return actual === wanted;
  if (op === "neq") return actual !== wanted;
  if (op === "gt") return actual > wanted;
  if (op === "gte") return actual >= wanted;
  if (op === "lt") return actual < wanted;
  return op === "lte" && actual <= wanted;
}

function compareTexts(op: Comparison["op"], actual: string, wanted: string): boolean {
  if (op === "contains") return actual.includes(wanted);
  if (op === "startsWith") return actual.startsWith(wanted);
  if (op === "endsWith") return actual.endsWith(wanted);
  return op === "matches" && matchesGlob(wanted, actual.slice(0, textMax));
}

function same(actual: unknown, wanted: Scalar | Scalar[] | undefined): boolean {
  return typeof actual === "string" && typeof wanted === "string" ? fold(actual) === fold(wanted) : actual === wanted;
}

const fold = (text: string) => text.normalize("NFKC").toLowerCase();
