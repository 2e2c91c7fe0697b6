import { z } from "zod";
import { priorities, signalTypes } from "./signal-words.ts";

/** The mapping language of inbound hooks: where in a row a value stands, what else to take, and constants. No code. */

const depthMax = 20;
const forbidden = new Set(["__proto__", "constructor", "prototype"]);
/** A name, an index, or a quoted name that may hold dots and brackets. */
const step = /(?:^|\.)([^.[\]"$][^.[\]"]*)|\[(\d{1,5})\]|\.?\["((?:[^"\\]|\\.){1,200})"\]/y;

export type Path = readonly (string | number)[];

/** `First Name`, `data.items[0].id`, `["odd.name"].x`; `$` is the row itself. Undefined for what is no path. Linear in its length. */
export function parsePath(text: string): Path | undefined {
  const typed = text.trim();
  if (typed === "$") return [];
  const path: (string | number)[] = [];
  // After `$.` a name stands where a text begins.
  const rest = typed.startsWith("$.") ? typed.slice(2) : typed.startsWith("$[") ? typed.slice(1) : typed;
  step.lastIndex = 0;
  for (let at = 0; at < rest.length; at = step.lastIndex) {
    const found = step.exec(rest);
    if (!found || path.length === depthMax) return undefined;
    const [, name, index, quoted] = found;
    const word = quoted === undefined ? name?.trim() : quoted.replaceAll(/\\(.)/g, "$1");
    if (word !== undefined && forbidden.has(word)) return undefined;
    path.push(index === undefined ? (word ?? "") : Number(index));
  }
  return path.length === 0 || path.includes("") ? undefined : path;
}

const pathText = z.string().min(1).max(300).refine((text) => parsePath(text) !== undefined, 'is no path: write it like First Name, data.contact.email, items[0].id or ["odd.name"]');
const scalar = z.union([z.string().max(2000), z.number(), z.boolean()]);
const paths = z.union([pathText, z.array(pathText).min(1).max(10)]);

/**
 * One value: a path, several of which the first that holds something counts, a constant, or a path whose texts are replaced by
 * others (`map`, in any case), with what to take when nothing was found (`else`).
 */
const Value = z.union([
  paths,
  z.strictObject({ const: scalar }),
  z.strictObject({ from: paths, map: z.record(z.string().max(200), scalar).refine((map) => Object.keys(map).length <= 100, "has more than 100 entries").optional(), else: scalar.optional() }),
]);
export type Value = z.infer<typeof Value>;

/** What a value can be without looking at a row. */
const fixedOf = (value: Value): unknown[] => (typeof value === "string" || Array.isArray(value) ? [] : "const" in value ? [value.const] : [...Object.values(value.map ?? {}), ...(value.else === undefined ? [] : [value.else])]);

/** A value that has to come out as one of these words. */
function oneOf(words: readonly string[]) {
  return Value.superRefine((value, ctx) => {
    if (typeof value === "string" && words.includes(value)) ctx.addIssue({ code: "custom", message: `is read as a path. Write the word itself as {"const":"${value}"}.` });
    for (const fixed of fixedOf(value)) {
      if (!words.includes(String(fixed))) ctx.addIssue({ code: "custom", message: `"${String(fixed).slice(0, 60)}" is none of ${words.join(", ")}.` });
    }
  });
}

const named = (most: number) => z.record(z.string().min(1).max(128).refine((name) => !forbidden.has(name), "is a name that is not allowed"), Value).refine((fields) => Object.keys(fields).length <= most, `has more than ${most} fields`);

const SignalMapping = z.strictObject({
  type: oneOf(signalTypes).default({ const: "custom_webhook" }),
  priority: oneOf(priorities).optional(),
  source: Value.optional(),
  notes: Value.optional(),
  visitorId: Value.optional(),
  occurredAt: Value.optional(),
  /** Fields of `data`, or a path to an object that is taken as it is. */
  data: z.union([pathText, named(60)]).default({}),
});

const ContactMapping = z
  .strictObject({ email: Value, firstName: Value, lastName: Value, phone: Value, linkedInUrl: Value, company: Value, title: Value, location: Value, notes: Value, tags: Value, attributes: named(40) })
  .partial()
  .refine((contact) => contact.email !== undefined || contact.linkedInUrl !== undefined || contact.firstName !== undefined || contact.lastName !== undefined, "needs one of email, linkedInUrl, firstName or lastName");

/** How the rows of a payload become signals and contacts. */
export const Mapping = z
  .strictObject({
    /** Where the rows stand; without it the body is one row, or, as an array, each of its items. */
    rows: pathText.optional(),
    /** What tells a row from all others, so that it counts once; without it, all that it holds. */
    id: Value.optional(),
    signal: SignalMapping.nullable().default(null),
    contact: ContactMapping.nullable().default(null),
    /** Whether a known contact's fields are filled where they are empty, or replaced. */
    onExisting: z.enum(["fill", "update"]).default("fill"),
  })
  .refine(({ signal, contact }) => signal !== null || contact !== null, "needs a signal or a contact");
export type Mapping = z.infer<typeof Mapping>;
