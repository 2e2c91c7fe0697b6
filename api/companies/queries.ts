import { padded } from "../../store/batches.ts";
import type { Read, Write } from "../../store/store.ts";
import type { CompanyRow } from "../../store/tables.ts";

type Db = Read | Write;

export async function findCompany(db: Db, workspaceId: string, id: string): Promise<CompanyRow | undefined> {
  return db.selectFrom("companies").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
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

/** Links contacts whose address is at the domain and who have no company yet. */
export async function linkContacts(db: Write, workspaceId: string, domain: string, companyId: string): Promise<void> {
  await db
    .updateTable("contacts")
    .set({ company_id: companyId })
    .where("workspace_id", "=", workspaceId)
    .where("company_id", "is", null)
    .where("email_key", "like", `%@${domain.replaceAll(/[\\%_]/g, "")}`)
    .execute();
}
