import { z } from "zod";

/** What enrichment goes through for a contact, in this order. */
export const phases = ["linkedin_profile", "contact_info", "activity", "connection", "scoring"] as const;

/** What providers can find out; each field has its own order of providers. */
export const enrichmentFields = ["email", "phone", "linkedInUrl", "title", "company", "companyDomain", "industry", "companySize", "location"] as const;
export type EnrichmentField = (typeof enrichmentFields)[number];

export const enrichmentPriorities = ["critical", "high", "medium", "low"] as const;
export type EnrichmentPriority = (typeof enrichmentPriorities)[number];

/** A value that a provider found. */
export const EnrichedValue = z.object({
  value: z.unknown(),
  provider: z.string(),
  /** 0–1, as the provider says. */
  confidence: z.number(),
  /** Epoch ms. */
  at: z.number(),
});
