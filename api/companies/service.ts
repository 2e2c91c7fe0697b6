import { domainToASCII } from "node:url";
import freeMail from "email-providers/all.json" with { type: "json" };
import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { linkedInKey } from "../../core/linkedin.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { CompanyRow } from "../../store/tables.ts";
import type { Company, CompanyInput, CompanyPatch } from "./contract.ts";
import { countContacts, findByDomain, findByDomains, findByLinkedIn, findCompany, insertCompany, linkContacts, selectCompanies, updateCompanyRow } from "./queries.ts";

const freeMailDomains = new Set(freeMail);
const columns = ["name", "domain", "industry", "size", "location", "website", "description"] as const;

/** The company of an e-mail address by its domain; a free-mail address belongs to none. */
export async function companyIdFor(db: Read | Write, workspaceId: string, emailKey: string | null): Promise<string | null> {
  const domain = emailKey?.slice(emailKey.lastIndexOf("@") + 1);
  if (domain === undefined || freeMailDomains.has(domain)) return null;
  return (await findByDomain(db, workspaceId, domain))?.id ?? null;
}

/** As `companyIdFor` for many addresses at once: e-mail key → company, those without one left out. */
export async function companyIdsFor(db: Read | Write, workspaceId: string, emailKeys: readonly string[]): Promise<Map<string, string>> {
  const domainOf = (emailKey: string) => emailKey.slice(emailKey.lastIndexOf("@") + 1);
  const domains = new Set(emailKeys.map(domainOf).filter((domain) => !freeMailDomains.has(domain)));
  const companies = await findByDomains(db, workspaceId, [...domains]);
  return new Map(emailKeys.flatMap((emailKey) => {
    const id = companies.get(domainOf(emailKey));
    return id === undefined ? [] : [[emailKey, id] as const];
  }));
}

export async function listCompanies(ctx: Ctx, cursors: Cursors, query: { limit: number; industry?: string | undefined; cursor?: string | undefined }) {
  const bound = [ctx.workspace.id, "companies", query.industry ?? null];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectCompanies(ctx.store.slow, { workspaceId: ctx.workspace.id, limit: query.limit + 1, industry: query.industry, before });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { companies: page.map(toCompany), ...more };
}

export async function getCompany(ctx: Ctx, id: string) {
  const row = await findCompany(ctx.store.read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return { ...toCompany(row), contactCount: await countContacts(ctx.store.slow, ctx.workspace.id, id) };
}

/** Makes a company or fills its empty fields; what it holds is never overwritten. */
export async function upsertCompany(ctx: Ctx, tx: Write, input: CompanyInput) {
  const key = linkedInKey(input.linkedInUrl, "company");
  if (key === undefined) throw invalid("linkedInUrl", "invalid_linkedin_url", "This is no LinkedIn company page. Write it like https://www.linkedin.com/company/acme");
  const now = ctx.clock.now();
  const given = valuesOf(input);
  const blank = { name: null, domain: null, industry: null, size: null, location: null, website: null, description: null };
  const fresh: CompanyRow = { workspace_id: ctx.workspace.id, id: newId(now), linkedin_url: input.linkedInUrl.trim(), linkedin_key: key, created_at: now, updated_at: now, ...blank, ...given };
  if (await insertCompany(tx, fresh)) {
    if (fresh.domain !== null) await adoptContacts(tx, fresh.workspace_id, fresh.domain, fresh.id);
    await recordEvent(tx, ctx, "company.created", { companyId: fresh.id });
    return { companyId: fresh.id, created: true, updatedFields: Object.keys(given), preservedFields: [] };
  }
  const row = await findByLinkedIn(tx, ctx.workspace.id, key);
  if (!row) throw new Error("a company was refused as a duplicate of one that is not there");
  const updated = columns.filter((name) => given[name] !== undefined && (row[name] === null || row[name] === ""));
  const preserved = columns.filter((name) => given[name] !== undefined && !updated.includes(name));
  if (updated.length > 0) await change(ctx, tx, row, Object.fromEntries(updated.map((name) => [name, given[name]])));
  return { companyId: row.id, created: false, updatedFields: updated, preservedFields: preserved };
}

export async function updateCompany(ctx: Ctx, tx: Write, id: string, patch: CompanyPatch): Promise<Company> {
  const row = await findCompany(tx, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return toCompany(await change(ctx, tx, row, valuesOf(patch)));
}

async function change(ctx: Ctx, tx: Write, row: CompanyRow, values: Partial<Record<(typeof columns)[number], string | null>>): Promise<CompanyRow> {
  const changed = { ...row, ...values, updated_at: ctx.clock.now() };
  await updateCompanyRow(tx, changed);
  if (values.domain) await adoptContacts(tx, row.workspace_id, values.domain, row.id);
  await recordEvent(tx, ctx, "company.updated", { companyId: row.id, fields: Object.keys(values) });
  return changed;
}

async function adoptContacts(tx: Write, workspaceId: string, domain: string, companyId: string): Promise<void> {
  if (!freeMailDomains.has(domain)) await linkContacts(tx, workspaceId, domain, companyId);
}

function valuesOf(input: Omit<CompanyInput, "linkedInUrl"> | CompanyPatch): Partial<Record<(typeof columns)[number], string | null>> {
  const values: Partial<Record<(typeof columns)[number], string | null>> = {};
  for (const name of columns) {
    const value = input[name];
    if (value !== undefined) values[name] = name === "domain" && value !== null ? asciiDomain(value) : value;
  }
  return values;
}

function asciiDomain(typed: string): string {
  const domain = domainToASCII(typed.trim().toLowerCase().replace(/^https?:\/\//, "").replace(/^www\./, "").replace(/[/?#].*$/, ""));
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)) throw invalid("domain", "invalid_domain", "This is no domain. Write it like acme.com");
  return domain;
}

export function toCompany(row: CompanyRow): Company {
  return {
    id: row.id,
    name: row.name,
    domain: row.domain,
    linkedInUrl: row.linkedin_url,
    industry: row.industry,
    size: row.size,
    location: row.location,
    website: row.website,
    description: row.description,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
