import type { z } from "zod";
import type { Endpoint, Example } from "../../core/endpoint.ts";
import { createSchemas, type JsonObject, type Schemas } from "../../core/json-schema.ts";
import { apiVersion } from "./contract.ts";
import { samplesOf } from "./openapi-samples.ts";
import { components } from "./openapi-components.ts";
import { errorResponses, errorsOf } from "./openapi-errors.ts";
import { referenceExamples } from "./reference-examples.ts";
import { scopeWords } from "./scope-words.ts";

/** OpenAPI 3.1 from the same endpoint objects that validate and route. `serverUrl` has no slash at its end. */
export function openapiOf(endpoints: readonly Endpoint[], serverUrl: string): JsonObject {
  const schemas = createSchemas("#/components/schemas/");
  const base = `${serverUrl}/api/v1`;
  const paths: Record<string, JsonObject> = {};
  for (const e of endpoints) {
    const path = e.path.replaceAll(/:(\w+)/g, "{$1}") || "/";
    (paths[path] ??= {})[e.method.toLowerCase()] = operationOf(e, schemas, base);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Owlbound API", version: apiVersion, description: introduction, license: { name: "Proprietary", identifier: "LicenseRef-Owlbound" } },
    servers: [{ url: base }],
    security: [{ apiKey: [] }, { bearer: [] }],
    tags: tagsOf(endpoints),
    paths,
    components: { ...components, schemas: { ...components.schemas, ...schemas.shared }, responses: errorResponses() },
  };
}

/** Those of the endpoint, and before them those of the published reference. */
export function examplesOf(e: Endpoint): readonly Example[] {
  return [...(referenceExamples[`${e.method} ${e.path}`] ?? []), ...(e.examples ?? [])];
}

const introduction = `Contacts, intent signals, enrichment, scoring, sequences and workflows.

Every answer is \`{data, meta}\` or \`{error}\`; each carries a request id. Secret keys (\`gtm_sk_\`) belong on servers; publishable
keys (\`gtm_pk_\`) only send signals. Writes take an \`Idempotency-Key\`, so that a repeated request has one effect, and
\`dry_run=true\`, which checks everything and changes nothing. Every path answers under \`/v1\` as well.`;

/** What tells of the API and the key itself is read together. */
const about: readonly string[] = ["root", "health", "me", "key", "capabilities", "openapi"];
const tagOf = (e: Endpoint): string => {
  const [first = ""] = e.key.split(".");
  return about.includes(first) ? "about" : first;
};

/** A tag for each capability, in order of appearance, with the scopes that its endpoints need. */
function tagsOf(endpoints: readonly Endpoint[]): JsonObject[] {
  const scopes = new Map<string, Set<string>>();
  for (const e of endpoints) {
    const needed = scopes.get(tagOf(e)) ?? new Set();
    needed.add(e.access === "none" ? "No key is needed." : e.access === "key" ? "Any valid key will do." : `\`${e.access}\`: ${scopeWords[e.access]}.`);
    scopes.set(tagOf(e), needed);
  }
  return [...scopes].map(([name, needed]) => ({ name, "x-displayName": titleOf(name), description: [...needed].join("\n\n") }));
}

/** `icpProfiles` → `Icp profiles`. */
const titleOf = (name: string) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll(/[A-Z]/g, (letter, at: number) => (at === 0 ? letter : ` ${letter.toLowerCase()}`));

