import type { Read, Write } from "../../store/store.ts";
import type { OutreachTables as Tables, SuppressionRow } from "../../store/tables-outreach.ts";

export async function insertExclusion(tx: Write, row: Tables["exclusions"]): Promise<void> {
  await tx.insertInto("exclusions").values(row).execute();
}

/** Deletes one and answers what it was. */
export async function deleteExclusion(tx: Write, workspaceId: string, id: string): Promise<Tables["exclusions"] | undefined> {
  return tx.deleteFrom("exclusions").where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

export async function deleteSuppression(tx: Write, workspaceId: string, id: string): Promise<SuppressionRow | undefined> {
  return tx.deleteFrom("suppressions").where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

interface Page {
  workspaceId: string;
  limit: number;
  before: string | undefined;
}

export async function selectExclusions(db: Read, page: Page): Promise<Tables["exclusions"][]> {
  const query = db.selectFrom("exclusions").selectAll().where("workspace_id", "=", page.workspaceId).orderBy("id", "desc").limit(page.limit);
  return (page.before === undefined ? query : query.where("id", "<", page.before)).execute();
}

export async function selectSuppressions(db: Read, page: Page): Promise<SuppressionRow[]> {
  const query = db.selectFrom("suppressions").selectAll().where("workspace_id", "=", page.workspaceId).orderBy("id", "desc").limit(page.limit);
  return (page.before === undefined ? query : query.where("id", "<", page.before)).execute();
}

/** Inserts unless it is there; answers the row that is there afterwards, and whether it is new. */
export async function ensureSuppression(tx: Write, row: SuppressionRow): Promise<{ row: SuppressionRow; isNew: boolean }> {
  const made = await tx
    .insertInto("suppressions")
    .values(row)
    .onConflict((on) => on.doNothing())
    .executeTakeFirst();
  if ((made.numInsertedOrUpdatedRows ?? 0n) > 0n) return { row, isNew: true };
  const found = await tx.selectFrom("suppressions").selectAll().where("workspace_id", "=", row.workspace_id).where("digest", "=", row.digest).executeTakeFirstOrThrow();
  return { row: found, isNew: false };
}

/** Contacts in a sequence right now whose address is this one, or of this domain or one below it. */
export async function selectEnrolledContacts(tx: Write, workspaceId: string, { kind, value }: Pick<SuppressionRow, "kind"> & { value: string }): Promise<string[]> {
  const query = tx
    .selectFrom("enrollments")
    .innerJoin("contacts", (on) => on.onRef("contacts.workspace_id", "=", "enrollments.workspace_id").onRef("contacts.id", "=", "enrollments.contact_id"))
    .select("contacts.id")
    .distinct()
    .where("enrollments.workspace_id", "=", workspaceId)
    .where("enrollments.status", "in", ["active", "paused"]);
  // A domain key holds letters, digits, dots and hyphens only: nothing that LIKE reads as a pattern.
  const matching = kind === "email" ? query.where("contacts.email_key", "=", value) : query.where((eb) => eb.or([eb("contacts.email_key", "like", `%@${value}`), eb("contacts.email_key", "like", `%.${value}`)]));
  return (await matching.execute()).map((row) => row.id);
}
