import { z } from "zod";
import { contactFields, contactStatuses } from "../../core/contact-words.ts";
import { endpoint } from "../../core/endpoint.ts";
import { EnrichedValue } from "../../core/enrichment-words.ts";
import { cursor, flag, limit, pageFields, params } from "../../core/query-words.ts";
import { ContactScore } from "../../core/score-words.ts";
import { line } from "../../core/text-words.ts";

const status = z.enum(contactStatuses);

export const Contact = z.object({
  id: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  linkedInUrl: z.string().nullable(),
  company: z.string().nullable(),
  companyId: z.string().nullable(),
  title: z.string().nullable(),
  location: z.string().nullable(),
  source: z.string(),
  status,
  /** 0–100 by the latest scoring; null before the first. */
  score: z.number().nullable(),
  activityScore: z.number().nullable(),
  tags: z.array(z.string()),
  /** Epoch ms. */
  createdAt: z.number(),
  updatedAt: z.number(),
  archivedAt: z.number().nullable(),
});
export type Contact = z.infer<typeof Contact>;

export const ContactDetail = Contact.extend({
  notes: z.string().nullable(),
  attributes: z.record(z.string(), z.unknown()),
  archiveReason: z.string().nullable(),
  /** The contact that this one was merged into. */
  mergedInto: z.string().nullable(),
  /** Values found by enrichment, each with provider, confidence and time; empty before. */
  enrichment: z.record(z.string(), EnrichedValue),
  /** The latest score by each ICP profile. */
  scores: z.array(ContactScore),
  connection: z.object({ status: z.enum(["unknown", "pending", "connected"]) }),
  companyDetails: z.object({ id: z.string(), name: z.string().nullable(), domain: z.string().nullable(), industry: z.string().nullable() }).nullable(),
  recentSignals: z.array(z.object({ id: z.string(), type: z.string(), priority: z.string(), source: z.string(), receivedAt: z.number(), data: z.record(z.string(), z.unknown()) })),
});

const page = z.object({ contacts: z.array(Contact), ...pageFields });

export const ContactFilter = z.object({
  limit: limit(100, 50),
  cursor,
  status: status.optional(),
  source: z.string().max(60).optional(),
  company: z.string().min(1).max(200).optional(),
  sort_by: z.enum(["createdAt", "score", "activityScore"]).default("createdAt"),
  sort_direction: z.enum(["asc", "desc"]).default("desc"),
  include_archived: flag.default(false),
});
export type ContactFilter = z.infer<typeof ContactFilter>;

export const listContacts = endpoint({
  key: "contacts.list", method: "GET", path: "/contacts", access: "contacts:read", credits: 1,
  summary: "List contacts",
  description: "company is a part of the company's name, in any case. Contacts without a score come last in both directions.",
  query: ContactFilter,
  answers: { 200: page },
});

const { limit: _limit, cursor: _cursor, ...listed } = ContactFilter.shape;
const ContactExport = z.object({ ...listed, format: z.enum(["csv", "ndjson"]).default("csv") });
export type ContactExport = z.infer<typeof ContactExport>;

export const exportContacts = endpoint({
  key: "contacts.export", method: "GET", path: "/contacts/export", access: "contacts:read", credits: 0,
  summary: "All contacts as a file",
  description: "With the filters and the order of the list. CSV with attributes as JSON in one column, or one JSON object a line. In CSV a ' stands before a cell that a spreadsheet would take for a formula; an import takes it off again. A file that ends early ends with a broken connection.",
  query: ContactExport,
  files: ["text/csv", "application/x-ndjson"],
  answers: { 200: z.string() },
});

const { source, ...common } = contactFields;
export const ContactInput = z.strictObject({ ...z.strictObject(common).partial().shape, source: source.optional(), status: status.optional() });
export type ContactInput = z.infer<typeof ContactInput>;

const created = z.object({ contactId: z.string() });

export const createContact = endpoint({
  key: "contacts.create", method: "POST", path: "/contacts", access: "contacts:write", credits: 1,
  summary: "Create a contact",
  description: "At least one of firstName, lastName, email or linkedInUrl. The same email or LinkedIn address is 409 DUPLICATE_CONTACT, or the contact that has it with on_duplicate=return or update.",
  query: z.object({ on_duplicate: z.enum(["error", "return", "update"]).default("error") }),
  body: ContactInput,
  answers: { 201: created, 200: created },
});

