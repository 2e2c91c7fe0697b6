import type { z } from "zod";
import type { Endpoint } from "../core/endpoint.ts";
import { createSchemas, type JsonObject } from "../core/json-schema.ts";
import type { EndpointTable } from "./client.ts";
import { typeOf } from "./type-of.ts";

interface Names {
  [name: string]: Names | string;
}

/** What `createClient` returns, as TypeScript that needs nothing but the text of types.ts before it. */
export function clientTypes(endpoints: readonly Endpoint[], table: EndpointTable): string {
  const schemas = createSchemas("#/");
  const types: string[] = [];
  const declare = (name: string, type: string) => void types.push(`export type ${name} = ${type};`);
  const client: Names = {};
  for (const e of endpoints) {
    const title = titleOf(e.key);
    const part = (schema: z.ZodType, use: "sent" | "answered", name: string) => schemas.of(schema, use, name);
    const [, , input = "", more] = table[e.key] ?? [];
    const rows = input === "file" ? undefined : more;
    const query = e.query && part(e.query, "sent", `${title}Query`);
    const body = e.body && part(e.body, "sent", `${title}Body`);
    const answers = Object.entries(e.answers).map(([status, answer]) => typeOf(part(answer, "answered", `${title}Answer${status}`)));
    if (query) declare(`${title}Query`, typeOf(query, { words: true }));
    if (body) declare(`${title}Body`, typeOf(body));
    declare(`${title}Answer`, e.files ? "Response" : [...new Set(answers)].join(" | "));
    const args = [...e.path.matchAll(/:(\w+)/g)].map(([, name]) => `${name}: string`);
    if (input === "body") args.push(`body${e.body?.safeParse(undefined).success ? "?" : ""}: ${title}Body`);
    if (input === "file") args.push("file: string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>");
    if (input === "query") args.push(`query${required(query) ? "" : "?"}: ${title}Query`);
    const options = e.method === "GET" ? "CallOptions" : "WriteOptions";
    args.push(`options?: ${options}${query && input !== "query" ? ` & { query?: ${title}Query }` : ""}`);
    if (rows !== undefined) declare(`${title}Row`, `${title}Answer[${JSON.stringify(rows)}][number]`);
    const answer = rows === undefined ? `Promise<${title}Answer>` : `Pages<${title}Answer, ${title}Row>`;
    put(client, e.key.split("."), `${commentOf(e)}\n(${args.join(", ")}): ${answer};`);
  }
  for (const [name, schema] of Object.entries(schemas.shared)) declare(name, typeOf(schema));
  return `${types.join("\n\n")}\n\nexport interface Client ${printed(client, "")}\n`;
}

/** `signals.createBatch` → `SignalsCreateBatch`. */
const titleOf = (key: string) => key.split(".").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");

const required = (schema: JsonObject | undefined): boolean => ((schema?.["required"] ?? []) as string[]).length > 0;

function commentOf(e: Endpoint): string {
  const scope = e.access === "none" ? "no key needed" : e.access === "key" ? "any key" : e.access;
  const lines = [e.summary, ...(e.description === undefined ? [] : [e.description]), `\`${e.method} ${e.path || "/"}\` · ${scope} · ${e.creditsOf ? "up to " : ""}${e.credits} ${e.credits === 1 ? "credit" : "credits"}`];
  return `/** ${lines.join("\n * ").replaceAll("*/", "*\\/")} */`;
}

function put(within: Names, names: readonly string[], text: string): void {
  const [name = "", ...rest] = names;
  if (rest.length === 0) within[name] = text;
  else put((within[name] ??= {}) as Names, rest, text);
}

function printed(names: Names, indent: string): string {
  const inner = `${indent}  `;
  const entries = Object.entries(names).map(([name, content]) => {
    if (typeof content !== "string") return `${inner}${name}: ${printed(content, inner)};`;
    const cut = content.lastIndexOf("\n");
    return `${content.slice(0, cut)}\n${name}${content.slice(cut + 1)}`.replaceAll(/^/gm, inner);
  });
  return `{\n${entries.join("\n")}\n${indent}}`;
}
