import { idFloor } from "../../core/id.ts";
import { padded } from "../../store/batches.ts";
import { prepared } from "../../store/prepared.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { CompanyRow, ContactRow } from "../../store/tables.ts";
import type { ContactScoreRow } from "../../store/tables-intel.ts";
import type { ScoredSignal } from "./rules.ts";

type Db = Read | Write;

/** Nobody else scores or changes the contact until the transaction ends. */
export async function lockContact(store: Store, tx: Write, workspaceId: string, id: string): Promise<ContactRow | undefined> {
  const query = tx.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id);
  return (store.dialect === "postgres" ? query.forUpdate() : query).executeTakeFirst();
}

export async function contactExists(db: Db, workspaceId: string, id: string): Promise<boolean> {
  return (await db.selectFrom("contacts").select("id").where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst()) !== undefined;
}

/** How many of a contact's newest signals scoring looks at: one contact's flood costs no more than this. */
export const signalsLookedAt = 2000;

/** The contact's own signals since `since`, newest first, bots left out; what a browser claims and nobody proved is not the contact's. */
export async function selectOwnSignals(db: Db, workspaceId: string, contactId: string, since: number): Promise<ScoredSignal[]> {
  const newest = db
    .selectFrom("signals")
    .select(["id", "type", "page_path", "received_at", "bot"])
    .where("workspace_id", "=", workspaceId)
    .where("contact_id", "=", contactId)
    .where("id", ">=", idFloor(Math.max(0, since)))
    .orderBy("id", "desc")
    .limit(signalsLookedAt)
    .as("newest");
  const rows = await db.selectFrom(newest).selectAll().where("bot", "is", null).orderBy("id", "desc").execute();
  return rows.map((row) => ({ id: row.id, type: row.type, page: row.page_path, at: row.received_at }));
}

export async function findPublication(db: Db, workspaceId: string, profileId: string): Promise<{ version: number; published_at: number } | undefined> {
  return db.selectFrom("icp_publications").select(["version", "published_at"]).where("workspace_id", "=", workspaceId).where("of_id", "=", profileId).executeTakeFirst();
}

export async function selectPublications(db: Db, workspaceId: string, profileIds: readonly string[]): Promise<Map<string, { version: number; published_at: number }>> {
  if (profileIds.length === 0) return new Map();
  const rows = await db.selectFrom("icp_publications").selectAll().where("workspace_id", "=", workspaceId).where("of_id", "in", profileIds).execute();
  return new Map(rows.map((row) => [row.of_id, row]));
}

export async function savePublication(tx: Write, row: { workspace_id: string; of_id: string; version: number; published_at: number }): Promise<void> {
  const { version, published_at } = row;
  await tx
    .insertInto("icp_publications")
    .values(row)
    .onConflict((on) => on.columns(["workspace_id", "of_id"]).doUpdateSet({ version, published_at }))
    .execute();
}

export async function findVersion(db: Db, workspaceId: string, profileId: string, version: number): Promise<string | undefined> {
  const row = await db.selectFrom("icp_profile_versions").select("definition").where("workspace_id", "=", workspaceId).where("of_id", "=", profileId).where("version", "=", version).executeTakeFirst();
  return row?.definition;
}

export async function findLatestScore(db: Db, workspaceId: string, contactId: string, profileId: string): Promise<number | null> {
  const row = await ofContact(db, workspaceId, contactId).select("score").where("icp_profile_id", "=", profileId).orderBy("id", "desc").limit(1).executeTakeFirst();
  return row?.score ?? null;
}

const ofContact = (db: Db, workspaceId: string, contactId: string) => db.selectFrom("contact_scores").where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId);

/** Adds a score and keeps the newest `keep` of this contact and profile. */
export async function insertScore(tx: Write, row: ContactScoreRow, keep: number): Promise<void> {
  await tx.insertInto("contact_scores").values(row).execute();
  const old = await ofContact(tx, row.workspace_id, row.contact_id).select("id").where("icp_profile_id", "=", row.icp_profile_id).orderBy("id", "desc").offset(keep).limit(1).executeTakeFirst();
  if (!old) return;
  await tx
    .deleteFrom("contact_scores")
    .where("workspace_id", "=", row.workspace_id)
    .where("contact_id", "=", row.contact_id)
    .where("icp_profile_id", "=", row.icp_profile_id)
    .where("id", "<=", old.id)
    .execute();
}

export async function setContactScore(tx: Write, workspaceId: string, id: string, set: { score: number; activity_score: number }): Promise<void> {
  await tx.updateTable("contacts").set(set).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
}

