import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, limit } from "../../core/query-words.ts";

const pattern = /^(\*|[a-z][a-z_]*(\.[a-z][a-z_]*)*(\.\*)?)$/;
const manage = { access: "webhooks:manage", credits: 0 } as const;

export const Event = z.object({
  /** Also the `webhook-id` of its deliveries. */
  id: z.string(),
  type: z.string(),
  /** ISO 8601, as in the webhooks' bodies. */
  timestamp: z.string(),
  /** Ids and words; what they name is read from its own endpoint, as it is by then. */
  data: z.record(z.string(), z.unknown()),
});

export const EventFilter = z.object({
  limit: limit(500, 100),
  cursor,
  /** `contact.created`, `contact.*`, several with commas; all when absent. */
  types: z
    .string()
    .max(1000)
    .transform((text) => text.split(",").map((part) => part.trim()).filter((part) => part !== ""))
    .refine((parts) => parts.length <= 20 && parts.every((part) => pattern.test(part)), "is a list of at most 20 events like contact.created, contact.* or *")
    .optional(),
  start: z.enum(["oldest", "latest"]).default("oldest"),
});
export type EventFilter = z.infer<typeof EventFilter>;

export const listEvents = endpoint({
  key: "events.list", method: "GET", path: "/events", ...manage,
  summary: "Events in the order of their commits, oldest first: a feed to follow",
  description:
    "Begin without a cursor (start=latest: from now on), then go on with nextCursor for ever: it is always there, also at the end, where hasMore is false. No event is left out or comes twice, however many changes are committed at once. Events are kept for 30 days; a cursor that lies further back is 400 expired_cursor. With types, a page may hold few events, or none, while hasMore is true.",
  query: EventFilter,
  answers: { 200: z.object({ events: z.array(Event), hasMore: z.boolean(), nextCursor: z.string() }) },
});

export const listEventKinds = endpoint({
  key: "events.kinds", method: "GET", path: "/events/kinds", ...manage,
  summary: "The catalogue of events",
  description: "data holds the ids; a webhook's body also carries, each under its own name, what they stand for, as the API shows it at that moment (null when it is gone).",
  answers: { 200: z.object({ kinds: z.array(z.object({ type: z.string(), description: z.string(), data: z.array(z.string()), carries: z.array(z.string()) })) }) },
});
