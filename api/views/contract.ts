import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, limit, pageFields, params } from "../../core/query-words.ts";
import { line } from "../../core/text-words.ts";
import { Condition } from "../conditions/contract.ts";
import { Contact } from "../contacts/contract.ts";

/** How many contacts one answer looks at. */
export const lookedMax = 2000;

export const View = z.object({ id: z.string(), name: z.string(), where: z.unknown(), createdAt: z.number(), updatedAt: z.number() });
export type View = z.infer<typeof View>;

const name = line(200);
const read = { access: "contacts:read", credits: 0 } as const;
const write = { access: "contacts:write", credits: 0 } as const;

export const listViews = endpoint({
  key: "views.list", method: "GET", path: "/views", ...read,
  summary: "Saved views, newest first",
  query: z.object({ limit: limit(100, 50), cursor }),
  answers: { 200: z.object({ views: z.array(View), ...pageFields }) },
});
export const createView = endpoint({
  key: "views.create", method: "POST", path: "/views", ...write,
  summary: "Save a view",
  description: "A name and a condition of the language that workflows use, over contact.*, company.*, enrollment.*, score, scores.* and counts of signals; there is no signal.* to compare. It holds no contacts: who is in it is found when it is read.",
  body: z.strictObject({ name, where: Condition }),
  answers: { 201: View },
  examples: [{ body: { name: "VPs on the prices this week", where: { all: [{ field: "contact.title", op: "contains", value: "VP" }, { count: { type: "website_visit", page: "/pricing*", withinDays: 7 }, op: "gte", value: 1 }] } } }],
});
export const getView = endpoint({ key: "views.get", method: "GET", path: "/views/:id", ...read, summary: "One saved view", params, answers: { 200: View } });
export const updateView = endpoint({
  key: "views.update", method: "PATCH", path: "/views/:id", ...write,
  summary: "Rename a view, or change its condition",
  params,
  body: z.strictObject({ name, where: Condition }).partial(),
  answers: { 200: View },
  examples: [{ params: { id: "v44b..." }, body: { name: "VPs on the prices" } }],
});
export const deleteView = endpoint({ key: "views.delete", method: "DELETE", path: "/views/:id", ...write, summary: "Delete a view", params, answers: { 200: View } });
export const viewContacts = endpoint({
  key: "views.contacts", method: "GET", path: "/views/:id/contacts", ...read,
  summary: "The contacts of a view, newest first",
  description: `Archived ones are left out. One answer looks at ${lookedMax} contacts at most, so it may hold fewer than \`limit\`, even none, while \`hasMore\` is true: go on with \`nextCursor\`. A cursor holds until the view's condition changes.`,
  params,
  query: z.object({ limit: limit(100, 50), cursor }),
  answers: { 200: z.object({ contacts: z.array(Contact), ...pageFields }) },
});
