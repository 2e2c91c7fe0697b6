import { prepared } from "../../store/prepared.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { Tables } from "../../store/tables.ts";
import type { EnrichmentJobRow, EnrichmentValueRow } from "../../store/tables-intel.ts";

type Db = Read | Write;
type WaterfallRow = Tables["enrichment_waterfalls"];

export async function contactExists(db: Db, workspaceId: string, id: string): Promise<boolean> {
  return (await db.selectFrom("contacts").select("id").where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst()) !== undefined;
}

/** Nobody else asks for the contact's enrichment, archives or deletes it until the transaction ends. */
export async function lockContact(store: Store, tx: Write, workspaceId: string, id: string): Promise<{ archived_at: number | null } | undefined> {
  const query = tx.selectFrom("contacts").select("archived_at").where("workspace_id", "=", workspaceId).where("id", "=", id);
  return (store.dialect === "postgres" ? query.forUpdate() : query).executeTakeFirst();
}

export async function findLatestJob(db: Db, workspaceId: string, contactId: string): Promise<EnrichmentJobRow | undefined> {
  return db.selectFrom("enrichment_jobs").selectAll().where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).orderBy("id", "desc").limit(1).executeTakeFirst();
}

export async function insertJob(tx: Write, row: EnrichmentJobRow): Promise<void> {
  await tx.insertInto("enrichment_jobs").values(row).execute();
}

/** Whether `max` jobs wait or run. */
export async function isFull(db: Db, workspaceId: string, max: number): Promise<boolean> {
  const row = await db.selectFrom("enrichment_jobs").select("contact_id").where("workspace_id", "=", workspaceId).where("status", "in", ["queued", "running"]).orderBy("contact_id").offset(max - 1).limit(1).executeTakeFirst();
  return row !== undefined;
}

const valuesOfContact = prepared((db, argument) =>
  db
    .selectFrom("enrichment_values")
    .selectAll()
    .where("workspace_id", "=", argument(0))
    .where("contact_id", "=", argument(1)),
);

/** Every provider's value of a contact, the surest and then the newest first. Sorted here: a sorter of the database costs more than the few rows. */
export async function selectValues(db: Db, workspaceId: string, contactId: string): Promise<EnrichmentValueRow[]> {
  const rows = await valuesOfContact(db, workspaceId, contactId);
  return rows.toSorted((a, b) => b.confidence - a.confidence || b.found_at - a.found_at || (a.provider < b.provider ? -1 : 1));
}

export async function upsertValue(tx: Write, row: EnrichmentValueRow): Promise<void> {
  const { value, confidence, found_at } = row;
  await tx
    .insertInto("enrichment_values")
    .values(row)
    .onConflict((on) => on.columns(["workspace_id", "contact_id", "field", "provider"]).doUpdateSet({ value, confidence, found_at }))
    .execute();
}

export async function findWaterfall(db: Db, workspaceId: string): Promise<WaterfallRow | undefined> {
  return db.selectFrom("enrichment_waterfalls").selectAll().where("workspace_id", "=", workspaceId).orderBy("version", "desc").limit(1).executeTakeFirst();
}

/** False when another call took the version first. */
export async function insertWaterfall(tx: Write, row: WaterfallRow): Promise<boolean> {
  const result = await tx.insertInto("enrichment_waterfalls").values(row).onConflict((on) => on.doNothing()).executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}
