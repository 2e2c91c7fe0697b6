import { matchesKind } from "../../core/event-words.ts";
import { newId } from "../../core/id.ts";
import type { DispatchedEvent, EventHandler } from "../../store/dispatch.ts";
import type { WebhookDeliveryRow, WebhookRow } from "../../store/tables-outreach.ts";
import { bodiesOf } from "../events/index.ts";
import { insertDeliveries, selectEnabled } from "./queries.ts";

/** A delivery for each webhook that asks for an event, in the transaction that hands the event out. */
export const webhookDeliveries: EventHandler = {
  name: "webhook-deliveries",
  what: "a delivery for each webhook that asks for an event",
  handle: async ({ clock }, tx, { workspaceId, events }) => {
    const webhooks = await selectEnabled(tx, workspaceId);
    const wanted = events.map((event) => ({ event, to: webhooks.filter((webhook) => asksFor(webhook, event)) })).filter(({ to }) => to.length > 0);
    if (wanted.length === 0) return;
    const bodies = await bodiesOf(tx, workspaceId, wanted.map(({ event }) => event));
    const now = clock.now();
    const rows = wanted.flatMap(({ event, to }, i) => to.map((webhook) => deliveryOf(webhook, { event_id: event.id, event_kind: event.kind, payload: bodies[i] ?? "", contact_id: contactOf(event), replay_of: null }, now)));
    await insertDeliveries(tx, rows);
  },
};

/** A webhook does not hear of itself. */
const asksFor = (webhook: WebhookRow, event: DispatchedEvent) => event.payload["webhookId"] !== webhook.id && matchesKind(JSON.parse(webhook.events) as string[], event.kind);

const contactOf = ({ payload }: DispatchedEvent) => (typeof payload["contactId"] === "string" ? payload["contactId"] : null);

type What = Pick<WebhookDeliveryRow, "event_id" | "event_kind" | "payload" | "contact_id" | "replay_of">;

/** A delivery that is due now. Its `webhook-id` is the event's id, wherever and however often it is sent. */
export function deliveryOf(webhook: Pick<WebhookRow, "workspace_id" | "id">, what: What & { id?: string; message_id?: string }, now: number): WebhookDeliveryRow {
  const id = what.id ?? newId(now);
  return {
    workspace_id: webhook.workspace_id, webhook_id: webhook.id, status: "queued", attempts: 0, next_at: now, response_status: null, error: null, created_at: now, updated_at: now,
    ...what, id, message_id: what.message_id ?? what.event_id ?? id,
  };
}
