import { prepared } from "../../store/prepared.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";

type Db = Read | Write;

const contactById = prepared((db, argument) => db.selectFrom("contacts").selectAll().where("workspace_id", "=", argument(0)).where("id", "=", argument(1)));

export async function findContact(db: Db, workspaceId: string, id: string): Promise<ContactRow | undefined> {
  return (await contactById(db, workspaceId, id))[0];
}

export async function findContactByEmail(db: Db, workspaceId: string, emailKey: string): Promise<ContactRow | undefined> {
  return db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("email_key", "=", emailKey).executeTakeFirst();
}

/** Who has this address or profile already, archived ones included; the one with the address first. */
export async function findSame(db: Db, workspaceId: string, keys: { email: string | null; linkedIn: string | null }): Promise<ContactRow[]> {
  const found: ContactRow[] = [];
  if (keys.email !== null) found.push(...(await db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("email_key", "=", keys.email).execute()));
  if (keys.linkedIn !== null) found.push(...(await db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("linkedin_key", "=", keys.linkedIn).execute()));
  return found;
}

/** Inserts unless e-mail or profile is taken; the database decides, so that parallel calls give one row. */
export async function insertContact(db: Write, row: ContactRow): Promise<boolean> {
  const result = await db
    .insertInto("contacts")
    .values(row)
    .onConflict((on) => on.doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function updateRow(db: Write, row: ContactRow): Promise<void> {
  const { workspace_id, id, ...values } = row;
  await db.updateTable("contacts").set(values).where("workspace_id", "=", workspace_id).where("id", "=", id).execute();
}

/** Replaces what a contact is found by (`searchWords`). */
export async function saveWords(db: Write, workspaceId: string, contactId: string, { words, pieces }: { words: string; pieces: string }): Promise<void> {
  await db
    .insertInto("contact_words")
    .values({ workspace_id: workspaceId, contact_id: contactId, words, pieces })
    .onConflict((on) => on.columns(["workspace_id", "contact_id"]).doUpdateSet({ words, pieces }))
    .execute();
}
