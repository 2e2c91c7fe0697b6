import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, limit, pageFields, params } from "../../core/query-words.ts";

export const timelineKinds = ["signal", "message", "run", "enrollment", "change"] as const;

export const TimelineEntry = z.object({
  kind: z.enum(timelineKinds),
  /** Of the signal, message, workflow run, enrollment or event: the evidence. */
  id: z.string(),
  /** Epoch ms. */
  at: z.number(),
  /** What it was: the signal's type, the message's direction, the run's or enrollment's status, the event's kind. */
  what: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const getTimeline = endpoint({
  key: "contacts.timeline", method: "GET", path: "/contacts/:id/timeline", access: "contacts:read", credits: 0,
  summary: "What happened with a contact, newest first",
  description: "Signals, messages, workflow runs, enrollments, and changes of the contact itself; of merged contacts too. kind names some of them, with commas between.",
  params,
  query: z.object({
    limit: limit(100, 50),
    cursor,
    kind: z
      .string()
      .max(200)
      .transform((typed) => typed.split(",").map((part) => part.trim()))
      .pipe(z.array(z.enum(timelineKinds)).min(1))
      .optional(),
  }),
  answers: { 200: z.object({ entries: z.array(TimelineEntry), ...pageFields }) },
  examples: [{ params: { id: "k97f..." }, query: { kind: "signal,change", limit: 20 } }],
});

const nullable = z.string().nullable();
export const Why = z.object({
  contactId: z.string(),
  /** How the contact came to be here. */
  origin: z.object({ source: z.string(), at: z.number(), eventId: nullable }),
  /** Who it is by now, when it was merged. */
  mergedInto: nullable,
  /** Visitors who are this contact, latest first, with what proved it. */
  visitors: z.array(
    z.object({
      visitorId: z.string(),
      proofs: z.array(z.object({ claimId: z.string(), proof: nullable, at: z.number() })),
      signals: z.object({ count: z.number(), firstId: nullable, lastId: nullable }),
      /** Where its running session comes from, by the network. */
      companies: z.array(z.object({ companyId: z.string(), via: z.string(), evidence: z.string(), matchId: z.string(), at: z.number() })),
    }),
  ),
  /** What was said of it and not believed (`claim`), or contradicts what was known (`conflict`). */
  unproved: z.array(z.object({ claimId: z.string(), visitorId: z.string(), state: z.enum(["claim", "conflict"]), proof: nullable, at: z.number() })),
  /** Signals that a server sent for this contact, without a visitor. */
  directSignals: z.object({ count: z.number(), firstId: nullable, lastId: nullable }),
  company: z.object({ companyId: z.string(), reason: z.enum(["email_domain", "assigned"]), evidence: nullable }).nullable(),
  /** Latest first; the breakdown with its evidence is in the score. */
  scores: z.array(z.object({ scoreId: z.string(), icpProfileId: z.string(), icpVersion: z.number(), score: z.number(), verdict: z.string(), at: z.number() })),
  /** Whose word a field is. */
  enrichment: z.array(z.object({ field: z.string(), provider: z.string(), confidence: z.number(), at: z.number() })),
  merges: z.array(z.object({ mergeId: z.string(), loserIds: z.array(z.string()), at: z.number() })),
});

export const explainContact = endpoint({
  key: "contacts.why", method: "GET", path: "/contacts/:id/why", access: "contacts:read", credits: 0,
  summary: "Why a contact is known, and linked as it is",
  description: "The chain of evidence, each link with its id: origin, visitors and their proofs, signals, company, scores, enrichment, merges. The latest 50 of each; counts stop at 1,000.",
  params,
  answers: { 200: Why },
  examples: [{ params: { id: "k97f..." } }],
});
