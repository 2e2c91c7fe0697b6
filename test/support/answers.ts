import { isDeepStrictEqual } from "node:util";
import { publicEndpoints } from "../../api/http/app.ts";
import type { Endpoint } from "../../core/endpoint.ts";

const endpoints = publicEndpoints();

/** The endpoint that answers `path` (with its base, query allowed); a path without parameters goes before one with. */
export function endpointOf(method: string, path: string): Endpoint | undefined {
  const given = (path.split("?")[0] ?? "").replace(/^(\/api)?\/v1/, "").split("/");
  const fits = (e: Endpoint) => {
    const wanted = e.path.split("/");
    return e.method === method && wanted.length === given.length && wanted.every((part, i) => part.startsWith(":") || part === given[i]);
  };
  return endpoints.filter(fits).toSorted((a, b) => a.path.split(":").length - b.path.split(":").length)[0];
}

/** How an Idempotency-Key's repeat answers what was answered first: as it was, but that it costs nothing. */
export const asReplay = <B extends { meta: { credits: { used: number } } }>(first: B): B => ({ ...first, meta: { ...first.meta, credits: { used: 0 } } });

/** Throws where a success answer is not what its endpoint declares: a status, a field too few, of another type, or too many. */
export function checkAnswer(method: string, path: string, status: number, body: unknown): void {
  const e = endpointOf(method, path);
  if (e === undefined || e.files || status >= 300 || body === undefined) return;
  const where = `${method} ${path} answered ${status}`;
  const schema = e.answers[status];
  if (schema === undefined) throw new Error(`${where}, which ${e.key} does not declare`);
  const data = e.bare ? body : (body as { data: unknown }).data;
  const result = schema.safeParse(data);
  if (!result.success) throw new Error(`${where}, not as ${e.key} declares: ${JSON.stringify(result.error.issues)}`);
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(result.data)), data)) throw new Error(`${where} with fields that ${e.key} does not declare: ${JSON.stringify(data)}`);
}
