import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { eventKinds } from "../../core/event-words.ts";
import { cursor, id, limit, pageFields, params } from "../../core/query-words.ts";
import { text, webUrl } from "../../core/text-words.ts";

const kinds = Object.keys(eventKinds);

/** `contact.created`, all of a kind `contact.*`, or everything `*`. */
const event = z.string().max(100).regex(/^(\*|[a-z][a-z_]*(\.[a-z][a-z_]*)*(\.\*)?)$/, "is an event like contact.created, contact.* or *")
  .refine((pattern) => pattern === "*" || kinds.some((kind) => (pattern.endsWith(".*") ? kind.startsWith(pattern.slice(0, -1)) : kind === pattern)), "is no event there is; GET /events/kinds lists them");

export const Webhook = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()),
  status: z.enum(["enabled", "disabled"]),
  /** When the sender itself switched it off (410 Gone, or nothing arrived for three days), and why; null otherwise. */
  disabledAt: z.number().nullable(),
  disabledReason: z.string().nullable(),
  /** Failed tries since the last that arrived, and since when. */
  failures: z.number(),
  failingSince: z.number().nullable(),
  lastSuccessAt: z.number().nullable(),
  /** The receiver asked for silence until then; null when it did not. */
  holdUntil: z.number().nullable(),
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
  /** The receiver's `webhook-id`: the event's id, the same at each try and replay. */
  messageId: z.string(),
  webhookId: z.string(),
  event: z.string(),
  status: z.enum(deliveryStatuses),
  attempts: z.number(),
  /** When it is tried next; null once it is over. */
  nextAttemptAt: z.number().nullable(),
  replayOf: z.string().nullable(),
  responseStatus: z.number().nullable(),
  error: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
const DeliveryDetail = Delivery.extend({
  /** What was sent, or will be. */
  payload: z.record(z.string(), z.unknown()),
  /** Each try. Of the receiver's answers only the status is kept. */
  tries: z.array(z.object({ attempt: z.number(), at: z.number(), durationMs: z.number(), responseStatus: z.number().nullable(), error: z.string().nullable() })),
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
  description:
    "Requests follow Standard Webhooks: POST with webhook-id, webhook-timestamp and webhook-signature (v1), body {type, timestamp, data}. An answer of 2xx is a success; a redirect is not followed. What fails is tried ten times within 75 hours, later where Retry-After asks for it, then kept as dead. 410 switches the webhook off. Each event arrives at least once, in no promised order: webhook-id tells a repeat. See GET /events/kinds for what can be asked for.",
  showsSecret: true,
  body: z.strictObject({ ...needed, description: description.optional() }),
  answers: { 201: WithSecret },
  examples: [{ body: { url: "https://hooks.acme.example/owlbound", events: ["contact.*", "enrollment.completed"], description: "CRM" } }],
});
export const getWebhook = endpoint({ key: "webhooks.get", method: "GET", path: "/webhooks/:id", ...manage, summary: "One webhook", params, answers: { 200: Webhook } });
export const updateWebhook = endpoint({
  key: "webhooks.update", method: "PATCH", path: "/webhooks/:id", ...manage,
  summary: "Change a webhook, or switch it off and on",
  params,
  body: z.strictObject({ ...authored, status: z.enum(["enabled", "disabled"]) }).partial(),
  answers: { 200: Webhook },
  examples: [{ params: { id: "h30f..." }, body: { events: ["contact.*"] } }],
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
  examples: [{ params: { id: "h30f..." }, body: { overlap: "24h" } }],
});
export const testWebhook = endpoint({
  key: "webhooks.test", method: "POST", path: "/webhooks/:id/test", ...manage,
  summary: "Send a webhook.test event now",
  description: "Tried once, also by a webhook that is switched off; GET /webhook-deliveries/:id says what became of it.",
  params,
  answers: { 202: Queued },
});
const epochMs = z.number().int().min(0).max(8.64e15);
export const replayWebhook = endpoint({
  key: "webhooks.replay", method: "POST", path: "/webhooks/:id/replay", ...manage,
  summary: "Queue the deliveries of a time once more",
  description: "Those of this webhook made from `from` (included) to `to` (not included; now when absent), dead ones unless status says otherwise. They keep their webhook-id and payload.",
  params,
  body: z.strictObject({ from: epochMs, to: epochMs.optional(), status: z.enum(deliveryStatuses).default("dead") }),
  answers: { 202: z.object({ webhookId: z.string(), from: z.number(), to: z.number(), status: z.enum(deliveryStatuses) }) },
  examples: [{ params: { id: "h30f..." }, body: { from: 1_705_312_200_000, status: "dead" } }],
});
export const getDelivery = endpoint({
  key: "webhookDeliveries.get", method: "GET", path: "/webhook-deliveries/:id", ...manage,
  summary: "One delivery with its payload and each try",
  params,
  answers: { 200: DeliveryDetail },
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
