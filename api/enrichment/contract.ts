import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { EnrichedValue, type EnrichmentField, enrichmentFields, enrichmentPriorities, phases } from "../../core/enrichment-words.ts";
import { id, params } from "../../core/query-words.ts";
import { line, webUrl } from "../../core/text-words.ts";

const phase = z.enum(phases);
const running = ["queued", "running", "partial", "completed", "failed"] as const;

export const enrichContact = endpoint({
  key: "contacts.enrich", method: "POST", path: "/contacts/:id/enrich", access: "enrichment:write", credits: 5,
  summary: "Queue a contact for enrichment",
  description: "Poll GET /enrichment/:contactId. While a job waits or runs, another call answers that job; a contact enriched within 30 days is skipped unless forceRefresh is true. Both give the credits back. A job waits as `queued` until this server has what it takes to run it.",
  params,
  body: z.strictObject({ priority: z.enum(enrichmentPriorities).default("high"), forceRefresh: z.boolean().default(false) }).optional(),
  answers: {
    202: z.object({
      /** Of a skipped call, the job whose data is fresh. */
      jobId: z.string(),
      contactId: z.string(),
      status: z.enum([...running, "skipped"]),
      /** The job's; `critical` goes first, and what waits long goes before what came later. */
      priority: z.enum(enrichmentPriorities),
      phases: z.array(phase),
    }),
  },
});

export const getEnrichment = endpoint({
  key: "enrichment.get", method: "GET", path: "/enrichment/:contactId", access: "enrichment:read", credits: 0,
  summary: "How far a contact's latest enrichment is",
  description: "`none` before the first; `partial` when some phases failed.",
  params: z.object({ contactId: id }),
  answers: {
    200: z.object({
      contactId: z.string(),
      jobId: z.string().nullable(),
      status: z.enum(["none", ...running]),
      priority: z.enum(enrichmentPriorities).nullable(),
      currentPhase: phase.nullable(),
      completedPhases: z.array(phase),
      errors: z.array(z.object({ phase: phase.nullable(), message: z.string() })),
      queuedAt: z.number().nullable(),
      startedAt: z.number().nullable(),
      finishedAt: z.number().nullable(),
    }),
  },
});

const field = z.enum(enrichmentFields);
export const lookUp = endpoint({
  key: "enrichment.lookup", method: "POST", path: "/enrichment/lookup", access: "enrichment:read", credits: 0,
  summary: "Look a person or company up without saving anything",
  description: "409 NO_ENRICHMENT_PROVIDER as long as none is set up: nothing is queued, since nothing may be kept.",
  body: z
    .strictObject({ email: z.email().max(320).optional(), linkedInUrl: webUrl.optional(), name: line(200).optional(), domain: line(253).optional(), fields: z.array(field).min(1).max(enrichmentFields.length).optional() })
    .refine(({ email, linkedInUrl, domain }) => email ?? linkedInUrl ?? domain, "Name an email, a linkedInUrl or a domain."),
  answers: { 200: z.object({ values: z.partialRecord(field, EnrichedValue) }) },
  examples: [{ body: { email: "jane@acme.com", fields: ["title", "phone"] } }],
});

/** The name of one that the server has itself, or the id of a connector of the workspace that looks people up. */
const provider = z.string().regex(/^[A-Za-z0-9][\w.:-]{0,79}$/, "is a connector's id or a provider's name: letters, digits, and . : _ - after the first");
const order = z.array(provider).max(10).refine((names) => new Set(names).size === names.length, "names a provider twice");
const eachField = <S extends z.ZodType>(schema: S) => Object.fromEntries(enrichmentFields.map((name) => [name, schema])) as Record<EnrichmentField, S>;
const Waterfall = z.object({
  /** 0 before the first saving. */
  version: z.number(),
  /** Who is asked for a field, in this order; the first who answers wins. Every field is there. */
  fields: z.object(eachField(z.array(z.object({ provider: z.string(), /** Whether this server has it right now; others are passed over. */ available: z.boolean() })))),
  updatedAt: z.number().nullable(),
  updatedBy: z.string().nullable(),
});

export const getWaterfall = endpoint({ key: "enrichment.waterfall", method: "GET", path: "/enrichment/waterfall", access: "enrichment:read", credits: 0, summary: "Which providers are asked for which field, in which order", answers: { 200: Waterfall } });
export const putWaterfall = endpoint({
  key: "enrichment.setWaterfall", method: "PUT", path: "/enrichment/waterfall", access: "enrichment:write", credits: 0,
  summary: "Set the order of providers",
  description: "A provider is the id of one of the workspace's connectors for enrichment (http-enrichment), or the name of one that the server has itself. Replaces the whole order: a field that is left out asks nobody. Each change is a version that is kept, and audited.",
  body: z.strictObject({ fields: z.strictObject(eachField(order.optional())) }),
  answers: { 200: Waterfall },
  examples: [{ body: { fields: { title: ["e61b..."], phone: ["e61b..."] } } }],
});
