import { z } from "zod";
import { contactStatuses } from "../../core/contact-words.ts";
import { priorities, storedTypes } from "../../core/signal-words.ts";
import { shaped } from "../../core/shape-words.ts";
import { line, text } from "../../core/text-words.ts";

/**
 * The condition language of workflows and scoring rules: comparisons of fields and counts of signals, nested by
 * all, any and not. Texts compare without regard to case.
 */
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Comparison | Count;

/** `value` fits the field and the operator; `exists` takes true (when left out) or false. */
export interface Comparison {
  field: string;
  op: Operator;
  value?: Scalar | Scalar[] | undefined;
}

/** Compares how many of the contact's signals came in within the last days. */
export interface Count {
  count: { type?: (typeof storedTypes)[number] | undefined; priority?: (typeof priorities)[number] | undefined; source?: string | undefined; page?: string | undefined; withinDays: number };
  op: (typeof countOperators)[number];
  value: number;
}

export type Scalar = string | number | boolean;

export const operators = ["eq", "neq", "contains", "startsWith", "endsWith", "in", "gt", "gte", "lt", "lte", "exists", "matches", "withinDays"] as const;
export type Operator = (typeof operators)[number];
const countOperators = ["eq", "neq", "gt", "gte", "lt", "lte"] as const;

/** What a field holds decides which operators it knows. `any`: JSON of the workspace's own, each value as it is. */
export type FieldKind = "text" | "number" | "time" | "list" | "any";

const operatorsOf: Record<FieldKind, readonly Operator[]> = {
  text: ["eq", "neq", "contains", "startsWith", "endsWith", "in", "exists", "matches"],
  number: ["eq", "neq", "in", "gt", "gte", "lt", "lte", "exists"],
  time: ["gt", "gte", "lt", "lte", "exists", "withinDays"],
  list: ["contains", "in", "exists"],
  any: operators,
};

/** Every field by name. Those with a list hold one of its words. */
const fields: Record<string, { kind: FieldKind; words?: readonly string[] }> = {
  ...named("contact", "text", ["id", "firstName", "lastName", "email", "phone", "linkedInUrl", "company", "title", "location", "source", "notes", "companyId"]),
  "contact.status": { kind: "text", words: contactStatuses },
  "contact.tags": { kind: "list" },
  ...named("contact", "number", ["score", "activityScore"]),
  ...named("contact", "time", ["createdAt", "updatedAt"]),
  ...named("company", "text", ["id", "name", "domain", "industry", "location", "size"]),
  "signal.type": { kind: "text", words: storedTypes },
  "signal.priority": { kind: "text", words: priorities },
  ...named("signal", "text", ["id", "source", "notes", "page", "referrer", "country", "device"]),
  "signal.occurredAt": { kind: "time" },
  ...named("enrollment", "text", ["id", "sequenceId", "status", "endReason"]),
  score: { kind: "number" },
};

function named(of: string, kind: FieldKind, names: readonly string[]): Record<string, { kind: FieldKind }> {
  return Object.fromEntries(names.map((name) => [`${of}.${name}`, { kind }]));
}

/** Fields whose names the workspace chooses: `contact.attributes.plan`, `signal.data.company.name`. */
const open = /^(contact\.attributes|company\.attributes|signal\.data)(\.[\w-]{1,64}){1,8}$/;
/** `scores.<icpProfileId>`: what a contact scores by that profile; `score` is the one that the run is about. */
const scoreOf = /^scores\.[\w-]{1,64}$/;

/** The kind of a field; undefined when there is no such field. */
export function fieldKind(field: string): FieldKind | undefined {
  if (Object.hasOwn(fields, field)) return fields[field]?.kind;
  return open.test(field) ? "any" : scoreOf.test(field) ? "number" : undefined;
}

const words = (field: string) => (Object.hasOwn(fields, field) ? fields[field]?.words : undefined);
const nestingMax = 6;
const itemsMax = 20;
const days = z.number().positive().max(395);
const scalar = z.union([text(500), z.number(), z.boolean()]);

