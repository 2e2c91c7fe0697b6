import { z } from "zod";
import { endpoint } from "../core/endpoint.ts";
import { priorities, signalTypes } from "../core/signal-words.ts";

const id = z.string().regex(/^[\w-]{1,64}$/, "1 to 64 word characters");
/** Chosen by the sender; word characters only, so that it is safe in URLs and logs. */
const token = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, "8 to 64 characters of A-Z a-z 0-9 _ -");
const epochMs = z.number().int().min(0).max(8.64e15);
/** Publishable keys only; secret keys are never read from a body. */
const key = z.string().max(200).optional();

/**
 * Free text as both databases can hold it: no NUL (PostgreSQL refuses it), half of a cut-off emoji replaced rather than refused.
 */
const storable = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !text.includes("\0"), "holds a NUL character, which can't be stored")
    .transform((text) => text.toWellFormed());

/** `data` is checked by json-guard (bytes, depth, names), which says where and why. */
export const SignalInput = z.strictObject({
  key,
  type: z.enum(signalTypes),
  data: z.record(z.string(), z.unknown()),
  contactId: id.optional(),
  priority: z.enum(priorities).optional(),
  source: storable(100).optional(),
  notes: storable(5000).optional(),
  messageId: token.optional(),
  visitorId: token.optional(),
  sessionId: token.optional(),
  occurredAt: epochMs.optional(),
  sentAt: epochMs.optional(),
  gpc: z.boolean().optional(),
  forced: z.boolean().optional(),
});
export type SignalInput = z.infer<typeof SignalInput>;

export const SignalReceipt = z.object({
  signalId: z.string(),
  /** True when the messageId was stored before: nothing was added. */
  duplicate: z.literal(true).optional(),
});

const batchMax = 100;
export const BatchInput = z.strictObject({ key, signals: z.array(z.unknown()).min(1).max(batchMax), sentAt: epochMs.optional() });

export const BatchResult = z.object({
  status: z.enum(["accepted", "duplicate", "rejected"]),
  signalId: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string(), details: z.array(z.unknown()).optional() }).optional(),
});
export type BatchResult = z.infer<typeof BatchResult>;

export const EngagementInput = z.strictObject({
  key,
  messageId: token,
  engagedMs: z.number().min(0).max(86_400_000).optional(),
  scrollDepth: z.number().min(0).optional(),
  lcp: z.number().min(0).max(3_600_000).optional(),
  inp: z.number().min(0).max(3_600_000).optional(),
  cls: z.number().min(0).max(1000).optional(),
  sentAt: epochMs.optional(),
});
export type EngagementInput = z.infer<typeof EngagementInput>;

const text = storable(200);
export const Person = z.strictObject({
  email: z.string().max(320).optional(),
  contactId: id.optional(),
  firstName: text.optional(),
  lastName: text.optional(),
  company: text.optional(),
  title: text.optional(),
  phone: text.optional(),
});
export type Person = z.infer<typeof Person>;

export const IdentifyInput = z.strictObject({
  key,
  visitorId: token.optional(),
  /** Not needed with the proof of a click, which says who it is. */
  person: Person.optional(),
  /** Signature of the e-mail or contactId, or the token of a link in a mail (`via: "click"`). */
  proof: z.string().max(200).optional(),
  via: z.enum(["form", "api", "click"]).optional(),
  messageId: token.optional(),
  sentAt: epochMs.optional(),
  gpc: z.boolean().optional(),
}).superRefine(({ person, proof, via }, issues) => {
  if (via === "click") {
    if (proof === undefined) issues.addIssue({ code: "custom", path: ["proof"], message: "the token of the link is required" });
  } else if (person?.email === undefined && person?.contactId === undefined) issues.addIssue({ code: "custom", path: ["person"], message: "email or contactId is required" });
});
export type IdentifyInput = z.infer<typeof IdentifyInput>;

export const createSignal = endpoint({
  key: "signals.create",
  method: "POST",
  path: "/signals",
  access: "signals:write",
  credits: 1,
  collector: true,
  summary: "Ingest a signal",
  description: "Stored durably before the answer. The same messageId within at least 7 days is stored once.",
  body: SignalInput,
  answers: { 201: SignalReceipt },
});

export const createSignals = endpoint({
  key: "signals.createBatch",
  method: "POST",
  path: "/signals/batch",
  access: "signals:write",
  credits: batchMax * createSignal.credits,
  creditsOf: ({ signals }) => signals.length * createSignal.credits,
  collector: true,
  summary: "Ingest up to 100 signals",
  description: "One result for each signal, in order; each accepted one costs what POST /signals costs.",
  body: BatchInput,
  answers: { 200: z.object({ results: z.array(BatchResult) }) },
  examples: [{ body: { signals: [{ type: "website_visit", data: { pageUrl: "/pricing" }, messageId: "visit-2025-01-15-1" }, { type: "content_download", data: { file: "pricing.pdf" }, priority: "high" }] } }],
});

export const recordEngagement = endpoint({
  key: "engagement.record",
  method: "POST",
  path: "/engagement",
  access: "signals:write",
  credits: 0,
  collector: true,
  summary: "Report engagement of a visit",
  description: "Cumulative; the maximum of each figure is kept, in any order.",
  body: EngagementInput,
  answers: { 202: z.object({ accepted: z.literal(true) }) },
  examples: [{ body: { messageId: "visit-2025-01-15-1", engagedMs: 42_000, scrollDepth: 80 } }],
});

export const identifyVisitor = endpoint({
  key: "identify.record",
  method: "POST",
  path: "/identify",
  access: "signals:write",
  credits: 0,
  collector: true,
  summary: "Link a visitor to a person",
  description: "From a browser it is a claim, answered alike for everybody, until a signed hash, a form on an allowed origin, or the token of a link in a mail proves it. Anonymous visitors are never linked.",
  body: IdentifyInput,
  answers: {
    202: z.object({ accepted: z.literal(true) }),
    200: z.object({ accepted: z.literal(true), contactId: z.string(), linked: z.boolean() }),
  },
  examples: [{ body: { visitorId: "visitor-of-jane", person: { email: "jane@acme.com", firstName: "Jane" } } }],
});
