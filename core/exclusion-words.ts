import { z } from "zod";
import { contactStatuses } from "./contact-words.ts";
import { line } from "./text-words.ts";

/** `rival.com`: that domain and those below it. Written as in an e-mail address, IDN included. */
export const domain = z
  .string()
  .trim()
  .max(253)
  .regex(/^[\p{L}\p{N}]([\p{L}\p{M}\p{N}-]*\.)+[\p{L}\p{M}\p{N}-]+$/u, "is no domain: write it like example.com")
  .toLowerCase();

/** Who is not to be enrolled: rules of one sequence, or of the whole workspace (`/exclusions`). */
export const ExclusionRule = z.discriminatedUnion("rule", [
  z.strictObject({ rule: z.literal("active_elsewhere") }).describe("is in another sequence right now"),
  z.strictObject({ rule: z.literal("contacted_within_days"), days: z.number().int().min(1).max(395) }).describe("got a message within the last days"),
  z.strictObject({ rule: z.literal("domain"), domains: z.array(domain).min(1).max(1000) }).describe("has an e-mail address of one of these domains"),
  z.strictObject({ rule: z.literal("status"), statuses: z.array(z.enum(contactStatuses)).min(1).max(contactStatuses.length) }).describe("has one of these statuses"),
  z.strictObject({ rule: z.literal("tag"), tags: z.array(line(100)).min(1).max(100) }).describe("has one of these tags"),
]);
export type ExclusionRule = z.infer<typeof ExclusionRule>;
