import type { Endpoint, Example } from "../../core/endpoint.ts";
import type { JsonObject } from "../../core/json-schema.ts";

/** The example as a shell and a program would send it; `base` is the URL before the endpoint's path. */
export function samplesOf(e: Endpoint, example: Example, base: string): JsonObject[] {
  return [{ lang: "Shell", label: "curl", source: curlOf(e, example, base) }, { lang: "JavaScript", label: "@owlbound/client", source: clientOf(e, example, base) }];
}

function curlOf(e: Endpoint, { params = {}, query = {}, body }: Example, base: string): string {
  const path = e.path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? `{${name}}`);
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  const lines = [`curl ${e.method === "GET" ? "" : `-X ${e.method} `}"${base}${path}${search === "" ? "" : `?${search}`}"`];
  if (e.access !== "none") lines.push(`-H "X-API-Key: ${e.collector ? "gtm_pk" : "gtm_sk"}_your_key_here"`);
  // In single quotes a shell takes all but a single quote as it stands.
  if (e.upload) lines.push(`-H "Content-Type: ${e.upload.types[0] ?? ""}"`, "--data-binary @file.csv");
  if (body !== undefined) lines.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`)}'`);
  return lines.join(" \\\n  ");
}

/** Names the address, since without one the client asks the hosted service, and so would give it the key of whoever runs a server of their own. */
function clientOf(e: Endpoint, { params = {}, query, body }: Example, base: string): string {
  const names = [...e.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? "");
  const given = [...names.map((name) => params[name] ?? name), ...(body === undefined ? [] : [body])].map((value) => JSON.stringify(value, null, 2));
  if (e.upload) given.push('await openAsBlob("file.csv")');
  if (query !== undefined) given.push(e.method === "GET" ? JSON.stringify(query) : JSON.stringify({ query }));
  return `${e.upload ? 'import { openAsBlob } from "node:fs";\n' : ""}import { createClient } from "@owlbound/client";

const owlbound = createClient({ apiKey: process.env.OWLBOUND_API_KEY, baseUrl: ${JSON.stringify(base)} });
const answer = await owlbound.${e.key}(${given.join(", ")});`;
}
