import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { CompanyRow } from "../../store/tables.ts";
import { companyDomain, isFreeMail, registrable } from "./domains.ts";
import { countMade, findByDomain, findByDomains, findByName, insertDomainCompany, linkContacts } from "./queries.ts";

const hourMs = 3_600_000;
/** Companies that browsers may make in an hour: what they say is not proved, and must not fill the disk. */
const claimedPerHourMax = 200;
const nameMax = 200;

/** Who says that there is such a company. */
export type CompanySource = "signal" | "claim" | "reverse_dns" | "mmdb";

export interface SaidCompany {
  domain?: string | undefined;
  name?: string | undefined;
}

/** The company of an e-mail address by its domain, or the domain that it is part of; a free-mail address belongs to none. */
export async function companyIdFor(db: Read | Write, workspaceId: string, emailKey: string | null): Promise<string | null> {
  const domain = emailKey?.slice(emailKey.lastIndexOf("@") + 1);
  if (domain === undefined || isFreeMail(domain)) return null;
  const exact = await findByDomain(db, workspaceId, domain);
  if (exact) return exact.id;
  const wider = registrable(domain);
  return wider === undefined || wider === domain || isFreeMail(wider) ? null : ((await findByDomain(db, workspaceId, wider))?.id ?? null);
}

/** As `companyIdFor` for many addresses at once: e-mail key → company, those without one left out. */
export async function companyIdsFor(db: Read | Write, workspaceId: string, emailKeys: readonly string[]): Promise<Map<string, string>> {
  const domainsOf = (emailKey: string) => {
    const domain = emailKey.slice(emailKey.lastIndexOf("@") + 1);
    if (isFreeMail(domain)) return [];
    const wider = registrable(domain);
    return wider === undefined || isFreeMail(wider) ? [domain] : [domain, wider];
  };
  const companies = await findByDomains(db, workspaceId, [...new Set(emailKeys.flatMap(domainsOf))]);
  return new Map(emailKeys.flatMap((emailKey) => {
    const found = domainsOf(emailKey).find((domain) => companies.has(domain));
    return found === undefined ? [] : [[emailKey, companies.get(found) ?? ""] as const];
  }));
}

/** What a signal's `data.company` says: `{name, domain}`, as the published example has it, or a name. */
export function saidCompany(data: Record<string, unknown>): SaidCompany | undefined {
  const said = data["company"];
  if (typeof said === "string") return { name: textOf(said) };
  if (typeof said !== "object" || said === null) return undefined;
  const { domain, name } = said as Record<string, unknown>;
  const found = { domain: typeof domain === "string" ? companyDomain(domain) : undefined, name: textOf(name) };
  return found.domain === undefined && found.name === undefined ? undefined : found;
}

/**
 * The company that is meant: by domain, else by a name that only one company has. Undefined when there is none; `makeCompany`
 * makes one where the domain is known.
 */
export async function findSaid(db: Read | Write, workspaceId: string, said: SaidCompany): Promise<string | undefined> {
  if (said.domain !== undefined) return (await findByDomain(db, workspaceId, said.domain))?.id;
  const [only, second] = said.name === undefined ? [] : await findByName(db, workspaceId, said.name.toLowerCase());
  return second ? undefined : only?.id;
}

/**
 * Makes the company of a domain unless there is one; answers its id. One that a browser names gets no contacts and no name
 * that counts: both wait for somebody who is believed. Undefined when browsers have made enough of them this hour.
 */
export async function makeCompany(ctx: Ctx, tx: Write, said: { domain: string; name?: string | undefined }, source: CompanySource): Promise<string | undefined> {
  const now = ctx.clock.now();
  const workspaceId = ctx.workspace.id;
  const existing = await findByDomain(tx, workspaceId, said.domain);
  if (existing) return existing.id;
  const claimed = source === "claim";
  if (claimed && (await countMade(tx, workspaceId, source, now - hourMs, claimedPerHourMax)) >= claimedPerHourMax) return undefined;
  const name = said.name ?? null;
  const row: CompanyRow = {
    workspace_id: workspaceId, id: newId(now), name: claimed ? null : name, claimed_name: claimed ? name : null, name_key: claimed ? null : (name?.toLowerCase() ?? null),
    domain: said.domain, linkedin_url: null, linkedin_key: null, source, industry: null, size: null, location: null, website: null, description: null, created_at: now, updated_at: now,
  };
  if (!(await insertDomainCompany(tx, row))) return (await findByDomain(tx, workspaceId, said.domain))?.id;
  if (!claimed) await linkContacts(tx, workspaceId, said.domain, said.domain, row.id);
  await recordEvent(tx, ctx, "company.created", { companyId: row.id });
  return row.id;
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > nameMax) return undefined;
  // As `line()` of bodies has it: one line, without control characters.
  const text = value.trim();
  return text === "" || /[\p{Cc}\u2028\u2029]/u.test(text) ? undefined : text.toWellFormed();
}