const detail = z.object({ path: z.string(), code: z.string(), message: z.string(), field: z.string().optional(), existingContactId: z.string().optional(), archived: z.boolean().optional() });
export const BatchRow = z.object({
  status: z.enum(["created", "updated", "duplicate", "rejected"]),
  /** Of a duplicate: the contact that is there already. */
  contactId: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string(), details: z.array(detail).optional() }).optional(),
});
export type BatchRow = z.infer<typeof BatchRow>;

const batchMax = 100;
export const createContacts = endpoint({
  key: "contacts.createBatch", method: "POST", path: "/contacts/batch", access: "contacts:write", credits: batchMax * createContact.credits,
  creditsOf: ({ contacts }) => contacts.length * createContact.credits,
  summary: "Create up to 100 contacts",
  description: "One result for each row, in order; each is checked as POST /contacts checks it, and a bad one fails alone. A row that was created, updated, or found with on_duplicate=return costs 1 credit, any other none. Credits for every row have to be left.",
  query: z.object({ on_duplicate: z.enum(["error", "return", "update"]).default("error") }),
  body: z.strictObject({ contacts: z.array(z.unknown()).min(1).max(batchMax) }),
  answers: { 200: z.object({ results: z.array(BatchRow) }) },
  examples: [{ body: { contacts: [{ email: "jane@acme.com", firstName: "Jane" }, { linkedInUrl: "https://www.linkedin.com/in/john-smith" }] } }],
});

export const companyContacts = endpoint({
  key: "companies.contacts", method: "GET", path: "/companies/:id/contacts", access: "contacts:read", credits: 0,
  summary: "The contacts of a company, newest first",
  params,
  query: z.object({ limit: limit(100, 50), cursor, include_archived: flag.default(false) }),
  answers: { 200: page },
  examples: [{ params: { id: "p12f..." }, query: { limit: 10 } }],
});

export const upsertContact = endpoint({
  key: "contacts.upsert", method: "PUT", path: "/contacts", access: "contacts:write", credits: 1,
  summary: "Create a contact, or update the one with this email or LinkedIn address",
  body: ContactInput,
  answers: { 200: created.extend({ created: z.boolean() }), 201: created.extend({ created: z.boolean() }) },
  examples: [{ body: { email: "jane@acme.com", title: "VP Engineering", tags: ["priority"] } }],
});

export const searchContacts = endpoint({
  key: "contacts.search", method: "POST", path: "/contacts/search", access: "contacts:read", credits: 1,
  summary: "Search contacts by name, title, company, email and tags",
  description: "Every word has to match the start of a word of the contact. Best first.",
  body: z.strictObject({ query: z.string().min(1).max(300), limit: z.number().int().min(1).max(100).default(25), status: status.optional() }),
  answers: { 200: z.object({ contacts: z.array(Contact) }) },
});

export const getContact = endpoint({
  key: "contacts.get", method: "GET", path: "/contacts/:id", access: "contacts:read", credits: 1,
  summary: "One contact with all that is known",
  params,
  answers: { 200: ContactDetail },
});

const nullable = <S extends z.ZodType>(schema: S) => schema.nullable().optional();
export const ContactPatch = z.strictObject({
  firstName: nullable(common.firstName),
  lastName: nullable(common.lastName),
  email: nullable(common.email),
  phone: nullable(common.phone),
  linkedInUrl: nullable(common.linkedInUrl),
  company: nullable(common.company),
  title: nullable(common.title),
  location: nullable(common.location),
  notes: nullable(common.notes),
  source: source.optional(),
  status: status.optional(),
  tags: common.tags.optional(),
  attributes: common.attributes.optional(),
});
export type ContactPatch = z.infer<typeof ContactPatch>;

export const updateContact = endpoint({
  key: "contacts.update", method: "PATCH", path: "/contacts/:id", access: "contacts:write", credits: 1,
  summary: "Change fields of a contact",
  description: "A field that is absent stays, null clears it, tags and attributes are replaced.",
  params,
  body: ContactPatch,
  answers: { 200: ContactDetail },
});

const reason = line(300).optional();
export const archiveContact = endpoint({
  key: "contacts.archive", method: "DELETE", path: "/contacts/:id", access: "contacts:write", credits: 1,
  summary: "Archive a contact",
  description: "It ends running enrollments and can be restored. Archiving twice changes nothing.",
  params,
  query: z.object({ reason }),
  body: z.strictObject({ reason }).optional(),
  answers: { 200: z.object({ contactId: z.string(), archivedAt: z.number() }) },
});

export const restoreContact = endpoint({
  key: "contacts.restore", method: "POST", path: "/contacts/:id/restore", access: "contacts:write", credits: 0,
  summary: "Bring an archived contact back",
  params,
  answers: { 200: Contact },
});
