import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { ExclusionRule } from "../../core/exclusion-words.ts";
import { cursor, flag, id, limit, pageFields, params } from "../../core/query-words.ts";
import { line, text } from "../../core/text-words.ts";
import { zone } from "../../core/zone-words.ts";

const body = text(100_000).refine((typed) => typed.trim() !== "", "is empty");

export const Step = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("email"), subject: line(300), body, sameThread: z.boolean().optional() }),
  z.strictObject({ type: z.literal("wait"), days: z.number().min(0).max(365).optional(), hours: z.number().min(0).max(8760).optional() }).refine((wait) => (wait.days ?? 0) + (wait.hours ?? 0) > 0, "says neither days nor hours"),
  z.strictObject({ type: z.literal("task"), kind: z.enum(["call", "linkedin", "email", "other"]), title: line(300), notes: text(5000).optional() }),
]);
export type Step = z.infer<typeof Step>;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, "is a time of day like 09:00");

/** When something may be sent. Days: 1 = Monday to 7 = Sunday. */
export const Window = z
  .strictObject({
    days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
    from: timeOfDay,
    to: timeOfDay,
    /** `contact`: the contact's own where it is known, else `fallbackZone`. */
    zone: z.union([z.literal("contact"), zone], "is contact, or a time zone like Europe/Berlin"),
    fallbackZone: zone.optional(),
  })
  .refine(({ from, to }) => from < to, { path: ["to"], message: "has to be later than from" });
export type Window = z.infer<typeof Window>;

const authored = {
  name: line(200),
  /** The connector that sends. */
  mailbox: id.nullable(),
  steps: z.array(Step).max(50),
  window: Window,
  /** Messages a day, all contacts together. */
  dailyCap: z.number().int().min(1).max(10_000),
  minGapMinutes: z.number().int().min(0).max(1440),
  exclusions: z.array(ExclusionRule).max(20),
  stopOnReply: z.boolean(),
  /** Shown in every mail; the law asks for it, and so does activating. */
  postalAddress: text(500).nullable(),
};
const { name, ...rest } = authored;

export const SequenceInput = z.strictObject({ name, ...z.strictObject(rest).partial().shape });
export const SequencePatch = z.strictObject(authored).partial();
export type SequencePatch = z.infer<typeof SequencePatch>;
/** What a version holds. */
export const Definition = z.strictObject(rest);
export type Definition = z.infer<typeof Definition>;

export const sequenceStatuses = ["draft", "active", "paused"] as const;
const summary = { id: z.string(), name: z.string(), status: z.enum(sequenceStatuses), version: z.number(), createdAt: z.number(), updatedAt: z.number(), archivedAt: z.number().nullable() };

export const SequenceSummary = z.object(summary);
export const Sequence = z.object({ ...summary, ...Definition.shape });
export const enrollmentStatuses = ["active", "paused", "completed", "stopped"] as const;
const SequenceDetail = Sequence.extend({ enrollments: z.object({ active: z.number(), paused: z.number(), completed: z.number(), stopped: z.number() }) });

export const Enrollment = z.object({
  id: z.string(),
  sequenceId: z.string(),
  /** The sequence as it was when the contact came in. */
  sequenceVersion: z.number(),
  contactId: z.string(),
  status: z.enum(enrollmentStatuses),
  /** Index of the step that is due at `nextStepAt`. */
  currentStep: z.number(),
  /** Epoch ms; null while the enrollment or its sequence is paused, and once it has ended. */
  nextStepAt: z.number().nullable(),
  source: z.string(),
  endReason: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
  endedAt: z.number().nullable(),
});
export type Enrollment = z.infer<typeof Enrollment>;

const read = { access: "sequences:read", credits: 0 } as const;
const manage = { access: "sequences:manage", credits: 0 } as const;

