import { groupsOf, padded } from "../../store/batches.ts";
import { prepared, preparedRows } from "../../store/prepared.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ContactRow, Tables } from "../../store/tables.ts";

type Db = Read | Write;

const contactById = prepared((db, argument) => db.selectFrom("contacts").selectAll().where("workspace_id", "=", argument(0)).where("id", "=", argument(1)));

export async function findContact(db: Db, workspaceId: string, id: string): Promise<ContactRow | undefined> {
  return (await contactById(db, workspaceId, id))[0];
}

const contactByEmail = prepared((db, argument) => db.selectFrom("contacts").selectAll().where("workspace_id", "=", argument(0)).where("email_key", "=", argument(1)));
const contactByLinkedIn = prepared((db, argument) => db.selectFrom("contacts").selectAll().where("workspace_id", "=", argument(0)).where("linkedin_key", "=", argument(1)));

export async function findContactByEmail(db: Db, workspaceId: string, emailKey: string): Promise<ContactRow | undefined> {
  return (await contactByEmail(db, workspaceId, emailKey))[0];
}

/** Who has this address or profile already, archived ones included; the one with the address first. */
export async function findSame(db: Db, workspaceId: string, keys: { email: string | null; linkedIn: string | null }): Promise<ContactRow[]> {
  const found: ContactRow[] = [];
  if (keys.email !== null) found.push(...(await contactByEmail(db, workspaceId, keys.email)));
  if (keys.linkedIn !== null) found.push(...(await contactByLinkedIn(db, workspaceId, keys.linkedIn)));
  return found;
}

const contactsByEmails = preparedRows((db, keys: Key[]) => db.selectFrom("contacts").selectAll().where("workspace_id", "=", keys[0]?.workspaceId ?? "").where("email_key", "in", keys.map(({ key }) => key)));
const contactsByLinkedIns = preparedRows((db, keys: Key[]) => db.selectFrom("contacts").selectAll().where("workspace_id", "=", keys[0]?.workspaceId ?? "").where("linkedin_key", "in", keys.map(({ key }) => key)));

interface Key {
  workspaceId: string;
  key: string;
}

const contactsByIds = preparedRows((db, keys: Key[]) => db.selectFrom("contacts").selectAll().where("workspace_id", "=", keys[0]?.workspaceId ?? "").where("id", "in", keys.map(({ key }) => key)));

/** The contacts that there are of these, in no order. */
export async function selectContactsByIds(db: Db, workspaceId: string, ids: readonly string[]): Promise<ContactRow[]> {
  return ids.length === 0 ? [] : (await contactsByIds(db, padded(ids).map((key) => ({ workspaceId, key })))).rows;
}

/** As `findSame` for many at once, in no order. */
export async function selectSame(db: Db, workspaceId: string, keys: { emails: readonly string[]; linkedIns: readonly string[] }): Promise<ContactRow[]> {
  const found: ContactRow[] = [];
  for (const [select, values] of [[contactsByEmails, keys.emails], [contactsByLinkedIns, keys.linkedIns]] as const) {
    if (values.length > 0) found.push(...(await select(db, padded(values).map((key) => ({ workspaceId, key })))).rows);
  }
  return found;
}

const insertMissing = preparedRows((db, rows: ContactRow[]) => db.insertInto("contacts").values(rows).onConflict((on) => on.doNothing()));
/** Inserts unless e-mail or profile is taken; the database decides, so that parallel calls give one row. */
export async function insertContact(db: Write, row: ContactRow): Promise<boolean> {
  return ((await insertMissing(db, [row])).numAffectedRows ?? 0n) > 0n;
}

const insertWordRows = preparedRows((db, rows: Tables["contact_words"][]) => db.insertInto("contact_words").values(rows));
const insertKeyRows = preparedRows((db, rows: Tables["contact_keys"][]) => db.insertInto("contact_keys").values(rows));
const addCounts = preparedRows((db, rows: Tables["match_keys"][]) =>
  db
    .insertInto("match_keys")
    .values(rows)
    .onConflict((on) => on.columns(["workspace_id", "key"]).doUpdateSet((eb) => ({ contacts: eb("match_keys.contacts", "+", eb.ref("excluded.contacts")) }))),
);

/** As `insertContact` for many; answers how many were inserted. */
export async function insertContacts(db: Write, rows: readonly ContactRow[]): Promise<number> {
  let inserted = 0;
  for (const group of groupsOf(rows)) inserted += Number((await insertMissing(db, group)).numAffectedRows ?? 0n);
  return inserted;
}

