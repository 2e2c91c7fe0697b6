import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, id, limit, pageFields, params } from "../../core/query-words.ts";
import { line, text } from "../../core/text-words.ts";

export const channels = ["email", "linkedin"] as const;

export const Thread = z.object({
  id: z.string(),
  channel: z.enum(channels),
  contactId: z.string().nullable(),
  connectorId: z.string().nullable(),
  subject: z.string().nullable(),
  messages: z.number(),
  lastMessageAt: z.number(),
  createdAt: z.number(),
});

export const Message = z.object({
  id: z.string(),
  /** `in`: from the contact. */
  direction: z.enum(["in", "out"]),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string().nullable(),
  /** Plain text as it came in: never render it as HTML. */
  body: z.string(),
  sentAt: z.number(),
});

export const Draft = z.object({ id: z.string(), threadId: z.string(), subject: z.string().nullable(), body: z.string(), createdAt: z.number() });

const read = { access: "messages:read", credits: 0 } as const;

export const listThreads = endpoint({
  key: "messages.threads", method: "GET", path: "/messages/threads", ...read,
  summary: "Message threads, last message first",
  description: "Connectors of mailboxes and LinkedIn accounts fill them; empty without one.",
  query: z.object({ limit: limit(100, 50), cursor, channel: z.enum(channels).optional(), contactId: id.optional() }),
  answers: { 200: z.object({ threads: z.array(Thread), ...pageFields }) },
});
export const getThread = endpoint({
  key: "messages.thread", method: "GET", path: "/messages/threads/:id", ...read,
  summary: "One thread: its messages, newest first, and its drafts",
  params,
  query: z.object({ limit: limit(100, 50), cursor }),
  answers: { 200: Thread.omit({ messages: true }).extend({ messageCount: z.number(), messages: z.array(Message), drafts: z.array(Draft), ...pageFields }) },
});
export const createDraft = endpoint({
  key: "messages.draft", method: "POST", path: "/messages/threads/:id/draft", access: "messages:write", credits: 0,
  summary: "Store a draft of an answer; nothing is sent",
  params,
  body: z.strictObject({ subject: line(300).optional(), body: text(100_000).refine((typed) => typed.trim() !== "", "is empty") }),
  answers: { 201: Draft },
  examples: [{ params: { id: "t77c..." }, body: { body: "Thank you, Tuesday at ten suits me well." } }],
});
