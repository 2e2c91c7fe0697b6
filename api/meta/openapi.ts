import { z } from "zod";
import type { Endpoint } from "../../core/endpoint.ts";
import { errorTable } from "../../core/errors.ts";
import { apiVersion } from "./contract.ts";

type Json = Record<string, unknown>;

const errorSchema: Json = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "requestId"],
      properties: {
        code: { type: "string", enum: Object.keys(errorTable) },
        message: { type: "string" },
        requestId: { type: "string" },
        details: {
          type: "array",
          items: { type: "object", required: ["path", "code", "message"], properties: { path: { type: "string" }, code: { type: "string" }, message: { type: "string" } } },
        },
      },
    },
  },
};

const metaSchema: Json = {
  type: "object",
  required: ["requestId", "credits"],
  properties: {
    requestId: { type: "string" },
    credits: { type: "object", required: ["used"], properties: { used: { type: "integer" } } },
    dryRun: { type: "boolean" },
  },
};

/** OpenAPI 3.1 from the same endpoint objects that validate and route. */
export function openapiOf(endpoints: readonly Endpoint[], serverUrl: string): Json {
  const paths: Record<string, Json> = {};
  for (const e of endpoints) {
    const path = e.path.replaceAll(/:(\w+)/g, "{$1}") || "/";
    (paths[path] ??= {})[e.method.toLowerCase()] = operationOf(e);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Owlbound API", version: apiVersion, description: "Contacts, intent signals, scoring and workflows." },
    servers: [{ url: `${serverUrl}/api/v1` }],
    components: {
      schemas: { Error: errorSchema, Meta: metaSchema },
      securitySchemes: { apiKey: { type: "apiKey", in: "header", name: "X-API-Key" }, bearer: { type: "http", scheme: "bearer" } },
    },
    paths,
  };
}

function operationOf(e: Endpoint): Json {
  const open = e.access === "none";
  return {
    operationId: e.key.replace(/\.(\w)/, (_, letter: string) => letter.toUpperCase()),
    summary: e.summary,
    ...(e.description ? { description: e.description } : {}),
    tags: [e.key.split(".")[0]],
    security: open ? [] : [{ apiKey: [] }, { bearer: [] }],
    ...(open ? {} : { "x-scope": e.access, "x-credits": e.credits }),
    parameters: [...parametersOf(e.params, "path"), ...parametersOf(e.query, "query")],
    ...(e.body ? { requestBody: { required: true, content: { "application/json": { schema: schemaOf(e.body, "input") } } } } : {}),
    responses: {
      ...Object.fromEntries(Object.entries(e.answers).map(([status, schema]) => [status, { description: "Success", content: { "application/json": { schema: answerOf(e, schema) } } }])),
      default: { description: "Error", content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } },
    },
  };
}

function answerOf(e: Endpoint, schema: z.ZodType): Json {
  const data = schemaOf(schema, "output");
  if (e.bare) return data;
  return { type: "object", required: ["data", "meta"], properties: { data, meta: { $ref: "#/components/schemas/Meta" } } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query"): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
    ...(typeof property["description"] === "string" ? { description: property["description"] } : {}),
  }));
}
