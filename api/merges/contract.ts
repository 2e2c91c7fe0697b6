import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, id, limit, pageFields, params } from "../../core/query-words.ts";

const losersMax = 10;

export const MergeInput = z
  .strictObject({ survivorId: id.optional(), winnerId: id.optional(), loserIds: z.array(id).min(1).max(losersMax) })
  .refine((body) => (body.survivorId === undefined) !== (body.winnerId === undefined), "Send one of survivorId and winnerId; they mean the same.")
  .refine((body) => new Set([body.survivorId ?? body.winnerId, ...body.loserIds]).size === body.loserIds.length + 1, { path: ["loserIds"], error: "Each contact can be named once." });

export const mergeContacts = endpoint({
  key: "contacts.merge", method: "POST", path: "/contacts/merge", access: "contacts:write", credits: 0,
  summary: "Merge contacts that are one person",
  description:
    "All that hangs on the losers moves to the survivor, whose empty fields are filled from them; the losers are archived. Where both are in one sequence, the survivor's enrollment goes on and the other stops. POST /merges/:id/undo takes it back.",
  body: MergeInput,
  answers: {
    200: z.object({
      mergeId: z.string(),
      survivorId: z.string(),
      loserIds: z.array(z.string()),
      /** Records that moved, by kind. */
      moved: z.record(z.string(), z.number()),
      filledFields: z.array(z.string()),
      stoppedEnrollmentIds: z.array(z.string()),
    }),
  },
  examples: [{ body: { survivorId: "k97f...", loserIds: ["m12a..."] } }],
});

export const undoMerge = endpoint({
  key: "merges.undo", method: "POST", path: "/merges/:id/undo", access: "contacts:write", credits: 0,
  summary: "Take a merge back",
  description: "What moved goes back, fields and enrollments are as they were. What was added or changed since stays where it is: keptFields names the survivor's. Undoing twice changes nothing.",
  params,
  answers: { 200: z.object({ mergeId: z.string(), survivorId: z.string(), loserIds: z.array(z.string()), returned: z.number(), keptFields: z.array(z.string()), undoneAt: z.number() }) },
});

const reason = z.object({
  kind: z.enum(["email", "name_and_company", "phone", "linkedin", "visitor"]),
  contactIds: z.array(z.string()),
  /** A visitor who proved to be both. */
  visitorId: z.string().optional(),
  /** The identifications that proved it. */
  claimIds: z.array(z.string()).optional(),
});

export const DuplicateGroup = z.object({
  contacts: z.array(
    z.object({ id: z.string(), firstName: z.string().nullable(), lastName: z.string().nullable(), email: z.string().nullable(), phone: z.string().nullable(), linkedInUrl: z.string().nullable(), company: z.string().nullable(), title: z.string().nullable(), createdAt: z.number() }),
  ),
  reasons: z.array(reason),
});
export type DuplicateGroup = z.infer<typeof DuplicateGroup>;

export const listDuplicates = endpoint({
  key: "contacts.duplicates", method: "GET", path: "/contacts/duplicates", access: "contacts:read", credits: 0,
  summary: "Contacts that may be one person",
  description:
    "Groups that share an e-mail behind an alias, a name and a company, a phone number, a LinkedIn profile, or a visitor who proved to be both; each with the reasons. Nothing is merged by itself. A page may hold fewer groups than its limit.",
  query: z.object({ limit: limit(100, 25), cursor }),
  answers: { 200: z.object({ groups: z.array(DuplicateGroup), ...pageFields }) },
});
