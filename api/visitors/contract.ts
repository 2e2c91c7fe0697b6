import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";

const id = z.string().min(1).max(64);
const flag = z.enum(["true", "false", "1", "0"]).transform((text) => text === "true" || text === "1");

export const Visitor = z.object({
  id: z.string(),
  /** `anonymous`: today's keyed hash; `identified`: a first-party id. */
  mode: z.enum(["anonymous", "identified"]),
  contactId: z.string().nullable(),
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
    limit: z.coerce.number().int().min(1).max(100).default(50),
    cursor: z.string().max(1000).optional(),
    known_only: flag.default(false),
    include_bots: flag.default(false),
  }),
  answers: { 200: z.object({ visitors: z.array(Visitor), hasMore: z.boolean(), nextCursor: z.string().nullable() }) },
});

export const getVisitor = endpoint({
  key: "visitors.get",
  method: "GET",
  path: "/visitors/:id",
  access: "signals:read",
  credits: 0,
  summary: "One visitor with the latest 50 sessions",
  params: z.object({ id }),
  answers: { 200: Visitor.extend({ recentSessions: z.array(Session) }) },
});
