import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, id, limit, pageFields, params } from "../../core/query-words.ts";
import { text, webUrl } from "../../core/text-words.ts";

/** `contact.created`, all of a kind `contact.*`, or everything `*`. */
const event = z.string().max(100).regex(/^(\*|[a-z][a-z_]*(\.[a-z][a-z_]*)*(\.\*)?)$/, "is an event like contact.created, contact.* or *");

export const Webhook = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()),
  status: z.enum(["enabled", "disabled"]),
  /** Until when requests carry a signature of the old secret as well; null when there is none. */
  oldSecretUntil: z.number().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
/** `secret` (Standard Webhooks, whsec_…) is shown here and never again. */
const WithSecret = Webhook.extend({ secret: z.string() });

export const deliveryStatuses = ["queued", "delivered", "failed", "dead"] as const;
export const Delivery = z.object({
  id: z.string(),
  webhookId: z.string(),
  event: z.string(),
  status: z.enum(deliveryStatuses),
  attempts: z.number(),
  replayOf: z.string().nullable(),
  responseStatus: z.number().nullable(),
  error: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
const Queued = z.object({ deliveryId: z.string(), status: z.enum(deliveryStatuses) });

const authored = { url: webUrl, events: z.array(event).min(1).max(50), description: text(300).nullable() };
const { description, ...needed } = authored;
const manage = { access: "webhooks:manage", credits: 0 } as const;

export const listWebhooks = endpoint({
  key: "webhooks.list", method: "GET", path: "/webhooks", ...manage,
  summary: "List webhooks, newest first",
  query: z.object({ limit: limit(100, 50), cursor }),
  answers: { 200: z.object({ webhooks: z.array(Webhook), ...pageFields }) },
});
export const createWebhook = endpoint({
  key: "webhooks.create", method: "POST", path: "/webhooks", ...manage,
  summary: "Add a webhook; its signing secret is shown once",
  showsSecret: true,
  body: z.strictObject({ ...needed, description: description.optional() }),
  answers: { 201: WithSecret },
});
export const getWebhook = endpoint({ key: "webhooks.get", method: "GET", path: "/webhooks/:id", ...manage, summary: "One webhook", params, answers: { 200: Webhook } });
export const updateWebhook = endpoint({
  key: "webhooks.update", method: "PATCH", path: "/webhooks/:id", ...manage,
  summary: "Change a webhook, or switch it off and on",
  params,
  body: z.strictObject({ ...authored, status: z.enum(["enabled", "disabled"]) }).partial(),
  answers: { 200: Webhook },
});
export const deleteWebhook = endpoint({ key: "webhooks.delete", method: "DELETE", path: "/webhooks/:id", ...manage, summary: "Remove a webhook and its deliveries", params, answers: { 200: Webhook } });
export const rotateWebhook = endpoint({
  key: "webhooks.rotate", method: "POST", path: "/webhooks/:id/rotate", ...manage,
  summary: "A new signing secret, shown once",
  description: "While both hold, requests carry a signature of each.",
  showsSecret: true,
  params,
  body: z.strictObject({ overlap: z.enum(["0", "1h", "24h", "7d"]).default("24h") }),
  answers: { 200: WithSecret },
});
export const testWebhook = endpoint({
  key: "webhooks.test", method: "POST", path: "/webhooks/:id/test", ...manage,
  summary: "Queue a webhook.test event for a webhook",
  params,
  answers: { 202: Queued },
});
export const listDeliveries = endpoint({
  key: "webhookDeliveries.list", method: "GET", path: "/webhook-deliveries", ...manage,
  summary: "Deliveries, newest first",
  query: z.object({ limit: limit(100, 50), cursor, webhookId: id.optional(), status: z.enum(deliveryStatuses).optional() }),
  answers: { 200: z.object({ deliveries: z.array(Delivery), ...pageFields }) },
});
export const replayDelivery = endpoint({
  key: "webhookDeliveries.replay", method: "POST", path: "/webhook-deliveries/:id/replay", ...manage,
  summary: "Queue a delivery once more, with the same payload",
  params,
  answers: { 202: Queued },
});
