import { z } from "zod";
import { line, text } from "./text-words.ts";

export const contactStatuses = ["new", "ready", "contacted", "replied", "converted", "lost"] as const;

const attributesBytesMax = 20_480;
const attributesDepthMax = 20;
const name = line(200);
const tag = line(60).transform((typed) => typed.trim());

const nestsAtMost = (value: unknown, levels: number): boolean => typeof value !== "object" || value === null || (levels > 0 && Object.values(value).every((inner) => nestsAtMost(inner, levels - 1)));

/** What may be said of a contact, as bodies hold it. */
export const contactFields = {
  firstName: name,
  lastName: name,
  email: z.string().max(320),
  phone: line(60),
  linkedInUrl: z.string().max(500),
  company: name,
  title: name,
  location: name,
  source: line(60),
  tags: z.array(tag).max(100).transform((tags) => [...new Set(tags)]),
  notes: text(20_000),
  attributes: z
    .record(z.string().min(1).max(128), z.unknown())
    // First: what nests deeper than a stack can't even be written as JSON.
    .refine((value) => nestsAtMost(value, attributesDepthMax), { message: `nests more than ${attributesDepthMax} levels`, abort: true })
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= attributesBytesMax, `holds more than ${attributesBytesMax} bytes of JSON`)
    .refine((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)), "holds a name that is not allowed")
    .refine((value) => !JSON.stringify(value).includes("\\u0000"), "holds a NUL character, which can't be stored"),
};

const plainNumberMax = 100;
/** Up to 60 printable ASCII characters, no space at either end. */
const plainText = /^[!-~](?:[ -~]{0,58}[!-~])?$/;
const plainName = /^(?!constructor$|prototype$)[a-z][\w -]{0,59}$/i;
const isPlainText = (value: unknown): boolean => typeof value === "string" && plainText.test(value);

/**
 * Whether the field's schema takes this value as it is, as it does most; false where only the schema knows. For values by the hundred thousand: a
 * schema costs ten times as much, and leaves behind what the collector comes to late.
 */
export function isPlain(field: keyof typeof contactFields, value: unknown): boolean {
  if (field === "tags") return Array.isArray(value) && value.length <= plainNumberMax && value.every(isPlainText) && new Set(value).size === value.length;
  if (field !== "attributes") return isPlainText(value);
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  return entries !== undefined && entries.length <= plainNumberMax && entries.every(([name, inner]) => plainName.test(name) && isPlainText(inner));
}
