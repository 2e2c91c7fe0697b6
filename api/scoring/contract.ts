import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, flag, id, limit, pageFields, params } from "../../core/query-words.ts";
import { ContactScore } from "../../core/score-words.ts";
import { shaped } from "../../core/shape-words.ts";
import { storedTypes } from "../../core/signal-words.ts";
import { line, text } from "../../core/text-words.ts";
import { checkComparison, type Comparison, comparisonFields } from "../conditions/contract.ts";

const groupsMax = 20;
const criteriaMax = 100;
/** The breakdown's own word for what negative rules take away. */
export const negativeCategory = "negative";

const points = z.number().int().min(1).max(100);

/** A comparison of a field, and what it is worth while it holds. */
export type FieldRule = Comparison & { points: number };
/** Each signal of this type is worth `points` when it comes in, half after `halfLifeDays`, a quarter after twice as long. */
export interface ActivityRule {
  activity: (typeof storedTypes)[number];
  /** Only visits of pages like this, e.g. `/pricing*`. */
  page?: string | undefined;
  halfLifeDays: number;
  points: number;
}
export type Criterion = FieldRule | ActivityRule;

const FieldRule: z.ZodType<FieldRule> = z
  .strictObject({ ...comparisonFields, points })
  .superRefine(checkComparison)
  .superRefine(({ field }, ctx) => {
    if (/^(signal|enrollment)\.|^(contact\.)?score$/.test(field)) ctx.addIssue({ code: "custom", path: ["field"], message: "A profile looks at contact.* (not at its score) and company.* fields, and at signals by { activity, halfLifeDays, points }." });
  });
const ActivityRule: z.ZodType<ActivityRule> = z.strictObject({ activity: z.enum(storedTypes), page: line(200).optional(), halfLifeDays: z.number().min(0.5).max(90), points });

const Criterion = shaped<Criterion>(
  (value) => ("activity" in value ? ActivityRule : "field" in value ? FieldRule : "A criterion is { field, op, value, points } or { activity, halfLifeDays, points }.") as z.ZodType<Criterion> | string,
  { description: "{ field, op, value, points }: a comparison as in workflows; or { activity, page, halfLifeDays, points }: signals that fade", examples: [{ field: "contact.title", op: "contains", value: "VP", points: 30 }] },
);

const Group = z.strictObject({ category: line(60), /** What the group is worth at most. */ max: z.number().int().min(1).max(100), criteria: z.array(Criterion).min(1).max(50) });

/** What is worth how much: the groups' maxima sum to 100. */
const Groups = z
  .array(Group)
  .min(1)
  .max(groupsMax)
  .superRefine((groups, ctx) => {
    const sum = groups.reduce((all, { max }) => all + max, 0);
    if (groups.length > 0 && sum !== 100) ctx.addIssue({ code: "custom", message: `The maxima of all groups have to sum to 100; they sum to ${sum}.` });
    if (groups.reduce((all, { criteria }) => all + criteria.length, 0) > criteriaMax) ctx.addIssue({ code: "custom", message: `A profile has at most ${criteriaMax} criteria.` });
    const seen = new Set<string>([negativeCategory]);
    for (const [i, { category }] of groups.entries()) {
      const name = category.trim().toLowerCase();
      if (seen.has(name)) ctx.addIssue({ code: "custom", path: [i, "category"], message: name === negativeCategory ? `"${negativeCategory}" is the category of the negative rules.` : "Another group has this category." });
      seen.add(name);
    }
  });

const authored = { name: line(200), description: text(5000).nullable(), groups: Groups, /** What these take off; never below 0 in all. */ negative: z.array(FieldRule).max(50) };
const { name, ...defined } = authored;

export const ProfileInput = z.strictObject({ name, groups: Groups, description: authored.description.optional(), negative: authored.negative.optional() });
export const ProfilePatch = z.strictObject(authored).partial();
export const Definition = z.strictObject(defined);
export type Definition = z.infer<typeof Definition>;

const profileStatuses = ["draft", "published"] as const;
const summary = {
  id: z.string(),
  name: z.string(),
  /** `draft` until the first publishing. */
  status: z.enum(profileStatuses),
  /** Of the draft: every save is one. */
  version: z.number(),
  /** The version that scores; null before the first publishing. */
  publishedVersion: z.number().nullable(),
  publishedAt: z.number().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
  archivedAt: z.number().nullable(),
};
export const Profile = z.object({ ...summary, ...Definition.shape });

const read = { access: "intelligence:read", credits: 0 } as const;
const write = { access: "intelligence:write", credits: 0 } as const;

