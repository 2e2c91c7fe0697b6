import { z } from "zod";

export type JsonObject = Record<string, unknown>;

/** Turns zod schemas into JSON Schema whose recursive parts lie in one shared place. */
export interface Schemas {
  /** What may be sent, or what is answered. `name` names the parts that had to be shared. */
  of(schema: z.ZodType, use: "sent" | "answered", name: string): JsonObject;
  /** The shared parts by name; complete once every schema was asked for. */
  shared: Record<string, JsonObject>;
}

/** `place` is where the caller will put the shared parts, e.g. `#/components/schemas/`. */
export function createSchemas(place: string): Schemas {
  const shared: Record<string, JsonObject> = {};
  const prefixes = new Map<string, string>();
  return {
    shared,
    of(schema, use, name) {
      // Inside an object a schema that refers to itself becomes a part of its own, and never "the whole document".
      // Answers are written as they are, not parsed, so that theirs too is the side before any transform.
      const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), { io: "input", unrepresentable: "any" });
      const text = use + JSON.stringify($defs);
      const prefix = prefixes.get(text) ?? name;
      prefixes.set(text, prefix);
      const placed = (part: unknown): JsonObject =>
        JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/__schema', `"${place}${prefix}Part`), use === "answered" ? open : undefined) as JsonObject;
      for (const [id, part] of Object.entries($defs)) shared[id.replace("__schema", `${prefix}Part`)] = placed(part);
      return placed(properties?.["it"] ?? {});
    },
  };
}

/** An answer may gain fields; only what is sent to us is closed. */
function open(key: string, value: unknown): unknown {
  return key === "additionalProperties" && value === false ? undefined : value;
}
