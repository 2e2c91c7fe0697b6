import type { Read, Write } from "../../store/store.ts";
import type { IdentityClaimRow, VisitorRow } from "../../store/tables.ts";

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