export const listProfiles = endpoint({
  key: "icpProfiles.list", method: "GET", path: "/icp-profiles", ...read,
  summary: "List ICP profiles, newest first",
  query: z.object({ limit: limit(100, 50), cursor, status: z.enum(profileStatuses).optional(), include_archived: flag.default(false) }),
  answers: { 200: z.object({ profiles: z.array(z.object(summary)), ...pageFields }) },
});
export const createProfile = endpoint({
  key: "icpProfiles.create", method: "POST", path: "/icp-profiles", ...write,
  summary: "Write an ICP profile; it starts as a draft",
  description: "Groups are capped by their max, and the maxima sum to 100. Negative rules take points off. Scoring uses the published version only.",
  body: ProfileInput,
  answers: { 201: Profile },
  examples: [{ body: { name: "B2B engineering leaders", groups: [{ category: "role", max: 100, criteria: [{ field: "contact.title", op: "contains", value: "VP", points: 100 }] }] } }],
});
export const getProfile = endpoint({
  key: "icpProfiles.get", method: "GET", path: "/icp-profiles/:id", ...read,
  summary: "One ICP profile",
  description: "Its draft, or the version that a score names.",
  params,
  query: z.object({ version: z.coerce.number().int().min(1).max(1_000_000).optional() }),
  answers: { 200: Profile },
});
export const updateProfile = endpoint({
  key: "icpProfiles.update", method: "PATCH", path: "/icp-profiles/:id", ...write,
  summary: "Change an ICP profile's draft",
  description: "Makes a new version; scoring goes on with the published one. Absent fields are kept, lists are replaced.",
  params, body: ProfilePatch,
  answers: { 200: Profile },
  examples: [{ params: { id: "jd83..." }, body: { name: "Engineering leaders in Europe" } }],
});
export const archiveProfile = endpoint({
  key: "icpProfiles.archive", method: "DELETE", path: "/icp-profiles/:id", ...write,
  summary: "Archive an ICP profile",
  description: "It scores no more; its scores stay. Doing it again changes nothing.",
  params,
  answers: { 200: Profile },
});
export const publishProfile = endpoint({
  key: "icpProfiles.publish", method: "POST", path: "/icp-profiles/:id/publish", ...write,
  summary: "Publish the draft: it scores from now on",
  params,
  answers: { 200: Profile },
});

const share = z.number().nullable();
const outcomes = z.object({ converted: z.number(), replied: z.number(), lost: z.number() });
export const backtestProfile = endpoint({
  key: "icpProfiles.backtest", method: "POST", path: "/icp-profiles/:id/backtest", ...read,
  summary: "How an ICP profile would have told converted and replied contacts from lost ones",
  description: "Scores the newest contacts with one of these statuses by the draft, or the version that is named, and stores nothing. Fields and signals are as of today, not of then. Figures that nothing is known for are null.",
  params,
  body: z.strictObject({ version: z.number().int().min(1).max(1_000_000).optional() }).optional(),
  answers: {
    200: z.object({
      icpProfileId: z.string(),
      version: z.number(),
      looked: outcomes,
      /** There are more such contacts than were looked at. */
      truncated: z.boolean(),
      /** Share of converted and replied among those looked at. */
      baseRate: share,
      averageScore: z.object({ won: share, lost: share }),
      /** Ten ranges of scores; the last one holds 100. */
      distribution: z.array(z.object({ from: z.number(), to: z.number(), won: z.number(), lost: z.number() })),
      /** Had only contacts of at least this score been worked: `precision` of them won, `recall` of all won, `lift` = precision ÷ baseRate. */
      thresholds: z.array(z.object({ score: z.number(), selected: z.number(), won: z.number(), precision: share, recall: share, lift: share })),
    }),
  },
});

export const scoreContact = endpoint({
  key: "contacts.score", method: "POST", path: "/contacts/:id/score", access: "intelligence:read", credits: 3,
  summary: "Score a contact against an ICP profile",
  description: "0–100 by the published version's own rules: strong_fit from 80, good_fit from 60, possible_fit from 40, else poor_fit. The breakdown sums to the score. Sets the contact's score and activityScore.",
  params,
  body: z.strictObject({ icpProfileId: id }),
  answers: { 200: ContactScore },
});
export const listScores = endpoint({
  key: "contacts.scores", method: "GET", path: "/contacts/:id/scores", access: "contacts:read", credits: 0,
  summary: "A contact's scores, newest first",
  description: "The newest 50 of each ICP profile are kept.",
  params,
  query: z.object({ limit: limit(100, 20), cursor, icpProfileId: id.optional() }),
  answers: { 200: z.object({ scores: z.array(ContactScore), ...pageFields }) },
});
