import { sql, type SqlBool } from "kysely";
import { groupsOf, padded } from "../../store/batches.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";

type Db = Read | Write;

export async function findContact(db: Db, workspaceId: string, id: string): Promise<ContactRow | undefined> {
  return db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
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

/** As `findSame` for many at once, in no order. */
export async function selectSame(db: Db, workspaceId: string, keys: { emails: readonly string[]; linkedIns: readonly string[] }): Promise<ContactRow[]> {
  const found: ContactRow[] = [];
  for (const [column, values] of [["email_key", keys.emails], ["linkedin_key", keys.linkedIns]] as const) {
    if (values.length > 0) found.push(...(await db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where(column, "in", padded(values)).execute()));
  }
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

/** As `insertContact` for many; answers how many were inserted. */
export async function insertContacts(db: Write, rows: readonly ContactRow[]): Promise<number> {
  let inserted = 0;
  for (const group of groupsOf(rows)) {
    const result = await db
      .insertInto("contacts")
      .values(group)
      .onConflict((on) => on.doNothing())
      .executeTakeFirst();
    inserted += Number(result.numInsertedOrUpdatedRows ?? 0n);
  }
  return inserted;
}

export async function insertWords(db: Write, words: readonly { workspace_id: string; word: string; contact_id: string; weight: number }[]): Promise<void> {
  for (const group of groupsOf(words)) await db.insertInto("contact_words").values(group).execute();
}

export async function updateRow(db: Write, row: ContactRow): Promise<void> {
  const { workspace_id, id, ...values } = row;
  await db.updateTable("contacts").set(values).where("workspace_id", "=", workspace_id).where("id", "=", id).execute();
}

/** Replaces the words that a contact is found by. */
export async function saveWords(db: Write, workspaceId: string, contactId: string, words: ReadonlyMap<string, number>): Promise<void> {
  await db.deleteFrom("contact_words").where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).execute();
  if (words.size === 0) return;
  const rows = [...words].map(([word, weight]) => ({ workspace_id: workspaceId, word, contact_id: contactId, weight }));
  await db.insertInto("contact_words").values(rows).execute();
}

export interface ContactPage {
  workspaceId: string;
  limit: number;
  status?: string | undefined;
  source?: string | undefined;
  company?: string | undefined;
  sortBy: "createdAt" | "score" | "activityScore";
  ascending: boolean;
  includeArchived: boolean;
  /** Sort value and id of the row before. */
  after?: readonly [number, string] | undefined;
}

/** What stands for "no score", so that those come last in both directions; the indexes are over the same texts. */
const sortValue = {
  createdAt: { asc: undefined, desc: undefined },
  score: { asc: sql<number>`coalesce(score, 1000)`, desc: sql<number>`coalesce(score, -1)` },
  activityScore: { asc: sql<number>`coalesce(activity_score, 1000)`, desc: sql<number>`coalesce(activity_score, -1)` },
};

/** The sort value that `after` of the next page needs. */
export function positionOf(row: ContactRow, sortBy: ContactPage["sortBy"], ascending: boolean): [number, string] {
  const none = ascending ? 1000 : -1;
  const value = sortBy === "createdAt" ? 0 : ((sortBy === "score" ? row.score : row.activity_score) ?? none);
  return [value, row.id];
}

export async function selectContacts(db: Read, page: ContactPage): Promise<ContactRow[]> {
  const direction = page.ascending ? "asc" : "desc";
  const value = sortValue[page.sortBy][direction];
  const beyond = page.ascending ? ">" : "<";
  let query = db.selectFrom("contacts").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  if (page.source !== undefined) query = query.where("source", "=", page.source);
  if (page.company !== undefined) query = query.where(sql<SqlBool>`company_key LIKE ${`%${page.company.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`} ESCAPE ${"\\"}`);
  if (!page.includeArchived) query = query.where("archived_at", "is", null);
  if (page.after) {
    const [at, id] = page.after;
    const further = sql.raw(beyond);
    query = query.where(value === undefined ? sql<SqlBool>`id ${further} ${id}` : sql<SqlBool>`(${value} ${further} ${at} OR (${value} = ${at} AND id ${further} ${id}))`);
  }
  if (value !== undefined) query = query.orderBy(value, direction);
  return query.orderBy("id", direction).limit(page.limit).execute();
}

/** Rows looked at for one word, and ranked at all; a search of common words stays as cheap as that. */
const scannedMax = 20_000;
const rankedMax = 2_000;

/**
 * Ids and weights of contacts that have a word starting with each of `words`. The rarest word leads; of words that
 * thousands share, the newest contacts are ranked.
 */
export async function searchIds(db: Read, workspaceId: string, words: readonly string[]): Promise<{ id: string; weight: number }[]> {
  const counts = await Promise.all(words.map((word) => countHits(db, workspaceId, word)));
  const order = words.map((word, i) => ({ word, count: counts[i] ?? 0 })).toSorted((a, b) => a.count - b.count);
  if (order[0] === undefined || order[0].count === 0) return [];
  const [lead, ...others] = order.map(({ word }) => word);
  let query = db
    .selectFrom(
      db
        .selectFrom("contact_words")
        .select(["contact_id", "word", "weight"])
        .where("workspace_id", "=", workspaceId)
        .where("word", ">=", lead ?? "")
        .where("word", "<", `${lead}\u{10ffff}`)
        .limit(scannedMax)
        .as("hit"),
    )
    .select((eb) => ["hit.contact_id as id", eb.fn.max<number>(sql`hit.weight * CASE WHEN hit.word = ${lead} THEN 2 ELSE 1 END`).as("weight")])
    .groupBy("hit.contact_id");
  for (const word of others) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom("contact_words as w")
          .select(sql`1`.as("one"))
          .where("w.workspace_id", "=", workspaceId)
          .whereRef("w.contact_id", "=", "hit.contact_id")
          .where("w.word", ">=", word)
          .where("w.word", "<", `${word}\u{10ffff}`),
      ),
    );
  }
  return query.orderBy("weight", "desc").orderBy("id", "desc").limit(rankedMax).execute();
}

async function countHits(db: Read, workspaceId: string, word: string): Promise<number> {
  const hits = db
    .selectFrom("contact_words")
    .select("contact_id")
    .where("workspace_id", "=", workspaceId)
    .where("word", ">=", word)
    .where("word", "<", `${word}\u{10ffff}`)
    .limit(scannedMax)
    .as("hits");
  const row = await db.selectFrom(hits).select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirst();
  return Number(row?.n ?? 0);
}

/** Contacts by id, in no order; archived ones left out. */
export async function selectLive(db: Read, workspaceId: string, ids: readonly string[], status: string | undefined): Promise<ContactRow[]> {
  if (ids.length === 0) return [];
  let query = db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", ids).where("archived_at", "is", null);
  if (status !== undefined) query = query.where("status", "=", status);
  return query.execute();
}
