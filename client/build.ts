import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { transform } from "esbuild";
import { rollup, type Plugin } from "rollup";
import { publicEndpoints } from "../api/http/app.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { createSchemas } from "../core/json-schema.ts";
import type { EndpointTable, TableEntry } from "./client.ts";
import { clientTypes } from "./write-types.ts";

const here = (name: string) => join(import.meta.dirname, name);
const entry = "entry.ts";

/**
 * Builds the package @owlbound/client into `outDir`, which is emptied first: one module in two forms, and types that need nothing
 * else. Its endpoints are those of the server of the same sources. Rejects when a source does not compile.
 */
export async function buildClient(outDir: string): Promise<void> {
  const endpoints = publicEndpoints();
  const table = tableOf(endpoints);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  const bundle = await rollup({ input: entry, plugins: [virtualEntry(table), stripTypes()] });
  const write = (name: string, text: string) => writeFile(join(outDir, name), text);
  for (const [name, format] of [["index.js", "es"], ["index.cjs", "cjs"]] as const) {
    const { output } = await bundle.generate({ format });
    await write(name, output[0].code);
  }
  await bundle.close();
  const types = `${await readFile(here("types.ts"), "utf8")}${declarations}\n${clientTypes(endpoints, table)}`;
  for (const name of ["index.d.ts", "index.d.cts"]) await write(name, types);
  for (const name of ["package.json", "README.md"]) await write(name, await readFile(here(name), "utf8"));
}

const declarations = `
export interface OwlboundError extends Failure {}
/** The one error that calls throw, apart from the reason of a signal that ended them. */
export declare class OwlboundError extends Error {
  private constructor();
}

/** Throws TypeError, naming the fix, for options that can't work. */
export declare function createClient(options: ClientOptions): Client;
`;

/** What the client has to know of each endpoint. */
export function tableOf(endpoints: readonly Endpoint[]): EndpointTable {
  return Object.fromEntries(
    endpoints.map((e): [string, TableEntry] => {
      const more = e.upload ? e.upload.types[0] : rowsOf(e);
      const input = e.method === "GET" ? (e.query ? "query" : "") : e.upload ? "file" : e.body ? "body" : "";
      return [e.key, more === undefined ? [e.method, e.path, input] : [e.method, e.path, input, more]];
    }),
  );
}

/** The field of a list's answer that holds its rows, the first array of it; undefined for what is no list. */
function rowsOf(e: Endpoint): string | undefined {
  const [answer] = Object.values(e.answers);
  if (e.method !== "GET" || answer === undefined) return undefined;
  const { properties = {} } = createSchemas("#/").of(answer, "answered", "Answer") as { properties?: Record<string, { type?: string }> };
  if (!("nextCursor" in properties)) return undefined;
  return Object.keys(properties).find((name) => properties[name]?.type === "array");
}

function virtualEntry(table: EndpointTable): Plugin {
  const text = `import { clientOf } from ${JSON.stringify(here("client.ts"))};
export { OwlboundError } from ${JSON.stringify(here("error.ts"))};
const table = {
${Object.entries(table).map(([key, row]) => `  ${JSON.stringify(key)}: ${JSON.stringify(row)},`).join("\n")}
};
export const createClient = (options) => clientOf(table, options);`;
  return { name: "entry", resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? text : null) };
}

function stripTypes(): Plugin {
  return {
    name: "strip-types",
    async transform(code, id) {
      if (!id.endsWith(".ts")) return null;
      return { code: (await transform(code, { loader: "ts", target: "es2022", sourcefile: id })).code, map: null };
    },
  };
}
