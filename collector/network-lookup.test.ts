import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { chrome, startApi, visit } from "../test/support/api.ts";
import { tablesWith } from "../test/support/database.ts";
import { startDns } from "../test/support/dns.ts";
import { mmdbOf } from "../test/support/mmdb.ts";
import { sql } from "kysely";

type Api = Awaited<ReturnType<typeof startApi>>;
const proxied = { "trusted-proxies": "127.0.0.1/32" };

function file(bytes: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-mmdb-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "a.mmdb"), bytes);
  return join(folder, "a.mmdb");
}

async function see(api: Api, address: string, more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<string> {
  const answer = await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit(more), headers: { "x-forwarded-for": address, "user-agent": chrome, ...headers } });
  expect(answer.status).toBe(201);
  await api.server.parts.networks?.idle();
  return answer.body.data.signalId;
}
const companies = async (api: Api) => (await api.call("GET", "/v1/companies")).body.data.companies as { id: string; domain: string; name: string | null; linkedInUrl: string | null }[];
const signal = async (api: Api, id: string) => (await api.call("GET", `/v1/signals/${id}`)).body.data;

/** Every text of the database, to look for what must not be there. */
async function everything(api: Api): Promise<string> {
  const tables = await tablesWith(api.store, "workspace_id");
  const all = await Promise.all(tables.map(async (table) => (await sql`SELECT * FROM ${sql.table(table)}`.execute(api.store.read)).rows));
  return JSON.stringify(all);
}

test("a visit from a company's network is of that company, by reverse DNS that points back; what comes next in the session as well", async () => {
  const dns = await startDns({ "PTR 7.0.0.9.in-addr.arpa": "gate.acme.test", "A gate.acme.test": "9.0.0.7" });
  const api = await startApi({ publishable: { mode: "identified" }, flags: { ...proxied, "reverse-dns": dns.address } });
  const first = await see(api, "9.0.0.7", { visitorId: "visitor-0001" });
  const [acme] = await companies(api);
  expect(acme).toMatchObject({ domain: "acme.test", name: null, linkedInUrl: null });
  expect((await signal(api, first)).companyId).toBe(acme?.id);
  const second = await see(api, "9.0.0.7", { visitorId: "visitor-0001" });
  expect((await signal(api, second)).companyId).toBe(acme?.id);
  expect((await api.call("GET", "/v1/visitors/visitor-0001")).body.data.companyId).toBe(acme?.id);
  expect((await api.call("GET", `/v1/signals?companyId=${acme?.id}`)).body.data.signals.map((s: { id: string }) => s.id)).toEqual([second, first]);
  // Asked once a session and address, however many signals come.
  expect(dns.asked).toEqual(["PTR 7.0.0.9.in-addr.arpa", "A gate.acme.test"]);
  await see(api, "9.0.0.7", { visitorId: "visitor-0002" });
  expect(dns.asked).toHaveLength(2);
  expect(await everything(api)).not.toMatch(/9\.0\.0\.7|gate\.acme/);
});

test("names that anybody could give their address, providers' lines, and addresses without a name say nothing", async () => {
  const dns = await startDns({
    "PTR 7.0.0.9.in-addr.arpa": "gate.acme.test", "A gate.acme.test": "9.0.0.99",
    "PTR 8.0.0.9.in-addr.arpa": "dsl-8.provider.test", "A dsl-8.provider.test": "9.0.0.8",
    "PTR 9.0.0.9.in-addr.arpa": "mail.hetzner.com", "A mail.hetzner.com": "9.0.0.9",
  });
  const api = await startApi({ publishable: { mode: "identified" }, flags: { ...proxied, "reverse-dns": dns.address } });
  for (const [i, address] of ["9.0.0.7", "9.0.0.8", "9.0.0.9", "9.0.0.10", "10.0.0.7", "::1"].entries()) await see(api, address, { visitorId: `visitor-000${i}` });
  expect(await companies(api)).toEqual([]);
  expect(dns.asked.filter((question) => question.includes(".10.in-addr") || question.startsWith("PTR 1.0.0.127"))).toEqual([]);
});

test("of an anonymous visitor only the /24 is looked at, in the operator's file, and no person is linked", async () => {
  const dns = await startDns({ "PTR 7.0.0.9.in-addr.arpa": "gate.acme.test", "A gate.acme.test": "9.0.0.7" });
  const mmdb = file(mmdbOf({ "9.0.1.0/24": { company: { name: "Acme", domain: "acme.test", type: "business" } }, "9.0.2.128/25": { domain: "fine.test" }, "9.0.3.0/24": { company: { name: "ISP", domain: "isp.test", type: "isp" } } }));
  const api = await startApi({ flags: { ...proxied, "reverse-dns": dns.address, mmdb } });
  await see(api, "9.0.0.7");
  expect(dns.asked).toEqual([]);
  const known = await see(api, "9.0.1.77");
  const fine = await see(api, "9.0.2.200");
  const isp = await see(api, "9.0.3.1");
  const [acme, ...others] = await companies(api);
  expect([acme, others]).toMatchObject([{ domain: "acme.test", name: "Acme" }, []]);
  expect((await Promise.all([known, fine, isp].map((id) => signal(api, id)))).map((s) => [s.companyId, s.contactId])).toEqual([[acme?.id, null], [null, null], [null, null]]);
  // Sec-GPC makes anybody anonymous.
  const gpc = await startApi({ publishable: { mode: "identified" }, flags: { ...proxied, "reverse-dns": dns.address } });
  await see(gpc, "9.0.0.7", { visitorId: "visitor-0001" }, { "sec-gpc": "1" });
  expect(dns.asked).toEqual([]);
});

test("a company that is there is found by its domain, or by a name that it alone has; a name makes none", async () => {
  const mmdb = file(mmdbOf({ "9.0.1.0/24": { domain: "www.acme.test" }, "9.0.2.0/24": { autonomous_system_organization: "Known Ltd" }, "9.0.3.0/24": { autonomous_system_organization: "Unknown Ltd" } }));
  const api = await startApi({ flags: { ...proxied, mmdb } });
  const made = async (slug: string, more: Record<string, string>) => (await api.call("POST", "/v1/companies", { body: { linkedInUrl: `https://linkedin.com/company/${slug}`, ...more } })).body.data.companyId;
  const acme = await made("acme", { domain: "acme.test" });
  const known = await made("known", { name: "KNOWN Ltd" });
  const ids = [await see(api, "9.0.1.1"), await see(api, "9.0.2.1"), await see(api, "9.0.3.1")];
  expect((await Promise.all(ids.map((id) => signal(api, id)))).map((s) => s.companyId)).toEqual([acme, known, null]);
  expect(await companies(api)).toHaveLength(2);
});

test("without the operator's word nothing is looked up; a file or server that is none stops the start", async () => {
  const api = await startApi({ publishable: { mode: "identified" } });
  expect(api.server.parts.networks).toBeUndefined();
  await expect(startApi({ flags: { mmdb: file(Buffer.from("no database")) } })).rejects.toThrow(/can't be read as an MMDB database.*OWLBOUND_MMDB/s);
  await expect(startApi({ flags: { mmdb: "/nowhere/a.mmdb" } })).rejects.toThrow(/OWLBOUND_MMDB/);
  await expect(startApi({ flags: { "reverse-dns": "yes" } })).rejects.toThrow(/--reverse-dns=yes/);
});
