import fc from "fast-check";
import { expect, test } from "vitest";
import type { Endpoint } from "../../core/endpoint.ts";
import { type ErrorCode, errorTable } from "../../core/errors.ts";
import { checkAnswer } from "../../test/support/answers.ts";
import { chrome, startApi } from "../../test/support/api.ts";
import { oddBody, oddHeaders, oddText, valueOf } from "../../test/support/odd.ts";
import { type RawAnswer, rawRequest } from "../../test/support/raw-request.ts";
import { bodiesOf, schemaOf } from "../../test/support/samples.ts";
import { seedWorkspace, withIds } from "../../test/support/seeded.ts";
import { publicEndpoints } from "./app.ts";

/** As many as `npm test` has time for; `npm run fuzz` sends 10,000. */
const cases = Number(process.env["OWLBOUND_FUZZ_CASES"] ?? 500);
const endpoints = publicEndpoints();

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
}

/** Says what is wrong with an answer; undefined where it is as promised. */
function faultOf(sent: Sent, { status, headers, text }: RawAnswer): string | undefined {
  if (status >= 500) return `answered ${status}`;
  if (typeof headers["x-request-id"] !== "string" && !(status === 400 || status === 431)) return `answered ${status} without a request id`;
  if (status < 300 && !String(headers["content-type"] ?? "").startsWith("application/json")) return status === 204 || "content-disposition" in headers ? undefined : `answered ${status} as ${headers["content-type"]}`;
  let body: ReturnType<typeof JSON.parse>;
  try {
    body = JSON.parse(text);
  } catch {
    return "answered no JSON";
  }
  if (status >= 400) return errorFault(status, body);
  try {
    checkAnswer(sent.method, sent.path, status, body);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

function errorFault(status: number, body: ReturnType<typeof JSON.parse>): string | undefined {
  const { code, message, requestId, details } = body?.error ?? {};
  const known = errorTable[code as ErrorCode] as { status: number } | undefined;
  if (known?.status !== status || Object.keys(body).join() !== "error") return `${status} is no error of the table: ${JSON.stringify(body)}`;
  if (typeof message !== "string" || message === "" || !/^req_\w+$/.test(String(requestId))) return "the error lacks its words or request id";
  if (details !== undefined && !(Array.isArray(details) && details.every((d: { path?: unknown; message?: unknown }) => typeof d.path === "string" && typeof d.message === "string"))) return "details are not a list of places and words";
  return /\bat \w+ \(|node_modules|SQLITE_|syntax error/.test(JSON.stringify(body)) ? "the error shows our insides" : undefined;
}

test(`${cases} requests made of the endpoints' schemas and of what no schema foresees get the envelope and never a 5xx`, async () => {
  const api = await startApi({ flags: { "slow-read-limit-ms": "60000", "connections-per-address": "0" } });
  const mine = await seedWorkspace(api, "Mine");
  const theirs = await seedWorkspace(api, "Theirs");
  const ids = [...new Set([...mine.ids.values(), ...theirs.ids.values()].flat())];
  // What ends or changes the key that asks would end the run.
  const acting = (await api.store.read.selectFrom("api_keys").select("id").where("workspace_id", "=", mine.workspaceId).where("name", "=", "Mine").executeTakeFirst())?.id;
  const id = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...ids.filter((each) => each !== acting)) }, { weight: 1, arbitrary: oddText });

  const body = (e: Endpoint) => {
    if (e.method === "GET") return fc.constant(undefined);
    const schema = e.body ? schemaOf(e.body) : {};
    const valid = bodiesOf(e);
    const made = valueOf(schema, schema, 0);
    const near = valid.length === 0 ? made : fc.oneof(fc.constantFrom(...valid), made, fc.tuple(fc.constantFrom(...valid), made).map(([a, b]) => merged(a, b)));
    const json = fc.tuple(near, id).map(([value, one]) => JSON.stringify(withIds(value, () => one)));
    return fc.oneof({ weight: 8, arbitrary: json }, { weight: 2, arbitrary: oddBody }, { weight: 1, arbitrary: fc.constant(undefined) });
  };
  const query = (e: Endpoint) => {
    const { properties = {} } = e.query ? schemaOf(e.query) : {};
    const pair = fc.oneof(
      ...Object.entries(properties).map(([name, schema]) => valueOf(schema, schema, 0).map((value): [string, string] => [name, typeof value === "string" ? value : (JSON.stringify(value) ?? "")])),
      fc.constantFrom<[string, string]>(["dry_run", "true"], ["dry_run", "maybe"], ["__proto__", "x"], ["key", "gtm_sk_x"], ["limit", "1e9"], ["limit", "-0"], ["cursor", "e30.x"]),
      fc.tuple(oddText, oddText),
    );
    return fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&"));
  };
  const key = fc.oneof({ weight: 12, arbitrary: fc.constant(mine.key) }, { weight: 2, arbitrary: fc.constantFrom(api.publishable.key, theirs.key, "gtm_sk_none", "") });
  const requestTo = (e: Endpoint) =>
    fc.record({ base: fc.constantFrom("/v1", "/api/v1"), id, query: query(e), body: body(e), key, odd: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: oddHeaders }) }).map((r): Sent => ({
      method: e.method,
      path: `${r.base}${e.path.replaceAll(/:\w+/g, encoded(r.id).slice(0, 300))}${r.query === "" ? "" : `?${r.query}`}`,
      headers: { "user-agent": chrome, ...(r.key === "" ? {} : { "x-api-key": r.key }), ...(r.body === undefined ? {} : { "content-type": "application/json" }), ...r.odd },
      body: r.body,
    }));
  const request = fc.oneof(...endpoints.map(requestTo));
  const statuses = new Map<number, number>();
  const check = fc.asyncProperty(request, async (sent) => {
    const answer = await rawRequest(api.url, sent.method, sent.path, sent.headers, sent.body);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    const fault = faultOf(sent, answer);
    if (fault !== undefined) throw new Error(`${sent.method} ${sent.path} ${JSON.stringify(sent.headers)} ${String(sent.body).slice(0, 2000)}\n${fault}\n${answer.text.slice(0, 2000)}`);
  });
  // The state that a request meets is made by those before it: a shorter run would be another one.
  await fc.assert(check, { numRuns: cases, endOnFailure: true });
  // Requests that are all refused alike would prove nothing.
  const share = (from: number, to: number) => [...statuses].filter(([status]) => status >= from && status < to).reduce((sum, [, count]) => sum + count, 0) / cases;
  expect([share(200, 300) > 0.1, share(400, 401) > 0.1, share(404, 405) > 0.03]).toEqual([true, true, true]);
  expect((await api.call("GET", "/v1/health/ready", { key: null })).status).toBe(200);
}, 1_800_000);

/** Percent-encoded so that any text goes through, half surrogates replaced. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());

/** A valid body in which some fields are another's. */
function merged(valid: unknown, other: unknown): unknown {
  if (typeof valid !== "object" || typeof other !== "object" || valid === null || other === null || Array.isArray(valid) || Array.isArray(other)) return other;
  const [first] = Object.entries(other);
  return first ? { ...valid, [first[0]]: first[1] } : valid;
}
