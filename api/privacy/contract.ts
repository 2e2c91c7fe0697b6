import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { id, params } from "../../core/query-words.ts";

export const PrivacyRequest = z.object({
  id: z.string(),
  kind: z.enum(["export", "erase"]),
  email: z.string().nullable(),
  contactId: z.string().nullable(),
  status: z.enum(["queued", "running", "completed", "failed"]),
  error: z.string().nullable(),
  createdAt: z.number(),
  finishedAt: z.number().nullable(),
});

const manage = { access: "privacy:manage", credits: 0 } as const;
const body = z.strictObject({ email: z.string().max(320).optional(), contactId: id.optional() }).refine((subject) => (subject.email === undefined) !== (subject.contactId === undefined), "names an email or a contactId, one of them");

export const requestExport = endpoint({
  key: "privacy.export", method: "POST", path: "/privacy/export", ...manage,
  summary: "Ask for everything that is known of a person",
  body,
  answers: { 202: PrivacyRequest },
  examples: [{ body: { email: "jane@acme.com" } }],
});
export const requestErase = endpoint({
  key: "privacy.erase", method: "POST", path: "/privacy/erase", ...manage,
  summary: "Ask for a person to be forgotten",
  description: "An opt-out that tells nothing of the person stays.",
  body,
  answers: { 202: PrivacyRequest },
  examples: [{ body: { contactId: "k97f..." } }],
});
export const getPrivacyRequest = endpoint({ key: "privacy.get", method: "GET", path: "/privacy/requests/:id", ...manage, summary: "How far a request is", params, answers: { 200: PrivacyRequest } });