export async function selectScores(db: Db, page: { workspaceId: string; contactId: string; profileId: string | undefined; limit: number; before: string | undefined }): Promise<ContactScoreRow[]> {
  let query = ofContact(db, page.workspaceId, page.contactId).selectAll();
  if (page.profileId !== undefined) query = query.where("icp_profile_id", "=", page.profileId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** By the index alone, whose order groups them. */
const latestIdsOfContact = prepared((db, argument) =>
  db
    .selectFrom("contact_scores")
    .select((eb) => eb.fn.max("id").as("id"))
    .where("workspace_id", "=", argument(0))
    .where("contact_id", "=", argument(1))
    .groupBy("icp_profile_id"),
);

/** The latest score by each profile, newest first. */
export async function selectLatestScores(db: Db, workspaceId: string, contactId: string, limit: number): Promise<ContactScoreRow[]> {
  const ids = (await latestIdsOfContact(db, workspaceId, contactId)).map(({ id }) => id).toSorted().toReversed().slice(0, limit);
  if (ids.length === 0) return [];
  return db.selectFrom("contact_scores").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", padded(ids)).orderBy("id", "desc").execute();
}

/** Contacts with a status, newest first. */
export async function selectByStatus(db: Read, workspaceId: string, status: string, limit: number): Promise<ContactRow[]> {
  return db.selectFrom("contacts").selectAll().where("workspace_id", "=", workspaceId).where("status", "=", status).where("archived_at", "is", null).orderBy("id", "desc").limit(limit).execute();
}

export async function selectCompaniesById(db: Read, workspaceId: string, ids: readonly string[]): Promise<CompanyRow[]> {
  return ids.length === 0 ? [] : db.selectFrom("companies").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
}

/** Remembers a contact whose activity score has to fade; forgets one at 0. */
export async function saveActivity(tx: Write, workspaceId: string, contactId: string, score: number, now: number): Promise<void> {
  if (score === 0) {
    await tx.deleteFrom("contact_activity").where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).execute();
    return;
  }
  await tx
    .insertInto("contact_activity")
    .values({ workspace_id: workspaceId, contact_id: contactId, computed_at: now })
    .onConflict((on) => on.columns(["workspace_id", "contact_id"]).doUpdateSet({ computed_at: now }))
    .execute();
}

/** Sets an activity score where it is another. */
export async function setActivityScore(tx: Write, workspaceId: string, contactId: string, score: number): Promise<void> {
  await tx
    .updateTable("contacts")
    .set({ activity_score: score })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", contactId)
    .where((eb) => eb.or([eb("activity_score", "is", null), eb("activity_score", "<>", score)]))
    .execute();
}

export async function selectWorkspaceIds(db: Read): Promise<string[]> {
  return (await db.selectFrom("workspaces").select("id").execute()).map((row) => row.id);
}

/** Up to which signal activity scores know; undefined before the first time. */
export async function findMark(db: Read, workspaceId: string): Promise<string | undefined> {
  return (await db.selectFrom("activity_marks").select("signal_id").where("workspace_id", "=", workspaceId).executeTakeFirst())?.signal_id;
}

export async function saveMark(tx: Write, workspaceId: string, signalId: string): Promise<void> {
  await tx
    .insertInto("activity_marks")
    .values({ workspace_id: workspaceId, signal_id: signalId })
    .onConflict((on) => on.column("workspace_id").doUpdateSet({ signal_id: signalId }))
    .execute();
}

/** The id of the signal that ends a piece of `size` signals after `after`; undefined when fewer are left below `until`. */
export async function findPieceEnd(db: Read, workspaceId: string, after: string, until: string, size: number): Promise<string | undefined> {
  const row = await db.selectFrom("signals").select("id").where("workspace_id", "=", workspaceId).where("id", ">", after).where("id", "<", until).orderBy("id").offset(size - 1).limit(1).executeTakeFirst();
  return row?.id;
}

/** Whose signals came in between two ids (the first excluded), and who became known then and so got a past. */
export async function selectTouched(db: Read, workspaceId: string, after: string, to: string): Promise<string[]> {
  const signals = await db.selectFrom("signals").select("contact_id").distinct().where("workspace_id", "=", workspaceId).where("id", ">", after).where("id", "<=", to).where("contact_id", "is not", null).execute();
  const events = await db.selectFrom("events").select("payload").where("workspace_id", "=", workspaceId).where("kind", "=", "visitor.identified").where("id", ">", after).where("id", "<=", to).execute();
  const ids = [...signals.map((row) => row.contact_id), ...events.map((row) => (JSON.parse(row.payload) as { contactId?: unknown }).contactId)];
  return [...new Set(ids.filter((id) => typeof id === "string"))];
}

/** Contacts whose activity score was last computed before `before`, the longest ago first. */
export async function selectFading(db: Read, workspaceId: string, before: number, limit: number): Promise<string[]> {
  const rows = await db.selectFrom("contact_activity").select("contact_id").where("workspace_id", "=", workspaceId).where("computed_at", "<", before).orderBy("computed_at").limit(limit).execute();
  return rows.map((row) => row.contact_id);
}
