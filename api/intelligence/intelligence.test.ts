import { expect, test } from "vitest";
import { claim } from "../../store/queue.ts";
import { startApi } from "../../test/support/api.ts";

const analyze = (api: Awaited<ReturnType<typeof startApi>>, body: unknown, more: { key?: string; query?: string } = {}) =>
  api.call("POST", `/v1/intelligence/website-analysis${more.query ?? ""}`, { body, ...(more.key === undefined ? {} : { key: more.key }) });

test("a website analysis is queued, in the durable queue as well, and answered as it is stored", async () => {
  const api = await startApi();
  const { companyId } = (await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://www.linkedin.com/company/acme" } })).body.data;
  const answer = await analyze(api, { url: "https://Acme.example/about#team", companyId });
  const { analysisId } = answer.body.data;
  expect([answer.status, answer.body.data, answer.body.meta.credits]).toEqual([202, { analysisId, url: "https://acme.example/about", companyId, status: "queued" }, { used: 3 }]);
  const stored = await api.call("GET", `/v1/intelligence/website-analysis/${analysisId}`);
  expect([stored.body.data, stored.body.meta.credits]).toMatchObject([{ analysisId, status: "queued", result: null, error: null, startedAt: null, finishedAt: null }, { used: 0 }]);
  expect((await claim(api.store, "analyze-website", Date.now() + 1e9, 5)).map((job) => JSON.parse(job.payload))).toEqual([{ analysisId }]);

  await api.store.write((tx) => tx.updateTable("website_analyses").set({ status: "completed", result: JSON.stringify({ summary: "Rockets" }), finished_at: 1 }).execute());
  expect((await api.call("GET", `/v1/intelligence/website-analysis/${analysisId}`)).body.data).toMatchObject({ status: "completed", result: { summary: "Rockets" } });
});

test("of one address one waits at a time, however many ask; the others get their credits back", async () => {
  const api = await startApi();
  const answers = await Promise.all(["https://acme.example", "https://acme.example/", "https://ACME.example/#x", "https://acme.example:443"].map((url) => analyze(api, { url })));
  expect(new Set(answers.map((a) => a.body.data.analysisId)).size).toBe(1);
  expect(answers.map((a) => a.body.meta.credits.used).toSorted()).toEqual([0, 0, 0, 3]);
  expect((await analyze(api, { url: "https://acme.example/other" })).body.meta.credits.used).toBe(3);
});

test("an address that is none, an unknown company, another workspace's analysis and a key without the scope are refused", async () => {
  const api = await startApi();
  for (const url of ["acme.example", "ftp://acme.example", "javascript:alert(1)", "https://user:pass@acme.example", "https://acme.example/ x", "file:///etc/passwd", `https://acme.example/${"x".repeat(2000)}`]) {
    expect([url, (await analyze(api, { url })).body.error?.details[0].path]).toEqual([url, "url"]);
  }
  expect((await analyze(api, { url: "https://acme.example", depth: 3 })).status).toBe(400);
  expect((await analyze(api, { url: "https://acme.example", companyId: "none" })).status).toBe(404);
  const dry = await analyze(api, { url: "https://acme.example" }, { query: "?dry_run=true" });
  expect([dry.status, (await api.call("GET", `/v1/intelligence/website-analysis/${dry.body.data.analysisId}`)).status]).toEqual([202, 404]);
  const { analysisId } = (await analyze(api, { url: "https://acme.example" })).body.data;
  const other = await startApi();
  expect((await other.call("GET", `/v1/intelligence/website-analysis/${analysisId}`)).status).toBe(404);
  const { key } = await api.newKey({ scopes: ["contacts:read"] });
  expect((await analyze(api, { url: "https://acme.example" }, { key })).body.error.code).toBe("INSUFFICIENT_SCOPE");
  expect((await api.call("GET", `/v1/intelligence/website-analysis/${analysisId}`, { key: api.publishable.key })).status).toBe(403);
});

test("an address that nothing of ours may reach is refused when it is asked for, free of charge; the operator lets one through", async () => {
  const api = await startApi({ flags: { "allow-outbound": "127.0.0.1:8080" } });
  for (const url of ["http://127.0.0.1", "http://127.0.0.1:8081/x", "http://2130706433/", "http://[::1]:8080/", "http://[::ffff:10.0.0.1]", "https://10.1.2.3/", "http://169.254.169.254/latest/meta-data", "http://localhost:8080", "https://intranet/", "https://db.internal", "http://LOCALHOST./"]) {
    const { status, body } = await analyze(api, { url });
    expect([url, status, body.error?.code, body.error?.details[0].path, body.error?.details[0].code]).toEqual([url, 400, "VALIDATION_ERROR", "url", "address_not_allowed"]);
  }
  expect(await api.store.read.selectFrom("website_analyses").select("id").execute()).toEqual([]);
  expect((await analyze(api, { url: "http://127.0.0.1:8080/" })).status).toBe(202);
});
