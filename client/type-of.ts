import type { JsonObject } from "../core/json-schema.ts";

/** Longer objects are written field by field. */
const lineMax = 120;

interface Style {
  /** In a query a flag is one of four words; a program has booleans for them. */
  words?: boolean;
}

/** A JSON Schema, as `core/json-schema.ts` makes them, as a TypeScript type. What can't be said in a type is left wide. */
export function typeOf(schema: unknown, style: Style = {}): string {
  if (typeof schema !== "object" || schema === null) return "unknown";
  const s = schema as JsonObject;
  if (typeof s["$ref"] === "string") return s["$ref"].slice(s["$ref"].lastIndexOf("/") + 1);
  if ("const" in s) return JSON.stringify(s["const"]);
  if (Array.isArray(s["enum"])) return style.words && s["enum"].toSorted().join() === "0,1,false,true" ? "boolean" : union(s["enum"].map((value) => JSON.stringify(value)));
  const either = s["anyOf"] ?? s["oneOf"];
  if (Array.isArray(either)) return union(either.map((one) => typeOf(one, style)));
  if (Array.isArray(s["allOf"])) return s["allOf"].map((one) => `(${typeOf(one, style)})`).join(" & ");
  if (Array.isArray(s["type"])) return union(s["type"].map((type: unknown) => typeOf({ ...s, type }, style)));
  switch (s["type"]) {
    case "string":
    case "boolean":
    case "null":
      return s["type"];
    case "number":
    case "integer":
      return "number";
    case "array":
      return Array.isArray(s["prefixItems"]) ? `[${s["prefixItems"].map((item) => typeOf(item, style)).join(", ")}]` : `Array<${typeOf(s["items"], style)}>`;
    case "object":
      return objectOf(s, style);
    default:
      return "unknown";
  }
}

const union = (types: readonly string[]) => [...new Set(types)].join(" | ");

function objectOf(s: JsonObject, style: Style): string {
  const needed = new Set((s["required"] ?? []) as string[]);
  const more = s["additionalProperties"];
  const fields = Object.entries((s["properties"] ?? {}) as JsonObject).map(([name, property]) => {
    const description = (property as JsonObject)["description"];
    const comment = typeof description === "string" ? `/** ${description.replaceAll("*/", "*\\/")} */ ` : "";
    return `${comment}${/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)}${needed.has(name) ? "" : "?"}: ${typeOf(property, style)}`;
  });
  const rest = typeof more === "object" && more !== null ? typeOf(more, style) : undefined;
  if (fields.length === 0) return `Record<string, ${rest ?? "unknown"}>`;
  if (rest !== undefined) fields.push("[more: string]: unknown");
  const line = `{ ${fields.join("; ")} }`;
  return line.length <= lineMax ? line : `{\n${fields.map((field) => `${field};`.replaceAll(/^/gm, "  ")).join("\n")}\n}`;
}
