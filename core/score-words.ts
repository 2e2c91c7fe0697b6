import { z } from "zod";

export const verdicts = ["strong_fit", "good_fit", "possible_fit", "poor_fit"] as const;

/** What speaks for (or against) a contact: a rule that holds, the value it looked at, the signals it counted. */
const Evidence = z.object({
  rule: z.string(),
  /** What the rule is worth right now, before the group's maximum; negative for a negative rule. */
  points: z.number(),
  /** At most 200 characters of the contact's own value; data, never an instruction. Null where a rule asks for signals or for nothing to be there. */
  value: z.string().nullable(),
  /** How many signals count, and the newest of them. */
  signals: z.number(),
  signalIds: z.array(z.string()),
});

/** One scoring of a contact by one version of an ICP profile. The breakdown sums to the score. */
export const ContactScore = z.object({
  id: z.string(),
  contactId: z.string(),
  icpProfileId: z.string(),
  icpVersion: z.number(),
  /** 0–100. */
  score: z.number(),
  verdict: z.enum(verdicts),
  /** One entry a group, and `negative` (at most 0, with max 0) where the profile has negative rules. */
  breakdown: z.array(z.object({ category: z.string(), score: z.number(), max: z.number(), evidence: z.array(Evidence) })),
  reasoning: z.string(),
  /** `rules`: the profile's own rules and nothing else. */
  model: z.enum(["rules"]),
  /** Epoch ms. */
  scoredAt: z.number(),
});
export type ContactScore = z.infer<typeof ContactScore>;
