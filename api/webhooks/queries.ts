import { sql } from "kysely";
import { idFloor } from "../../core/id.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { WebhookAttemptRow } from "../../store/tables-events.ts";
import type { WebhookDeliveryRow, WebhookRow } from "../../store/tables-outreach.ts";

const rowsPerInsert = 200;

interface Page {
  workspaceId: string;
  limit: number;
  before: string | undefined;
}

export async function insertWebhook(tx: Write, row: WebhookRow): Promise<void> {
  await tx.insertInto("webhooks").values(row).execute();
}

export async function countWebhooks(tx: Write, workspaceId: string): Promise<number> {
  const row = await tx.selectFrom("webhooks").select((eb) => eb.fn.countAll<number>().as("n")).where("workspace_id", "=", workspaceId).executeTakeFirst();
  return Number(row?.n ?? 0);
}

export async function findWebhook(db: Read | Write, workspaceId: string, id: string): Promise<WebhookRow | undefined> {
  return db.selectFrom("webhooks").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

/** Changes a webhook and answers it as it is then; undefined when there is none. */
export async function updateWebhook(tx: Write, workspaceId: string, id: string, change: Partial<WebhookRow>): Promise<WebhookRow | undefined> {
  return tx.updateTable("webhooks").set(change).where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

/** Makes the secret the old one and puts another in its place, in one statement. */
export async function rotateSecret(tx: Write, workspaceId: string, id: string, change: Pick<WebhookRow, "secret" | "old_secret_until" | "updated_at">): Promise<WebhookRow | undefined> {
  return tx
    .updateTable("webhooks")
    .set((eb) => ({ ...change, old_secret: change.old_secret_until === null ? null : eb.ref("secret") }))
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

export async function deleteWebhook(tx: Write, workspaceId: string, id: string): Promise<WebhookRow | undefined> {
  const own = tx.selectFrom("webhook_deliveries").select("id").where("workspace_id", "=", workspaceId).where("webhook_id", "=", id);
  await tx.deleteFrom("webhook_attempts").where("workspace_id", "=", workspaceId).where("delivery_id", "in", own).execute();
  await tx.deleteFrom("webhook_deliveries").where("workspace_id", "=", workspaceId).where("webhook_id", "=", id).execute();
  return tx.deleteFrom("webhooks").where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

export async function selectWebhooks(db: Read, page: Page): Promise<WebhookRow[]> {
  const query = db.selectFrom("webhooks").selectAll().where("workspace_id", "=", page.workspaceId).orderBy("id", "desc").limit(page.limit);
  return (page.before === undefined ? query : query.where("id", "<", page.before)).execute();
}

/** Those that are sent to, with what they ask for. */
export async function selectEnabled(db: Read | Write, workspaceId: string): Promise<WebhookRow[]> {
  return db.selectFrom("webhooks").selectAll().where("workspace_id", "=", workspaceId).where("status", "=", "enabled").orderBy("id").execute();
}

/** Rows that are there already stay as they are. */
export async function insertDeliveries(tx: Write, rows: readonly WebhookDeliveryRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsPerInsert) {
    await tx
      .insertInto("webhook_deliveries")
      .values(rows.slice(from, from + rowsPerInsert))
      .onConflict((on) => on.doNothing())
      .execute();
  }
}

export async function findDelivery(tx: Read | Write, workspaceId: string, id: string): Promise<WebhookDeliveryRow | undefined> {
  return tx.selectFrom("webhook_deliveries").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function selectDeliveries(db: Read, page: Page & { webhookId: string | undefined; status: WebhookDeliveryRow["status"] | undefined }): Promise<WebhookDeliveryRow[]> {
  let query = db.selectFrom("webhook_deliveries").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.webhookId !== undefined) query = query.where("webhook_id", "=", page.webhookId);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export async function selectAttempts(db: Read, workspaceId: string, deliveryId: string): Promise<WebhookAttemptRow[]> {
  return db.selectFrom("webhook_attempts").selectAll().where("workspace_id", "=", workspaceId).where("delivery_id", "=", deliveryId).orderBy("attempt").execute();
}

export async function anyDue(db: Read, now: number): Promise<boolean> {
  return (await db.selectFrom("webhook_deliveries").select("id").where("next_at", "<=", now).limit(1).executeTakeFirst()) !== undefined;
}

export interface Lane {
  workspaceId: string;
  webhookId: string;
}

/** The first webhook after this one for which something waits, and when its first is due. */
export async function nextLane(db: Read, after: Lane): Promise<(Lane & { dueAt: number }) | undefined> {
  const row = await db
    .selectFrom("webhook_deliveries")
    .select(["workspace_id", "webhook_id", "next_at"])
    .where("next_at", "is not", null)
    .where((eb) => eb(eb.refTuple("workspace_id", "webhook_id"), ">", eb.tuple(after.workspaceId, after.webhookId)))
    .orderBy("workspace_id")
    .orderBy("webhook_id")
    .orderBy("next_at")
    .limit(1)
    .executeTakeFirst();
  return row && { workspaceId: row.workspace_id, webhookId: row.webhook_id, dueAt: Number(row.next_at) };
}

/** Takes up to `max` due deliveries of a webhook until `until`: by then another process may. The first that came goes first. */
export async function claimDue(store: Store, lane: Lane, how: { now: number; until: number; max: number; onlyKind?: string | undefined }): Promise<WebhookDeliveryRow[]> {
  return store.write(async (tx) => {
    let due = tx.selectFrom("webhook_deliveries").select("id").where("workspace_id", "=", lane.workspaceId).where("webhook_id", "=", lane.webhookId).where("next_at", "<=", how.now);
    if (how.onlyKind !== undefined) due = due.where("event_kind", "=", how.onlyKind);
    due = due.orderBy("next_at").orderBy("id").limit(how.max);
    if (store.dialect === "postgres") due = due.forUpdate().skipLocked();
    const ids = (await due.execute()).map(({ id }) => id);
    if (ids.length === 0) return [];
    const rows = await tx.updateTable("webhook_deliveries").set({ next_at: how.until }).where("workspace_id", "=", lane.workspaceId).where("id", "in", ids).returningAll().execute();
    return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  });
}

/** Webhooks that were switched off by the sender, or whose last tries all failed. */
export async function selectUnwell(db: Read, workspaceId: string, failures: number): Promise<WebhookRow[]> {
  return db
    .selectFrom("webhooks")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where((eb) => eb.or([eb("disabled_at", "is not", null), eb.and([eb("status", "=", "enabled"), eb("failures", ">=", failures)])]))
    .execute();
}

/** What became of a try, unless another process has the delivery by now; answers whether it was written. */
export async function saveTry(tx: Write, delivery: WebhookDeliveryRow, change: Partial<WebhookDeliveryRow>, attempt: WebhookAttemptRow): Promise<boolean> {
  const result = await tx
    .updateTable("webhook_deliveries")
    .set(change)
    .where("workspace_id", "=", delivery.workspace_id)
    .where("id", "=", delivery.id)
    .where("next_at", "=", delivery.next_at)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) return false;
  await tx.insertInto("webhook_attempts").values(attempt).execute();
  return true;
}

/** All that waits for a webhook is over, with a reason; replayable. */
export async function endWaiting(tx: Write, lane: Lane, error: string, now: number): Promise<void> {
  await tx
    .updateTable("webhook_deliveries")
    .set({ status: "dead", next_at: null, error, updated_at: now })
    .where("workspace_id", "=", lane.workspaceId)
    .where("webhook_id", "=", lane.webhookId)
    .where("next_at", "is not", null)
    .execute();
}

/** Counts a failed try; answers the webhook as it is then. */
export async function countFailure(tx: Write, lane: Lane, at: number, holdUntil: number | undefined): Promise<WebhookRow | undefined> {
  return tx
    .updateTable("webhooks")
    .set((eb) => ({
      failures: eb("failures", "+", 1),
      failing_since: eb.fn.coalesce("failing_since", sql<number>`${at}`),
      ...(holdUntil === undefined ? {} : { hold_until: holdUntil }),
    }))
    .where("workspace_id", "=", lane.workspaceId)
    .where("id", "=", lane.webhookId)
    .returningAll()
    .executeTakeFirst();
}

/** Deliveries of a webhook made in a time, oldest first. */
export async function selectForReplay(db: Read | Write, lane: Lane, how: { from: number; to: number; status: WebhookDeliveryRow["status"]; after: string; limit: number }): Promise<WebhookDeliveryRow[]> {
  return db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("workspace_id", "=", lane.workspaceId)
    .where("webhook_id", "=", lane.webhookId)
    .where("id", ">=", idFloor(how.from))
    .where("id", "<", idFloor(how.to))
    .where("id", ">", how.after)
    .where("status", "=", how.status)
    .orderBy("id")
    .limit(how.limit)
    .execute();
}

/**
 * Deliveries that tell of a person are gone, whether sent or not.
 * @internal used by tests, and by the erasure of a person that comes next.
 */
export async function deleteDeliveriesOf(tx: Write, workspaceId: string, contactIds: readonly string[]): Promise<void> {
  if (contactIds.length === 0) return;
  const theirs = tx.selectFrom("webhook_deliveries").select("id").where("workspace_id", "=", workspaceId).where("contact_id", "in", contactIds);
  await tx.deleteFrom("webhook_attempts").where("workspace_id", "=", workspaceId).where("delivery_id", "in", theirs).execute();
  await tx.deleteFrom("webhook_deliveries").where("workspace_id", "=", workspaceId).where("contact_id", "in", contactIds).execute();
}
