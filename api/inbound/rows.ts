import { createHash } from "node:crypto";
import { parse as parseForm } from "node:querystring";
import type { ErrorDetail } from "../../core/errors.ts";
import { checkShape } from "../../core/json-guard.ts";
import { type Mapping, parsePath } from "../../core/mapping-words.ts";

/** More than this in one payload is no batch but a file: it goes into quarantine as a whole. */
export const rowsMax = 1000;

export type Rows = { ok: true; rows: unknown[] } | { ok: false; reason: ErrorDetail };

const refused = (code: string, message: string): Rows => ({ ok: false, reason: { path: "", code, message } });

/** The rows of a raw body: JSON or a form, one or many. */
export function rowsOf(body: string, contentType: string, mapping: Pick<Mapping, "rows">): Rows {
  const parsed = /^application\/x-www-form-urlencoded\b/i.test(contentType) ? { ok: true as const, value: formOf(body) } : jsonOf(body);
  if (!parsed.ok) return refused("invalid_json", "The body is not valid JSON.");
  const shape = checkShape(parsed.value);
  if (!shape.ok) return { ok: false, reason: { path: shape.path.join("."), code: shape.code, message: shape.message } };
  const found = mapping.rows === undefined ? parsed.value : lookUp(parsed.value, mapping.rows);
  if (found === undefined) return refused("no_rows", `There is nothing at ${mapping.rows}.`);
  const rows = Array.isArray(found) ? found : [found];
  return rows.length > rowsMax ? refused("too_many_rows", `A payload may hold ${rowsMax} rows; this one has ${rows.length}.`) : { ok: true, rows };
}

function jsonOf(body: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(body) };
  } catch {
    return { ok: false };
  }
}

/** Fields by name; one that comes more than once is a list. */
const formOf = (body: string): Record<string, unknown> => ({ ...parseForm(body, "&", "=", { maxKeys: 500 }) });

/** What stands at a path of own names and indexes; undefined where nothing does. */
export function lookUp(row: unknown, path: string): unknown {
  let at = row;
  for (const step of parsePath(path) ?? ["\0"]) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

/** The same for the same row, however its fields are ordered. */
export const digestOf = (row: unknown): string => createHash("sha256").update(canonical(row)).digest("base64url").slice(0, 32);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(",")}}`;
}
