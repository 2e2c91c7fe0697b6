import { type RawBuilder, sql } from "kysely";
import type { Read, Store, Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import type { EnrollmentRow } from "../../store/tables-outreach.ts";
import type { MergeMoveRow, MergeRow } from "../../store/tables-people.ts";
import type { Holding } from "./holdings.ts";

/** Contacts by id, which nobody changes, enrolls or merges until the transaction ends; SQLite has one writer anyway. */
export async function lockContacts(store: Store, tx: Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, ContactRow>> {
  const query = tx.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", ids).orderBy("id");
  const rows = await (store.dialect === "postgres" ? query.forUpdate() : query).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** A row's key, in the order of its holding's `key`. */
export type Key = readonly (string | number)[];

/** Keys of what hangs on a contact and can move to another, at most `max`. */
export async function selectHeld(tx: Write, holding: Holding, workspaceId: string, from: string, to: string, max: number): Promise<Key[]> {
  const columns = sql.join(holding.key.map((column) => sql.ref(`t.${column}`)));
  const { rows } = await sql<Record<string, string | number>>`SELECT ${columns} FROM ${sql.table(holding.table)} AS t
    WHERE t.workspace_id = ${workspaceId} AND t.contact_id = ${from} AND ${free(holding, to)} ORDER BY ${columns} LIMIT ${max}`.execute(tx);
  return rows.map((row) => holding.key.map((column) => row[column] ?? ""));
}

/** Moves rows from one contact to another, those that are the first's by now; answers how many. */
export async function moveHeld(tx: Write, holding: Holding, workspaceId: string, keys: readonly Key[], from: string, to: string): Promise<number> {
  const [column = "id", ...more] = holding.key;
  const chosen =
    more.length === 0
      ? sql`${sql.ref(`t.${column}`)} IN (${sql.join(keys.map(([value]) => value))})`
      : sql.join(keys.map((key) => sql`(${sql.join(holding.key.map((name, i) => sql`${sql.ref(`t.${name}`)} = ${key[i]}`), sql` AND `)})`), sql` OR `);
  const result = await sql`UPDATE ${sql.table(holding.table)} AS t SET contact_id = ${to}
    WHERE t.workspace_id = ${workspaceId} AND t.contact_id = ${from} AND (${chosen}) AND ${free(holding, to)}`.execute(tx);
  return Number(result.numAffectedRows ?? 0n);
}

/** That the contact has none of its kind yet, where it may have only one. */
function free({ table, one }: Holding, contactId: string): RawBuilder<unknown> {
  if (!one) return sql`1 = 1`;
  const both = (alias: string) => (one.statuses ? sql` AND ${sql.ref(`${alias}.status`)} IN (${sql.join(one.statuses)})` : sql``);
  const same = sql.join(one.same.map((column) => sql` AND ${sql.ref(`o.${column}`)} = ${sql.ref(`t.${column}`)}`), sql``);
  const taken = sql`EXISTS (SELECT 1 FROM ${sql.table(table)} AS o WHERE o.workspace_id = t.workspace_id AND o.contact_id = ${contactId}${same}${both("o")})`;
  return sql`NOT (${taken}${both("t")})`;
}

/** Enrollments of a contact that run in a sequence in which the other runs too. */
export async function selectBothRunning(tx: Write, workspaceId: string, loserId: string, survivorId: string): Promise<EnrollmentRow[]> {
  const running = ["active", "paused"] as const;
  return tx
    .selectFrom("enrollments")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("contact_id", "=", loserId)
    .where("status", "in", running)
    .where("sequence_id", "in", (eb) => eb.selectFrom("enrollments").select("sequence_id").where("workspace_id", "=", workspaceId).where("contact_id", "=", survivorId).where("status", "in", running))
    .orderBy("id")
    .execute();
}

export async function findEnrollment(tx: Write, workspaceId: string, id: string): Promise<EnrollmentRow | undefined> {
  return tx.selectFrom("enrollments").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function setEnrollment(tx: Write, workspaceId: string, id: string, set: Partial<EnrollmentRow>): Promise<void> {
  await tx.updateTable("enrollments").set(set).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
}

export async function insertMerge(tx: Write, row: MergeRow, moves: readonly MergeMoveRow[]): Promise<void> {
  await tx.insertInto("merges").values(row).execute();
  for (const move of moves) await tx.insertInto("merge_moves").values(move).execute();
}

/** The merge, which nobody else undoes until the transaction ends. */
export async function lockMerge(tx: Write, workspaceId: string, id: string): Promise<MergeRow | undefined> {
  // An update locks on both databases; it changes nothing.
  await tx.updateTable("merges").set((eb) => ({ moved: eb.ref("moved") })).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
  return tx.selectFrom("merges").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function markUndone(tx: Write, row: MergeRow, at: number): Promise<void> {
  await tx.updateTable("merges").set({ undone_at: at }).where("workspace_id", "=", row.workspace_id).where("id", "=", row.id).execute();
}

/** What a merge did, last thing first. */
export async function selectMoves(tx: Write, row: MergeRow): Promise<MergeMoveRow[]> {
  return tx.selectFrom("merge_moves").selectAll().where("workspace_id", "=", row.workspace_id).where("merge_id", "=", row.id).orderBy("seq", "desc").execute();
}

/** Who else has one of these addresses or profiles. */
export async function findHolder(tx: Write, row: ContactRow): Promise<ContactRow | undefined> {
  const { email_key: email, linkedin_key: profile } = row;
  if (email === null && profile === null) return undefined;
  return tx
    .selectFrom("contacts")
    .selectAll()
    .where("workspace_id", "=", row.workspace_id)
    .where("id", "<>", row.id)
    .where((eb) => eb.or([...(email === null ? [] : [eb("email_key", "=", email)]), ...(profile === null ? [] : [eb("linkedin_key", "=", profile)])]))
    .executeTakeFirst();
}

/** Keys that several contacts have, after a key; what more than `contactsMax` share says nothing. */
export async function selectSharedKeys(db: Read, page: { workspaceId: string; after: string | undefined; limit: number; contactsMax: number }): Promise<string[]> {
  let query = db.selectFrom("match_keys").select("key").where("workspace_id", "=", page.workspaceId).where("contacts", ">", 1).where("contacts", "<=", page.contactsMax);
  if (page.after !== undefined) query = query.where("key", ">", page.after);
  return (await query.orderBy("key").limit(page.limit).execute()).map((row) => row.key);
}

/** Contacts that have these keys, archived ones left out. */
export async function selectMembers(db: Read, workspaceId: string, keys: readonly string[]): Promise<(ContactRow & { key: string })[]> {
  return db
    .selectFrom("contact_keys as k")
    .innerJoin("contacts as c", (on) => on.onRef("c.workspace_id", "=", "k.workspace_id").onRef("c.id", "=", "k.contact_id"))
    .selectAll("c")
    .select("k.key")
    .where("k.workspace_id", "=", workspaceId)
    .where("k.key", "in", keys)
    .where("c.archived_at", "is", null)
    .orderBy("k.contact_id")
    .execute();
}

/** All keys of contacts that count, by contact. */
export async function selectKeysOf(db: Read, workspaceId: string, contactIds: readonly string[], contactsMax: number): Promise<{ contact_id: string; key: string }[]> {
  return db
    .selectFrom("contact_keys as k")
    .innerJoin("match_keys as m", (on) => on.onRef("m.workspace_id", "=", "k.workspace_id").onRef("m.key", "=", "k.key"))
    .select(["k.contact_id", "k.key"])
    .where("k.workspace_id", "=", workspaceId)
    .where("k.contact_id", "in", contactIds)
    .where("m.contacts", ">", 1)
    .where("m.contacts", "<=", contactsMax)
    .execute();
}

/** Proved identifications of visitors who are more than one. */
export async function selectProofs(db: Read, workspaceId: string, visitorIds: readonly string[]): Promise<{ id: string; visitor_id: string }[]> {
  if (visitorIds.length === 0) return [];
  return db.selectFrom("identity_claims").select(["id", "visitor_id"]).where("workspace_id", "=", workspaceId).where("visitor_id", "in", visitorIds).where("state", "in", ["linked", "conflict"]).orderBy("id").limit(1000).execute();
}
