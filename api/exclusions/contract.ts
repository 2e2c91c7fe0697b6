import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { domain, ExclusionRule } from "../../core/exclusion-words.ts";
import { cursor, limit, pageFields, params } from "../../core/query-words.ts";
import { line } from "../../core/text-words.ts";

export const Exclusion = z.object({ id: z.string(), rule: ExclusionRule, note: z.string().nullable(), createdAt: z.number() });

/** `value` is null once the person was erased: the opt-out itself stays. */
export const Suppression = z.object({ id: z.string(), kind: z.enum(["email", "domain"]), value: z.string().nullable(), reason: z.string().nullable(), createdAt: z.number() });

const manage = { access: "sequences:manage", credits: 0 } as const;
const page = z.object({ limit: limit(100, 50), cursor });

export const listExclusions = endpoint({
  key: "exclusions.list", method: "GET", path: "/exclusions", ...manage,
  summary: "Rules that hold for every sequence, newest first",
  query: page,
  answers: { 200: z.object({ exclusions: z.array(Exclusion), ...pageFields }) },
});
export const createExclusion = endpoint({
  key: "exclusions.create", method: "POST", path: "/exclusions", ...manage,
  summary: "Add a rule; it holds for enrollments from now on",
  body: z.strictObject({ rule: ExclusionRule, note: line(300).optional() }),
  answers: { 201: Exclusion },
  examples: [{ body: { rule: { rule: "domain", domains: ["rival.com"] }, note: "Competitor" } }],
});
export const deleteExclusion = endpoint({ key: "exclusions.delete", method: "DELETE", path: "/exclusions/:id", ...manage, summary: "Remove a rule", params, answers: { 200: Exclusion } });

export const listSuppressions = endpoint({
  key: "suppressions.list", method: "GET", path: "/suppressions", ...manage,
  summary: "Opt-outs, newest first",
  query: page,
  answers: { 200: z.object({ suppressions: z.array(Suppression), ...pageFields }) },
});
export const createSuppression = endpoint({
  key: "suppressions.create", method: "POST", path: "/suppressions", ...manage,
  summary: "Opt an address or a whole domain out",
  description: "Wins over everything: stops running enrollments and refuses new ones. What is opted out already is answered as it is, with 200.",
  body: z.strictObject({ email: z.string().max(320).optional(), domain: domain.optional(), reason: line(300).optional() }).refine((body) => (body.email === undefined) !== (body.domain === undefined), "names an email or a domain, one of them"),
  answers: { 201: Suppression.extend({ enrollmentsStopped: z.number() }), 200: Suppression.extend({ enrollmentsStopped: z.number() }) },
  examples: [{ body: { email: "left@acme.com", reason: "Asked by phone" } }],
});
export const deleteSuppression = endpoint({
  key: "suppressions.delete", method: "DELETE", path: "/suppressions/:id", ...manage,
  summary: "Take an opt-out back, when the person asked for it",
  params,
  answers: { 200: Suppression },
});
