import type { Read, Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";

export async function findContact(db: Read | Write, workspaceId: string, id: string): Promise<ContactRow | undefined> {
  return db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function findContactByEmail(db: Read | Write, workspaceId: string, emailKey: string): Promise<ContactRow | undefined> {
  return db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("email_key", "=", emailKey).executeTakeFirst();
}

/** Inserts unless the e-mail is taken; the database decides, so that parallel calls give one row. */
export async function insertContact(db: Write, row: ContactRow): Promise<boolean> {
  const result = await db
    .insertInto("contacts")
    .values(row)
    .onConflict((on) => on.doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}
