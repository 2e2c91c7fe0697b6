import type { Read, Write } from "../../store/store.ts";
import type { IdentityClaimRow, VisitorRow } from "../../store/tables.ts";
import type { CompanyMatchRow } from "../../store/tables-people.ts";

export async function insertClaim(db: Write, row: IdentityClaimRow): Promise<void> {
  await db.insertInto("identity_claims").values(row).execute();
}

/** Unproved claims kept of a visitor; a flood of them must not fill the disk. */
export async function countClaims(db: Read | Write, workspaceId: string, visitorId: string): Promise<number> {
  const row = await db
    .selectFrom("identity_claims")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("workspace_id", "=", workspaceId)
    .where("visitor_id", "=", visitorId)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Whether the same identification was kept before. */
export async function isKept(db: Write, workspaceId: string, claim: { visitorId: string; contactId: string } & Pick<IdentityClaimRow, "state" | "proof">): Promise<boolean> {
  const found = await db
    .selectFrom("identity_claims")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("visitor_id", "=", claim.visitorId)
    .where("contact_id", "=", claim.contactId)
    .where("state", "=", claim.state)
    .where("proof", "=", claim.proof)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

export async function findVisitor(db: Read | Write, workspaceId: string, id: string): Promise<VisitorRow | undefined> {
  return db.selectFrom("visitors").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

/** Makes the visitor when the identification came first, so that what follows finds the person. */
export async function ensureVisitor(db: Write, row: VisitorRow): Promise<void> {
  await db
    .insertInto("visitors")
    .values(row)
    .onConflict((on) => on.columns(["workspace_id", "id"]).doNothing())
    .execute();
}

/** Links a visitor, settled before, and the whole past. Answers false when the visitor is somebody already. */
export async function linkVisitor(db: Write, workspaceId: string, visitorId: string, contactId: string): Promise<boolean> {
  const linked = await db
    .updateTable("visitors")
    .set({ contact_id: contactId })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", visitorId)
    .where("contact_id", "is", null)
    .executeTakeFirst();
  if (linked.numUpdatedRows === 0n) return false;
  await db
    .updateTable("signals")
    .set({ contact_id: contactId })
    .where("workspace_id", "=", workspaceId)
    .where("id", "in", (eb) => eb.selectFrom("visitor_signals").select("signal_id").where("workspace_id", "=", workspaceId).where("visitor_id", "=", visitorId))
    .where("contact_id", "is", null)
    .execute();
  return true;
}

/** The company of a running session, settled before: its visitor's, and that of its signals which name none themselves. */
export async function linkSession(db: Write, match: CompanyMatchRow): Promise<void> {
  const { workspace_id: workspaceId, visitor_id: visitorId, session_id: sessionId, company_id: companyId } = match;
  await db.updateTable("visitors").set({ company_id: companyId }).where("workspace_id", "=", workspaceId).where("id", "=", visitorId).where("session_id", "=", sessionId).execute();
  await db
    .updateTable("signals")
    .set({ company_id: companyId })
    .where("workspace_id", "=", workspaceId)
    .where("id", "in", (eb) => eb.selectFrom("visitor_signals").select("signal_id").where("workspace_id", "=", workspaceId).where("visitor_id", "=", visitorId))
    .where("session_id", "=", sessionId)
    .where("company_id", "is", null)
    .execute();
  const known = await db.selectFrom("company_matches").select("id").where("workspace_id", "=", workspaceId).where("visitor_id", "=", visitorId).where("session_id", "=", sessionId).executeTakeFirst();
  if (!known) await db.insertInto("company_matches").values(match).execute();
}
