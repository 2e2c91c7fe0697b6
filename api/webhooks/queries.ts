import type { Read, Write } from "../../store/store.ts";
import type { WebhookDeliveryRow, WebhookRow } from "../../store/tables-outreach.ts";

interface Page {
  workspaceId: string;
  limit: number;
  before: string | undefined;
}

export async function insertWebhook(tx: Write, row: WebhookRow): Promise<void> {
  await tx.insertInto("webhooks").values(row).execute();
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
  await tx.deleteFrom("webhook_deliveries").where("workspace_id", "=", workspaceId).where("webhook_id", "=", id).execute();
  return tx.deleteFrom("webhooks").where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

export async function selectWebhooks(db: Read, page: Page): Promise<WebhookRow[]> {
  const query = db.selectFrom("webhooks").selectAll().where("workspace_id", "=", page.workspaceId).orderBy("id", "desc").limit(page.limit);
  return (page.before === undefined ? query : query.where("id", "<", page.before)).execute();
}

export async function insertDelivery(tx: Write, row: WebhookDeliveryRow): Promise<void> {
  await tx.insertInto("webhook_deliveries").values(row).execute();
}

export async function findDelivery(tx: Write, workspaceId: string, id: string): Promise<WebhookDeliveryRow | undefined> {
  return tx.selectFrom("webhook_deliveries").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function selectDeliveries(db: Read, page: Page & { webhookId: string | undefined; status: WebhookDeliveryRow["status"] | undefined }): Promise<WebhookDeliveryRow[]> {
  let query = db.selectFrom("webhook_deliveries").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.webhookId !== undefined) query = query.where("webhook_id", "=", page.webhookId);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}
