import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { linkedInKey } from "../../core/linkedin.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { CompanyRow } from "../../store/tables.ts";
import type { Company, CompanyInput, CompanyPatch } from "./contract.ts";
import { asciiDomain, isFreeMail, registrable } from "./domains.ts";
import { countContacts, findByLinkedIn, findCompany, findDomainOnly, insertCompany, linkContacts, selectCompanies, updateCompanyRow } from "./queries.ts";

const columns = ["name", "domain", "industry", "size", "location", "website", "description"] as const;

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
  const blank = { name: null, claimed_name: null, domain: null, industry: null, size: null, location: null, website: null, description: null };
  const linkedIn = { linkedin_url: input.linkedInUrl.trim(), linkedin_key: key };
  const known = await adoptable(tx, ctx.workspace.id, key, given.domain);
  if (known) return fill(ctx, tx, known, given, linkedIn);
  const fresh: CompanyRow = { workspace_id: ctx.workspace.id, id: newId(now), ...linkedIn, source: "api", created_at: now, updated_at: now, ...blank, name_key: given.name?.toLowerCase() ?? null, ...given };
  if (await insertCompany(tx, fresh)) {
    if (fresh.domain !== null) await adoptContacts(tx, fresh.workspace_id, fresh.domain, fresh.id);
    await recordEvent(tx, ctx, "company.created", { companyId: fresh.id });
    return { companyId: fresh.id, created: true, updatedFields: Object.keys(given), preservedFields: [] };
  }
  const row = await findByLinkedIn(tx, ctx.workspace.id, key);
  if (!row) throw new Error("a company was refused as a duplicate of one that is not there");
  return fill(ctx, tx, row, given);
}

/** The company of this domain that waits for its LinkedIn address, unless another has the address. */
async function adoptable(tx: Write, workspaceId: string, linkedInKey: string, domain: string | null | undefined): Promise<CompanyRow | undefined> {
  if (!domain || (await findByLinkedIn(tx, workspaceId, linkedInKey))) return undefined;
  return findDomainOnly(tx, workspaceId, domain);
}

async function fill(ctx: Ctx, tx: Write, row: CompanyRow, given: Values, linkedIn?: Pick<CompanyRow, "linkedin_url" | "linkedin_key">) {
  const updated = columns.filter((name) => given[name] !== undefined && (row[name] === null || row[name] === ""));
  const preserved = columns.filter((name) => given[name] !== undefined && !updated.includes(name));
  const values = Object.fromEntries(updated.map((name) => [name, given[name]])) as Values;
  if (updated.length > 0 || linkedIn) await change(ctx, tx, { ...row, ...linkedIn }, values);
  // One that a browser named waited for somebody who is believed.
  if (linkedIn && row.domain !== null) await adoptContacts(tx, row.workspace_id, row.domain, row.id);
  return { companyId: row.id, created: false, updatedFields: [...(linkedIn ? ["linkedInUrl"] : []), ...updated], preservedFields: preserved };
}

export async function updateCompany(ctx: Ctx, tx: Write, id: string, patch: CompanyPatch): Promise<Company> {
  const row = await findCompany(tx, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const values = valuesOf(patch);
  if (row.linkedin_key === null && values.domain !== undefined) await assertOwnDomain(tx, row, values.domain);
  return toCompany(await change(ctx, tx, row, values));
}

/** Of a company without LinkedIn address the domain is all there is to know it by. */
async function assertOwnDomain(tx: Write, row: CompanyRow, domain: string | null): Promise<void> {
  if (domain === null) throw invalid("domain", "identity_required", "The domain is all that this company is known by. Send POST /companies with its linkedInUrl and domain first.");
  const other = await findDomainOnly(tx, row.workspace_id, domain);
  if (other && other.id !== row.id) throw invalid("domain", "duplicate", `Company ${other.id} has it.`);
}

async function change(ctx: Ctx, tx: Write, row: CompanyRow, values: Values): Promise<CompanyRow> {
  const changed = { ...row, ...values, updated_at: ctx.clock.now() };
  changed.name_key = changed.name?.toLowerCase() ?? null;
  await updateCompanyRow(tx, changed);
  if (values.domain) await adoptContacts(tx, row.workspace_id, values.domain, row.id);
  await recordEvent(tx, ctx, "company.updated", { companyId: row.id, fields: Object.keys(values) });
  return changed;
}

async function adoptContacts(tx: Write, workspaceId: string, domain: string, companyId: string): Promise<void> {
  if (!isFreeMail(domain)) await linkContacts(tx, workspaceId, domain, registrable(domain) ?? domain, companyId);
}

type Values = Partial<Record<(typeof columns)[number], string | null>>;

function valuesOf(input: Omit<CompanyInput, "linkedInUrl"> | CompanyPatch): Values {
  const values: Values = {};
  for (const name of columns) {
    const value = input[name];
    if (value !== undefined) values[name] = name === "domain" && value !== null ? typedDomain(value) : value;
  }
  return values;
}

function typedDomain(typed: string): string {
  const domain = asciiDomain(typed);
  if (domain === undefined) throw invalid("domain", "invalid_domain", "This is no domain. Write it like acme.com");
  return domain;
}

export function toCompany(row: CompanyRow): Company {
  return {
    id: row.id,
    // What a browser said stands in until somebody knows it.
    name: row.name ?? row.claimed_name,
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