/** A comparison's fields, for what adds its own to them; `checkComparison` belongs to it. */
export const comparisonFields = {
  field: z.string().max(600),
  op: z.enum(operators),
  value: z.union([scalar, z.array(scalar).min(1).max(100)], "is a text, a number, true or false, or for `in` a list of them").optional(),
};

/** Whether the field is there, knows the operator and takes the value; what is wrong is named by path. */
export function checkComparison({ field, op, value }: Comparison, ctx: z.RefinementCtx): void {
  const wrong = (path: string, message: string) => ctx.addIssue({ code: "custom", path: [path], message });
  const kind = fieldKind(field);
  if (kind === undefined) return wrong("field", `There is no field "${field.slice(0, 80)}". There are ${Object.keys(fields).join(", ")}, contact.attributes.*, company.attributes.*, signal.data.* and scores.<icpProfileId>`);
  if (!operatorsOf[kind].includes(op)) return wrong("op", `${field} knows the operators ${operatorsOf[kind].join(", ")}.`);
  const message = wrongValue(kind, op, value, words(field));
  if (message !== undefined) wrong("value", message);
}

const comparison: z.ZodType<Comparison> = z.strictObject(comparisonFields).superRefine(checkComparison);

/** What is wrong with the value of a comparison, as a sentence. */
function wrongValue(kind: FieldKind, op: Operator, value: Comparison["value"], known: readonly string[] | undefined): string | undefined {
  if (op === "exists") return value === undefined || typeof value === "boolean" ? undefined : "exists takes true or false.";
  if (op === "in") {
    if (!Array.isArray(value)) return "in takes a list.";
    return value.map((one) => wrongValue(kind, "eq", one, known)).find((message) => message !== undefined);
  }
  if (value === undefined || Array.isArray(value)) return `${op} takes one value.`;
  if (op === "withinDays") return days.safeParse(value).success ? undefined : "withinDays takes a number of days, more than 0 and at most 395.";
  if (["contains", "startsWith", "endsWith", "matches"].includes(op) && typeof value !== "string" && !(op === "contains" && kind === "any")) return `${op} takes a text.`;
  if (["gt", "gte", "lt", "lte"].includes(op) && typeof value !== "number") return `${op} takes a number${kind === "time" ? " (epoch milliseconds)" : ""}.`;
  if ((kind === "text" || kind === "list") && typeof value !== "string") return "Send a text.";
  if (kind === "number" && typeof value !== "number") return "Send a number.";
  if (known && (op === "eq" || op === "neq") && !known.includes(String(value))) return `This field holds one of ${known.join(", ")}.`;
  return undefined;
}

const count: z.ZodType<Count> = z.strictObject({
  count: z.strictObject({ type: z.enum(storedTypes).optional(), priority: z.enum(priorities).optional(), source: line(100).optional(), page: line(200).optional(), withinDays: days }),
  op: z.enum(countOperators),
  value: z.number().int().min(0).max(1_000_000),
});

/** A condition in which `left` levels may be nested. */
function nested(left: number): z.ZodType<Condition> {
  const inner = z.lazy(() => nested(left - 1));
  const list = z.array(inner).min(1).max(itemsMax);
  const all = z.strictObject({ all: list });
  const any = z.strictObject({ any: list });
  const not = z.strictObject({ not: inner });
  return shaped<Condition>(
    (value) => {
      const chosen = "all" in value ? all : "any" in value ? any : "not" in value ? not : "count" in value ? count : "field" in value ? comparison : undefined;
      if (chosen === undefined) return "A condition is { all: [] }, { any: [] }, { not: {} }, { field, op, value } or { count: { type, withinDays }, op, value }.";
      return left <= 0 && chosen !== count && chosen !== comparison ? `Nest at most ${nestingMax} levels.` : chosen;
    },
    {
      description: "{ all | any: [conditions] }, { not: condition }, { field, op, value } or { count: { type, page, withinDays }, op, value }",
      examples: [{ all: [{ field: "contact.title", op: "contains", value: "VP" }, { count: { type: "website_visit", page: "/pricing*", withinDays: 7 }, op: "gte", value: 2 }] }],
    },
  );
}

export const Condition = nested(nestingMax);
