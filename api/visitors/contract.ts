import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, flag, limit, pageFields, params } from "../../core/query-words.ts";


export const Visitor = z.object({
  id: z.string(),
  /** `anonymous`: today's keyed hash; `identified`: a first-party id. */
  mode: z.enum(["anonymous", "identified"]),
  contactId: z.string().nullable(),
  /** Of the running session, by the visitor's network. */
  companyId: z.string().nullable(),
  firstSeenAt: z.number(),
  lastSeenAt: z.number(),
  signals: z.number(),
  sessions: z.number(),
  bot: z.string().nullable(),
});

export const Session = z.object({
  id: z.string(),
  startedAt: z.number(),
  lastAt: z.number(),
  signals: z.number(),
  entryPath: z.string().nullable(),
  referrerKind: z.string().nullable(),
});

export const listVisitors = endpoint({
  key: "visitors.list",
  method: "GET",
  path: "/visitors",
  access: "signals:read",
  credits: 0,
  summary: "List visitors, last started session first",
  query: z.object({
    limit: limit(100, 50),
    cursor,
    known_only: flag.default(false),
    include_bots: flag.default(false),
  }),
  answers: { 200: z.object({ visitors: z.array(Visitor), ...pageFields }) },
});

export const getVisitor = endpoint({
  key: "visitors.get",
  method: "GET",
  path: "/visitors/:id",
  access: "signals:read",
  credits: 0,
  summary: "One visitor with the latest 50 sessions",
  params,
  answers: { 200: Visitor.extend({ recentSessions: z.array(Session) }) },
});
