import { expect, test } from "vitest";
import { startApi } from "../../test/support/api.ts";

const acme = { linkedInUrl: "https://www.linkedin.com/company/acme", name: "Acme Corp", domain: "acme.test", industry: "SaaS" };

test("a company is made once, its empty fields are filled, and what it holds is never overwritten", async () => {
  const api = await startApi();
  const made = await api.call("POST", "/v1/companies", { body: { linkedInUrl: acme.linkedInUrl, name: acme.name } });
  expect([made.status, made.body.data]).toEqual([201, { companyId: made.body.data.companyId, created: true, updatedFields: ["name"], preservedFields: [] }]);
  const again = await api.call("POST", "/v1/companies", { body: { ...acme, linkedInUrl: "http://de.linkedin.com/company/Acme/?x=1", name: "Other" } });
  expect([again.status, again.body.data]).toEqual([200, { companyId: made.body.data.companyId, created: false, updatedFields: ["domain", "industry"], preservedFields: ["name"] }]);
  const { body } = await api.call("GET", `/v1/companies/${made.body.data.companyId}`);
  expect(body.data).toMatchObject({ name: acme.name, domain: acme.domain, industry: acme.industry, contactCount: 0 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://www.linkedin.com/company/new" } })));
  expect(answers.filter((a) => a.status === 201)).toHaveLength(1);
});

test("contacts belong to the company of their e-mail's domain, whichever came first; free-mail addresses to none", async () => {
  const api = await startApi();
  await api.call("POST", "/v1/contacts", { body: { email: "early@acme.test" } });
  const { companyId } = (await api.call("POST", "/v1/companies", { body: acme })).body.data;
  const late = (await api.call("POST", "/v1/contacts", { body: { email: "late@ACME.test" } })).body.data.contactId;
  await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://www.linkedin.com/company/gmail", domain: "gmail.com" } });
  const free = (await api.call("POST", "/v1/contacts", { body: { email: "x@gmail.com" } })).body.data.contactId;
  expect((await api.call("GET", `/v1/companies/${companyId}`)).body.data.contactCount).toBe(2);
  expect((await api.call("GET", `/v1/contacts/${late}`)).body.data.companyDetails).toMatchObject({ id: companyId, name: "Acme Corp" });
  expect((await api.call("GET", `/v1/contacts/${free}`)).body.data.companyId).toBeNull();
});

test("companies are listed newest first by industry, paged, changed; bad addresses and domains name what to fix", async () => {
  const api = await startApi();
  for (let i = 0; i < 5; i++) await api.call("POST", "/v1/companies", { body: { linkedInUrl: `https://www.linkedin.com/company/c${i}`, name: `C${i}`, industry: i % 2 ? "SaaS" : "Retail" } });
  const names = async (query: string) => (await api.call("GET", `/v1/companies?${query}`)).body.data;
  expect((await names("industry=Retail")).companies.map((c: { name: string }) => c.name)).toEqual(["C4", "C2", "C0"]);
  const first = await names("limit=3");
  const rest = await names(`limit=3&cursor=${encodeURIComponent(first.nextCursor)}`);
  expect([...first.companies, ...rest.companies].map((c: { name: string }) => c.name)).toEqual(["C4", "C3", "C2", "C1", "C0"]);
  expect([rest.hasMore, rest.nextCursor]).toEqual([false, null]);
  expect((await api.call("GET", "/v1/companies?limit=51")).status).toBe(400);
  const { id } = first.companies[0];
  expect((await api.call("PATCH", `/v1/companies/${id}`, { body: { name: null, domain: "https://www.C4.test/x" } })).body.data).toMatchObject({ name: null, domain: "c4.test" });
  expect((await api.call("PATCH", `/v1/companies/${id}`, { body: { domain: "no domain" } })).body.error.details[0].path).toBe("domain");
  expect((await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://example.com" } })).body.error.details[0].path).toBe("linkedInUrl");
  expect((await api.call("POST", "/v1/companies", { body: { name: "x" } })).body.error.details[0].path).toBe("linkedInUrl");
  expect((await api.call("GET", "/v1/companies/none")).status).toBe(404);
});
