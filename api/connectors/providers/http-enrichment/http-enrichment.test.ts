import { expect, test } from "vitest";
import { startFarSide } from "../../../../test/support/far-side.ts";
import { startPlugged } from "../../../../test/support/plugged.ts";
import { testConnector } from "../../service.ts";

const mapping = { title: "data.job.title", phone: "data.phones.0", company: "data.company" };
const ada = { email: "ada&co@example.com", firstName: "Ada/../x?y", lastName: "Ł" };

async function start(answer: { status?: number; headers?: Record<string, string>; body?: unknown }, more: Record<string, unknown> = {}) {
  const service = await startFarSide(({ url }) => (url === "/moved" ? { body: { data: { job: { title: "moved" } } } } : answer));
  const plugged = await startPlugged();
  const { id } = await plugged.add("http-enrichment", { url: `${service.url}/{{firstName}}?email={{ email }}&d={{domain}}`, headers: { "X-Api-Key": "s3cr3t-key" }, query: { api_key: "s3cr3t query" }, mapping, ...more });
  return { ...plugged, service, id };
}

test("what the mapping names is taken from the answer, and nothing else", async () => {
  const { call, service, id } = await start({ body: { data: { job: { title: " VP\u0000\n Sales " }, phones: [4930123], company: { name: "no text" }, secret: "x" } } });
  expect(await call(id, { do: "lookup", contact: ada })).toEqual({ status: "found", detail: { httpStatus: 200, fields: 2 }, found: { title: "VP Sales", phone: "4930123" } });
  expect(service.heard).toMatchObject([{ method: "GET", url: "/Ada%2F..%2Fx%3Fy?email=ada%26co%40example.com&d=example.com&api_key=s3cr3t+query", headers: { "x-api-key": "s3cr3t-key" } }]);
});

test.each([
  [{ status: 404, body: { data: { company: "x" } } }],
  [{ body: { data: {} } }],
  [{ body: { __proto__: null, constructor: { name: "x" } } }],
  [{ status: 204 }],
])("nobody is found in %j", async (answer) => {
  const { call, id } = await start(answer, { mapping: { ...mapping, location: "constructor.name.length", lastName: "__proto__.x" } });
  expect(await call(id, { do: "lookup", contact: ada })).toMatchObject({ status: "not_found", found: {} });
});

test("a contact without what the address asks for is not looked up", async () => {
  const { failure, service, id } = await start({ body: {} });
  for (const firstName of [undefined, null, " ", "..", "."]) expect(await failure(id, { do: "lookup", contact: { ...ada, firstName } })).toMatchObject({ kind: "bad_request", message: "The contact has no firstName to look it up by." });
  expect(service.heard).toEqual([]);
});

test("redirects are followed, and no key goes to another origin", async () => {
  const other = await startFarSide(() => ({ body: { data: { job: { title: "there" } } } }));
  const away = await start({ status: 302, headers: { location: other.url } });
  expect(await away.call(away.id, { do: "lookup", contact: ada })).toMatchObject({ found: { title: "there" } });
  expect(JSON.stringify(other.heard)).not.toContain("s3cr3t");
  const near = await start({ status: 302, headers: { location: "/moved" } });
  expect(await near.call(near.id, { do: "lookup", contact: ada })).toMatchObject({ found: { title: "moved" } });
  expect(near.service.heard[1]?.headers["x-api-key"]).toBe("s3cr3t-key");
});

test.each([
  [{ status: 401, body: "s3cr3t-key is wrong" }, "auth"],
  [{ status: 402 }, "bad_request"],
  [{ status: 429, headers: { "retry-after": "1" } }, "rate_limited"],
  [{ status: 500, body: { error: "s3cr3t query" } }, "retry"],
  [{ status: 302, headers: { location: "http://169.254.169.254/" } }, "refused"],
  [{ body: "<html>", headers: { "content-type": "text/html" } }, "refused"],
  [{ body: "{no json", headers: { "content-type": "application/json" } }, "retry"],
  [{ body: { big: "x".repeat(3 * 1024 * 1024) } }, "refused"],
])("of a bad answer only its kind is told", async (answer, kind) => {
  const { failure, id } = await start(answer);
  const error = await failure(id, { do: "lookup", contact: ada });
  expect(error.kind).toBe(kind);
  expect(error.message).not.toMatch(/s3cr3t|html|json\b|169/);
});

test("a test looks somebody up who is nobody", async () => {
  const { ctx, parts, id, service } = await start({ status: 404 });
  expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: true, detail: { httpStatus: 404 } });
  expect(service.heard[0]?.url).toBe("/probe?email=probe%40example.com&d=example.com&api_key=s3cr3t+query");
});