/** As `saveWords` for many contacts that have none yet. */
export async function insertWords(db: Write, rows: readonly { workspace_id: string; contact_id: string; words: string; pieces: string }[]): Promise<void> {
  for (const group of groupsOf(rows)) await insertWordRows(db, group);
}

/** As `saveKeys` for many contacts that have none yet; in the order of the keys as well. */
export async function insertContactKeys(db: Write, workspaceId: string, keys: readonly { key: string; contactId: string }[]): Promise<void> {
  const rows = keys.map(({ key, contactId }) => ({ workspace_id: workspaceId, key, contact_id: contactId })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  for (const group of groupsOf(rows)) await insertKeyRows(db, group);
  const counts = new Map<string, number>();
  for (const { key } of rows) counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const group of groupsOf([...counts])) await addCounts(db, group.map(([key, contacts]) => ({ workspace_id: workspaceId, key, contacts })));
}

const updateRows = preparedRows((db, [row]: ContactRow[]) => {
  const { workspace_id = "", id = "", ...values } = row ?? {};
  return db.updateTable("contacts").set(values).where("workspace_id", "=", workspace_id).where("id", "=", id);
});

export async function updateRow(db: Write, row: ContactRow): Promise<void> {
  await updateRows(db, [row]);
}

export async function updateTags(db: Write, { workspace_id, id, tags, updated_at }: ContactRow): Promise<void> {
  await db.updateTable("contacts").set({ tags, updated_at }).where("workspace_id", "=", workspace_id).where("id", "=", id).execute();
}

/** Replaces what a contact is found by (`searchWords`). */
export async function saveWords(db: Write, workspaceId: string, contactId: string, { words, pieces }: { words: string; pieces: string }): Promise<void> {
  await upsertWords(db, [{ workspace_id: workspaceId, contact_id: contactId, words, pieces }]);
}

const upsertWords = preparedRows((db, rows: Tables["contact_words"][]) =>
  db
    .insertInto("contact_words")
    .values(rows)
    .onConflict((on) => on.columns(["workspace_id", "contact_id"]).doUpdateSet((eb) => ({ words: eb.ref("excluded.words"), pieces: eb.ref("excluded.pieces") }))),
);

const ownKeys = prepared((db, argument) => db.selectFrom("contact_keys").select("key").where("workspace_id", "=", argument(0)).where("contact_id", "=", argument(1)).where("key", "not like", "v:%"));

/** Replaces the keys of a contact's own fields; those of visitors (`v:`) stay. In the order of the keys, so that no two writers wait for each other. */
export async function saveKeys(db: Write, workspaceId: string, contactId: string, keys: readonly string[]): Promise<void> {
  const had = (await ownKeys(db, workspaceId, contactId)).map((row) => row.key);
  const gone = had.filter((key) => !keys.includes(key));
  const fresh = keys.filter((key) => !had.includes(key)).toSorted();
  if (gone.length > 0) {
    await db.deleteFrom("contact_keys").where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).where("key", "in", gone).execute();
    await db.updateTable("match_keys").set((eb) => ({ contacts: eb("contacts", "-", 1) })).where("workspace_id", "=", workspaceId).where("key", "in", gone).execute();
    await db.deleteFrom("match_keys").where("workspace_id", "=", workspaceId).where("key", "in", gone).where("contacts", "<=", 0).execute();
  }
  for (const key of fresh) await addKey(db, workspaceId, contactId, key);
}

const insertMissingKeys = preparedRows((db, rows: Tables["contact_keys"][]) => db.insertInto("contact_keys").values(rows).onConflict((on) => on.doNothing()));

/** Adds one key unless the contact has it. */
export async function addKey(db: Write, workspaceId: string, contactId: string, key: string): Promise<void> {
  const added = await insertMissingKeys(db, [{ workspace_id: workspaceId, key, contact_id: contactId }]);
  if ((added.numAffectedRows ?? 0n) > 0n) await addCounts(db, [{ workspace_id: workspaceId, key, contacts: 1 }]);
}

export async function selectWithoutKeys(db: Write, workspaceId: string, limit: number): Promise<ContactRow[]> {
  return db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("keys_version", "=", 0).orderBy("id").limit(limit).execute();
}

export async function selectOfCompany(db: Read, page: { workspaceId: string; companyId: string; limit: number; before: string | undefined; includeArchived: boolean }): Promise<ContactRow[]> {
  let query = db.selectFrom("contacts").selectAll().where("workspace_id", "=", page.workspaceId).where("company_id", "=", page.companyId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (!page.includeArchived) query = query.where("archived_at", "is", null);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}
