import { idFloor } from "../../core/id.ts";
import { padded } from "../../store/batches.ts";
import { prepared } from "../../store/prepared.ts";
import type { Read, Write } from "../../store/store.ts";
import type { CompanyRow } from "../../store/tables.ts";

type Db = Read | Write;

const companyById = prepared((db, argument) => db.selectFrom("companies").selectAll().where("workspace_id", "=", argument(0)).where("id", "=", argument(1)));

export async function findCompany(db: Db, workspaceId: string, id: string): Promise<CompanyRow | undefined> {
  return (await companyById(db, workspaceId, id))[0];
}

export async function findByLinkedIn(db: Db, workspaceId: string, key: string): Promise<CompanyRow | undefined> {
  return db.selectFrom("companies").selectAll().where("workspace_id", "=", workspaceId).where("linkedin_key", "=", key).executeTakeFirst();
}

/** The oldest company with this domain. */
export async function findByDomain(db: Db, workspaceId: string, domain: string): Promise<CompanyRow | undefined> {
  return db.selectFrom("companies").selectAll().where("workspace_id", "=", workspaceId).where("domain", "=", domain).orderBy("id").limit(1).executeTakeFirst();
}

/** Domain → the oldest company with it. */
export async function findByDomains(db: Db, workspaceId: string, domains: readonly string[]): Promise<Map<string, string>> {
  if (domains.length === 0) return new Map();
  const rows = await db
    .selectFrom("companies")
    .select((eb) => ["domain", eb.fn.min("id").as("id")])
    .where("workspace_id", "=", workspaceId)
    .where("domain", "in", padded(domains))
    .groupBy("domain")
    .execute();
  return new Map(rows.map(({ domain, id }) => [domain ?? "", id]));
}

/** The oldest two with this name in lower case: of more than one nobody knows which is meant. */
export async function findByName(db: Db, workspaceId: string, nameKey: string): Promise<CompanyRow[]> {
  return db.selectFrom("companies").selectAll().where("workspace_id", "=", workspaceId).where("name_key", "=", nameKey).orderBy("id").limit(2).execute();
}

/** Companies of a source made since (epoch ms); counts no further than `max`. */
export async function countMade(db: Db, workspaceId: string, source: string, since: number, max: number): Promise<number> {
  const rows = await db.selectFrom("companies").select("id").where("workspace_id", "=", workspaceId).where("id", ">=", idFloor(since)).where("source", "=", source).limit(max).execute();
  return rows.length;
}

/** One known by its domain only. False when another call made it first. */
export async function insertDomainCompany(db: Write, row: CompanyRow): Promise<boolean> {
  const result = await db
    .insertInto("companies")
    .values(row)
    .onConflict((on) => on.columns(["workspace_id", "domain"]).where("linkedin_key", "is", null).where("domain", "is not", null).doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** The one that is known by its domain only. */
export async function findDomainOnly(db: Db, workspaceId: string, domain: string): Promise<CompanyRow | undefined> {
  return db.selectFrom("companies").selectAll().where("workspace_id", "=", workspaceId).where("domain", "=", domain).where("linkedin_key", "is", null).executeTakeFirst();
}

/** False when another call made it first. */
export async function insertCompany(db: Write, row: CompanyRow): Promise<boolean> {
  const result = await db
    .insertInto("companies")
    .values(row)
    .onConflict((on) => on.columns(["workspace_id", "linkedin_key"]).doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function updateCompanyRow(db: Write, row: CompanyRow): Promise<void> {
  const { workspace_id, id, ...values } = row;
  await db.updateTable("companies").set(values).where("workspace_id", "=", workspace_id).where("id", "=", id).execute();
}

export async function selectCompanies(db: Read, page: { workspaceId: string; limit: number; industry: string | undefined; before: string | undefined }): Promise<CompanyRow[]> {
  let query = db.selectFrom("companies").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.industry !== undefined) query = query.where("industry", "=", page.industry);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** Contacts of a company, archived ones left out. */
export async function countContacts(db: Read, workspaceId: string, companyId: string): Promise<number> {
  const row = await db
    .selectFrom("contacts")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("workspace_id", "=", workspaceId)
    .where("company_id", "=", companyId)
    .where("archived_at", "is", null)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Links contacts whose address is at the domain, or below it, and who have no company yet. `wider` is what the domain is registered as. */
export async function linkContacts(db: Write, workspaceId: string, domain: string, wider: string, companyId: string): Promise<void> {
  await db
    .updateTable("contacts")
    .set({ company_id: companyId })
    .where("workspace_id", "=", workspaceId)
    .where("email_domain", "=", wider)
    .where("company_id", "is", null)
    .where((eb) => eb.or([eb("email_key", "like", `%@${domain}`), eb("email_key", "like", `%@%.${domain}`)]))
    .execute();
}