export const listSequences = endpoint({
  key: "sequences.list", method: "GET", path: "/sequences", ...read,
  summary: "List sequences, newest first",
  query: z.object({ limit: limit(100, 50), cursor, status: z.enum(sequenceStatuses).optional(), include_archived: flag.default(false) }),
  answers: { 200: z.object({ sequences: z.array(SequenceSummary), ...pageFields }) },
});
export const createSequence = endpoint({
  key: "sequences.create", method: "POST", path: "/sequences", ...manage,
  summary: "Write a sequence; it starts as a draft",
  body: SequenceInput,
  answers: { 201: Sequence },
  examples: [{
    body: {
      name: "Intro",
      steps: [
        { type: "email", subject: "Your prices page", body: "Hi {{ contact.firstName }}, may I show you around?" },
        { type: "wait", days: 3 },
        { type: "task", kind: "call", title: "Call {{ contact.firstName }}" },
      ],
      exclusions: [{ rule: "domain", domains: ["rival.com"] }],
      postalAddress: "Acme Corp, 1 Main Street, Springfield",
    },
  }],
});
export const getSequence = endpoint({
  key: "sequences.get", method: "GET", path: "/sequences/:id", ...read,
  summary: "One sequence, with how many contacts are where",
  params,
  answers: { 200: SequenceDetail },
});
export const updateSequence = endpoint({
  key: "sequences.update", method: "PATCH", path: "/sequences/:id", ...manage,
  summary: "Change a sequence",
  description: "Makes a new version; contacts that are in it go on with theirs. Absent fields are kept, lists are replaced.",
  params, body: SequencePatch,
  answers: { 200: Sequence },
  examples: [{ params: { id: "seq123" }, body: { dailyCap: 30, stopOnReply: true } }],
});
export const archiveSequence = endpoint({
  key: "sequences.archive", method: "DELETE", path: "/sequences/:id", ...manage,
  summary: "Archive a sequence",
  description: "Stops its enrollments. Doing it again changes nothing.",
  params,
  answers: { 200: Sequence },
});
export const activateSequence = endpoint({
  key: "sequences.activate", method: "POST", path: "/sequences/:id/activate", ...manage,
  summary: "Activate a sequence",
  description: "It needs an email or task step and, to send mail, a mailbox and a postalAddress.",
  params,
  answers: { 200: Sequence },
});
export const pauseSequence = endpoint({
  key: "sequences.pause", method: "POST", path: "/sequences/:id/pause", ...manage,
  summary: "Pause a sequence; its contacts are held, none is skipped",
  params,
  answers: { 200: Sequence },
});

export const enroll = endpoint({
  key: "sequences.enroll", method: "POST", path: "/sequences/:id/enroll", access: "sequences:write", credits: 3,
  summary: "Enroll a contact into an active sequence",
  description: "Checks, in this order: the sequence and the contact are the workspace's (404), the sequence is active, exclusion rules and opt-outs, archived, enrolled already, steps.",
  params,
  body: z.strictObject({ contactId: id, source: line(100).optional() }),
  answers: { 201: z.object({ enrollmentId: z.string(), sequenceId: z.string(), contactId: z.string(), status: z.enum(enrollmentStatuses), currentStep: z.number(), nextStepAt: z.number().nullable() }) },
});

/** In the order in which enrolling looks at them. */
export const checkNames = ["contact_exists", "sequence_active", "not_excluded", "not_archived", "not_enrolled", "has_steps"] as const;
export const Check = z.object({
  check: z.enum(checkNames),
  ok: z.boolean(),
  /** What enrolling would answer, were this the first check to fail. */
  code: z.string().optional(),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })).optional(),
});
export type Check = z.infer<typeof Check>;

export const checkEligibility = endpoint({
  key: "sequences.eligibility", method: "POST", path: "/sequences/:id/eligibility", ...read,
  summary: "Every check of enrolling, for up to 100 contacts; enrolls nobody",
  params,
  body: z.strictObject({ contactIds: z.array(id).min(1).max(100) }),
  answers: { 200: z.object({ sequenceId: z.string(), results: z.array(z.object({ contactId: z.string(), eligible: z.boolean(), checks: z.array(Check) })) }) },
  examples: [{ params: { id: "seq123" }, body: { contactIds: ["k97f..."] } }],
});
export const listEnrollments = endpoint({
  key: "enrollments.list", method: "GET", path: "/sequences/:id/enrollments", ...read,
  summary: "Contacts in a sequence, newest first",
  params,
  query: z.object({ limit: limit(100, 50), cursor, status: z.enum(enrollmentStatuses).optional() }),
  answers: { 200: z.object({ enrollments: z.array(Enrollment), ...pageFields }) },
});
export const getEnrollment = endpoint({
  key: "enrollments.get", method: "GET", path: "/enrollments/:id", ...read,
  summary: "One enrollment",
  params,
  answers: { 200: Enrollment },
});
export const updateEnrollment = endpoint({
  key: "enrollments.update", method: "PATCH", path: "/enrollments/:id", access: "sequences:write", credits: 0,
  summary: "Pause, resume (active) or stop an enrollment",
  params,
  body: z.strictObject({ status: z.enum(["active", "paused", "stopped"]), reason: line(200).optional() }),
  answers: { 200: Enrollment },
  examples: [{ params: { id: "n20d..." }, body: { status: "paused", reason: "On parental leave" } }],
});