function operationOf(e: Endpoint, schemas: Schemas, base: string): JsonObject {
  const name = e.key.replaceAll(/\.(\w)/g, (_, letter: string) => letter.toUpperCase());
  const examples = examplesOf(e);
  const [example = {}] = examples;
  const writes = e.method !== "GET" && e.access !== "none";
  return {
    operationId: name,
    summary: e.summary,
    description: descriptionOf(e),
    tags: [tagOf(e)],
    security: securityOf(e),
    ...(e.access === "none" ? {} : { "x-scope": e.access, "x-credits": e.credits }),
    parameters: [
      ...parametersOf(e.params, "path", schemas, example.params ?? {}),
      ...parametersOf(e.query, "query", schemas, example.query ?? {}),
      ...(writes ? [{ $ref: "#/components/parameters/DryRun" }, { $ref: "#/components/parameters/IdempotencyKey" }] : []),
    ],
    ...(e.upload ? { requestBody: { required: true, content: Object.fromEntries(e.upload.types.map((type) => [type, { schema: { type: "string", description: "The file itself." } }])) } } : {}),
    ...(e.body ? { requestBody: bodyOf(e.body, schemas.of(e.body, "sent", `${name}Body`), examples) } : {}),
    responses: { ...answersOf(e, schemas, name, examples), ...errorsOf(e) },
    "x-codeSamples": samplesOf(e, example, base),
  };
}

function descriptionOf(e: Endpoint): string {
  const scope = e.access === "none" ? "No key needed." : e.access === "key" ? "Any valid key." : `Scope \`${e.access}\`.`;
  const credits = e.access === "none" ? "" : e.credits === 0 ? " Free." : ` ${e.creditsOf ? "Up to " : ""}${e.credits} ${e.credits === 1 ? "credit" : "credits"}.`;
  return [e.description, `${scope}${credits}${e.collector ? " Publishable keys may call it." : ""}`].filter((text) => text !== undefined).join("\n\n");
}

function securityOf(e: Endpoint): JsonObject[] {
  if (e.access === "none") return [];
  return [{ apiKey: [] }, { bearer: [] }, ...(e.collector ? [{ publishableKey: [] }] : [])];
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query", schemas: Schemas, example: Record<string, unknown>): JsonObject[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemas.of(schema, "sent", "Parameter") as { properties?: Record<string, JsonObject>; required?: string[] };
  // What every write takes is a shared parameter.
  return Object.entries(properties).filter(([name]) => name !== "dry_run").map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
    ...(typeof property["description"] === "string" ? { description: property["description"] } : {}),
    ...(name in example ? { example: example[name] } : {}),
  }));
}

function bodyOf(body: z.ZodType, schema: JsonObject, examples: readonly Example[]): JsonObject {
  const given = examples.flatMap((example) => (example.body === undefined ? [] : [example.body]));
  return { required: !body.safeParse(undefined).success, content: { "application/json": { schema, ...named(given) } } };
}

function answersOf(e: Endpoint, schemas: Schemas, name: string, examples: readonly Example[]): JsonObject {
  const answers = Object.entries(e.answers).map(([status, answer], index) => {
    const data = schemas.of(answer, "answered", `${name}Answer`);
    const whole = (value: unknown) => (e.bare ? value : { data: value, meta: { requestId: "req_abc123def456", credits: { used: e.credits } } });
    const given = index === 0 ? examples.flatMap((example) => (example.answer === undefined ? [] : [whole(example.answer)])) : [];
    const schema = e.bare ? data : { type: "object", required: ["data", "meta"], properties: { data, meta: { $ref: "#/components/schemas/Meta" } } };
    const file = { schema: { type: "string" } };
    const content = e.files ? Object.fromEntries(e.files.map((type) => [type, file])) : { "application/json": { schema, ...named(given) } };
    return [status, { description: "Success", headers: headersOf(e), content }];
  });
  return Object.fromEntries(answers) as JsonObject;
}

function headersOf(e: Endpoint): JsonObject {
  const names = ["X-Request-Id", ...(e.access === "none" ? [] : ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy"])];
  if (e.method !== "GET" && e.access !== "none") names.push("Idempotent-Replayed");
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function named(values: readonly unknown[]): JsonObject {
  return values.length === 0 ? {} : { examples: Object.fromEntries(values.map((value, i) => [`example${i + 1}`, { value }])) };
}
