import { sql } from "kysely";
import type { Read, Store, Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import type { EnrollmentRow } from "../../store/tables-outreach.ts";

export type Db = Read | Write;

/** Nobody archives, changes or enrolls this contact until the transaction ends; SQLite has one writer anyway. */
export async function lockContact(store: Store, tx: Write, workspaceId: string, id: string): Promise<void> {
  if (store.dialect === "sqlite") return;
  await tx.selectFrom("contacts").select("id").where("workspace_id", "=", workspaceId).where("id", "=", id).forUpdate().execute();
}

export async function selectContacts(db: Db, workspaceId: string, ids: readonly string[]): Promise<Pick<ContactRow, "id" | "email_key" | "tags" | "status" | "archived_at">[]> {
  return db.selectFrom("contacts").select(["id", "email_key", "tags", "status", "archived_at"]).where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
}

/** The enrollments of contacts that are active or paused, in any sequence. */
export async function selectRunning(db: Db, workspaceId: string, contactIds: readonly string[]): Promise<Pick<EnrollmentRow, "id" | "contact_id" | "sequence_id">[]> {
  return db
    .selectFrom("enrollments")
    .select(["id", "contact_id", "sequence_id"])
    .where("workspace_id", "=", workspaceId)
    .where("contact_id", "in", contactIds)
    .where("status", "in", ["active", "paused"])
    .execute();
}

/** When contacts were last written to, epoch ms. */
export async function selectLastContacted(db: Db, workspaceId: string, contactIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("messages")
    .select((eb) => ["contact_id", eb.fn.max("sent_at").as("at")])
    .where("workspace_id", "=", workspaceId)
    .where("contact_id", "in", contactIds)
    .where("direction", "=", "out")
    .groupBy("contact_id")
    .execute();
  return new Map(rows.map((row) => [row.contact_id ?? "", Number(row.at)]));
}

export async function selectWorkspaceRules(db: Db, workspaceId: string): Promise<string[]> {
  return (await db.selectFrom("exclusions").select("rule").where("workspace_id", "=", workspaceId).execute()).map((row) => row.rule);
}

/** Which of these digests somebody opted out with. */
export async function selectSuppressed(db: Db, workspaceId: string, digests: readonly string[]): Promise<Set<string>> {
  if (digests.length === 0) return new Set();
  const rows = await db.selectFrom("suppressions").select("digest").where("workspace_id", "=", workspaceId).where("digest", "in", digests).execute();
  return new Set(rows.map((row) => row.digest));
}

/** Inserts unless the contact is in the sequence already; the database decides, so that parallel calls give one row. */
export async function insertEnrollment(tx: Write, row: EnrollmentRow): Promise<boolean> {
  const result = await tx
    .insertInto("enrollments")
    .values(row)
    .onConflict((on) => on.doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function findEnrollment(db: Db, workspaceId: string, id: string): Promise<EnrollmentRow | undefined> {
  return db.selectFrom("enrollments").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

/** As `findEnrollment`, and nobody else changes it until the transaction ends. */
export async function lockEnrollment(tx: Write, workspaceId: string, id: string): Promise<EnrollmentRow | undefined> {
  await tx.updateTable("enrollments").set((eb) => ({ updated_at: eb.ref("updated_at") })).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
  return findEnrollment(tx, workspaceId, id);
}

export async function changeEnrollment(tx: Write, row: EnrollmentRow, change: Partial<EnrollmentRow>): Promise<EnrollmentRow> {
  await tx.updateTable("enrollments").set(change).where("workspace_id", "=", row.workspace_id).where("id", "=", row.id).execute();
  return { ...row, ...change };
}

/** Stops what is active or paused of a contact, or in a sequence; answers which. */
export async function stopEnrollments(tx: Write, workspaceId: string, of: { contactId?: string | undefined; sequenceId?: string | undefined }, reason: string, now: number): Promise<{ id: string; contact_id: string; sequence_id: string }[]> {
  let query = tx.updateTable("enrollments").set({ status: "stopped", end_reason: reason, next_step_at: null, ended_at: now, updated_at: now }).where("workspace_id", "=", workspaceId).where("status", "in", ["active", "paused"]);
  // Neither would be the whole workspace.
  if (of.contactId === undefined && of.sequenceId === undefined) throw new Error("whose enrollments?");
  if (of.contactId !== undefined) query = query.where("contact_id", "=", of.contactId);
  if (of.sequenceId !== undefined) query = query.where("sequence_id", "=", of.sequenceId);
  return query.returning(["id", "contact_id", "sequence_id"]).execute();
}

export async function selectEnrollments(
  db: Read,
  page: { workspaceId: string; sequenceId: string; limit: number; before: string | undefined; status: EnrollmentRow["status"] | undefined },
): Promise<EnrollmentRow[]> {
  let query = db.selectFrom("enrollments").selectAll().where("workspace_id", "=", page.workspaceId).where("sequence_id", "=", page.sequenceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export async function countEnrollments(db: Read, workspaceId: string, sequenceId: string): Promise<{ status: EnrollmentRow["status"]; n: number }[]> {
  const rows = await db
    .selectFrom("enrollments")
    .select(["status", sql<number>`count(*)`.as("n")])
    .where("workspace_id", "=", workspaceId)
    .where("sequence_id", "=", sequenceId)
    .groupBy("status")
    .execute();
  return rows.map((row) => ({ status: row.status, n: Number(row.n) }));
}
