import fc from "fast-check";
import { z } from "zod";
import { examplesOf } from "../../api/meta/openapi.ts";
import type { Endpoint } from "../../core/endpoint.ts";

/** JSON Schema, as far as it is looked at here. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  examples?: unknown[];
  default?: unknown;
}

/** What may be sent, as JSON Schema. */
export const schemaOf = (schema: z.ZodType): Schema => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;

/** The schema that a reference stands for. */
export const resolved = (schema: Schema, root: Schema): Schema => (schema.$ref === undefined ? schema : schema.$ref === "#" ? root : (root.$defs?.[schema.$ref.split("/").at(-1) ?? ""] ?? {}));

/** Bodies that the endpoint's schema takes: its examples, the least, and as many fields as go together. Empty where none is needed or none was found. */
export function bodiesOf(e: Endpoint): unknown[] {
  const { body } = e;
  if (!body) return [];
  const schema = schemaOf(body);
  const shape = schema.properties ?? {};
  const least = sample(schema, schema, false) as Record<string, unknown>;
  const fields = Object.keys(shape).map((name) => ({ ...least, [name]: sample(shape[name] ?? {}, schema, true) }));
  const all = [...examplesOf(e).map((example) => example.body), least, sample(schema, schema, true), ...fields];
  return all.filter((candidate) => candidate !== undefined && body.safeParse(candidate).success);
}

const texts: readonly string[] = ["sample-text", "Sample", "https://www.example.com/page", "ada@analytical.example", "example.com", "sample.event", "2026-11-20", "09:00", "UTC", "/pricing", "0 9 * * 1", "https://www.linkedin.com/in/ada-lovelace"];

/** One value that the schema's words allow; `full` with everything optional. */
export function sample(given: Schema, root: Schema, full: boolean, depth = 0): unknown {
  const schema = resolved(given, root);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  const options = schema.anyOf ?? schema.oneOf;
  if (options?.[0]) return sample(options[0], root, full, depth);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "string") return sampleText(schema);
  if (type === "integer" || type === "number") return Math.max(schema.minimum ?? 1, 1) > (schema.maximum ?? Infinity) ? schema.maximum : Math.max(schema.minimum ?? 1, 1);
  if (type === "boolean") return true;
  if (type === "array") {
    const count = Math.max(schema.minItems ?? 0, full && depth < 6 ? 1 : 0);
    return Array.from({ length: count }, () => sample(schema.items ?? {}, root, full, depth + 1));
  }
  if (type !== "object") return "sample";
  const names = Object.keys(schema.properties ?? {}).filter((name) => schema.required?.includes(name) || (full && depth < 6));
  return Object.fromEntries(names.map((name) => [name, sample(schema.properties?.[name] ?? {}, root, full, depth + 1)]));
}

function sampleText(schema: Schema): string {
  const fits = (text: string) => text.length >= (schema.minLength ?? 0) && text.length <= (schema.maxLength ?? Infinity) && (schema.pattern === undefined || new RegExp(schema.pattern, "u").test(text)) && (schema.format !== "email" || text.includes("@")) && (schema.format !== "uri" || text.includes("://"));
  const found = texts.find(fits);
  if (found !== undefined) return found;
  try {
    return fc.sample(fc.stringMatching(new RegExp(schema.pattern ?? "^a+$")).filter(fits), { numRuns: 1, seed: 1 })[0] ?? "";
  } catch {
    return "x".repeat(schema.minLength ?? 1);
  }
}
