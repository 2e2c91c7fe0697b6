import { contactFields } from "../../core/contact-words.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ImportRow } from "../../store/tables-imports.ts";
import type { ContactRow } from "../../store/tables.ts";
import { type ContactInput, type ContactPatch, resolveContact, selectSame } from "../contacts/index.ts";
import type { ReadRow, Reason } from "./read-row.ts";

/** What is to be done with a row, as contacts are now. */
export interface Decision {
  outcome: "create" | "update" | "skip" | "reject";
  reasons: Reason[];
  /** Who it is about, where somebody is there already. */
  contactId: string | null;
  /** Of an update. */
  patch: ContactPatch;
}

type OnDuplicate = ImportRow["on_duplicate"];

/** Decides on rows by the contacts that there are; one answer for each, in order. */
export async function decide(db: Read | Write, workspaceId: string, onDuplicate: OnDuplicate, rows: readonly ReadRow[]): Promise<Decision[]> {
  const usable = rows.filter(({ reasons }) => reasons.length === 0);
  const existing = await selectSame(db, workspaceId, {
    emails: usable.flatMap(({ keys }) => keys.email ?? []),
    linkedIns: usable.flatMap(({ keys }) => keys.linkedIn ?? []),
  });
  const byEmail = new Map(existing.map((row) => [row.email_key, row]));
  const byLinkedIn = new Map(existing.map((row) => [row.linkedin_key, row]));
  const survivors = await survivorsOf(db, existing);
  return rows.map((row) => {
    if (row.reasons.length > 0) return rejected(null, ...row.reasons);
    const mailOwner = row.keys.email === null ? undefined : byEmail.get(row.keys.email);
    const profileOwner = row.keys.linkedIn === null ? undefined : byLinkedIn.get(row.keys.linkedIn);
    const mail = mailOwner && (survivors.get(mailOwner.id) ?? mailOwner);
    const profile = profileOwner && (survivors.get(profileOwner.id) ?? profileOwner);
    if (mail && profile && mail.id !== profile.id) {
      return rejected(mail.id, { code: "two_contacts", message: `Contact ${mail.id} has this email, and contact ${profile.id} this LinkedIn address. Merge them first.` });
    }
    const contact = mail ?? profile;
    if (!contact) return { outcome: "create", reasons: [], contactId: null, patch: {} };
    // What a merged contact is known by stays its own, so that the merge can be undone.
    const own = { email: mailOwner === mail ? row.keys.email : contact.email_key, linkedIn: profileOwner === profile ? row.keys.linkedIn : contact.linkedin_key };
    return withExisting(contact, { ...row, keys: own }, onDuplicate);
  });
}

/** Who contacts are that were merged into others. */
async function survivorsOf(db: Read | Write, found: readonly ContactRow[]): Promise<Map<string, ContactRow>> {
  const survivors = new Map<string, ContactRow>();
  for (const { id, workspace_id, merged_into } of found) {
    const survivor = merged_into === null ? undefined : await resolveContact(db, workspace_id, id);
    if (survivor) survivors.set(id, survivor);
  }
  return survivors;
}

const rejected = (contactId: string | null, ...reasons: Reason[]): Decision => ({ outcome: "reject", reasons, contactId, patch: {} });

function withExisting(contact: ContactRow, { input, keys }: ReadRow, onDuplicate: OnDuplicate): Decision {
  if (contact.archived_at !== null) {
    return rejected(contact.id, { code: "contact_archived", message: `Contact ${contact.id} has this email or LinkedIn address and is archived. Bring it back with POST /contacts/:id/restore.` });
  }
  if (onDuplicate === "skip") return { outcome: "skip", reasons: [{ code: "exists", message: `Contact ${contact.id} exists.` }], contactId: contact.id, patch: {} };
  const patch = patchFor(contact, input, keys, onDuplicate === "overwrite");
  if (Object.keys(patch).length === 0) return { outcome: "skip", reasons: [{ code: "unchanged", message: `Contact ${contact.id} would not change.` }], contactId: contact.id, patch };
  for (const field of ["tags", "attributes"] as const) {
    const result = contactFields[field].optional().safeParse(patch[field]);
    if (!result.success) return rejected(contact.id, { field, code: "too_big", message: `With what contact ${contact.id} has, ${field} would be too many: ${result.error.issues[0]?.message ?? ""}` });
  }
  return { outcome: "update", reasons: [], contactId: contact.id, patch };
}

const plainFields = [
  ["firstName", "first_name"],
  ["lastName", "last_name"],
  ["phone", "phone"],
  ["company", "company"],
  ["title", "title"],
  ["location", "location"],
  ["notes", "notes"],
] as const;

/** What would change. Nobody's status or source is ever empty, so that filling leaves them alone. */
function patchFor(contact: ContactRow, input: ContactInput, keys: ReadRow["keys"], overwrite: boolean): ContactPatch {
  const patch: ContactPatch = {};
  for (const [field, column] of plainFields) {
    const value = input[field];
    const current = contact[column];
    if (value !== undefined && value !== current && (overwrite || current === null || current === "")) patch[field] = value;
  }
  if (input.email !== undefined && keys.email !== contact.email_key && (overwrite || contact.email_key === null)) patch.email = input.email;
  if (input.linkedInUrl !== undefined && keys.linkedIn !== contact.linkedin_key && (overwrite || contact.linkedin_key === null)) patch.linkedInUrl = input.linkedInUrl;
  if (overwrite && input.status !== undefined && input.status !== contact.status) patch.status = input.status;
  if (overwrite && input.source !== undefined && input.source !== contact.source) patch.source = input.source;
  if (input.tags) {
    const current = JSON.parse(contact.tags) as string[];
    const tags = overwrite ? input.tags : [...new Set([...current, ...input.tags])];
    if (JSON.stringify(tags) !== contact.tags) patch.tags = tags;
  }
  if (input.attributes) {
    const current = JSON.parse(contact.attributes) as Record<string, unknown>;
    const attributes = overwrite ? { ...current, ...input.attributes } : { ...input.attributes, ...current };
    if (!sameEntries(attributes, current)) patch.attributes = attributes;
  }
  return patch;
}

/** The same names with the same values, in any order. */
function sameEntries(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const sorted = (value: Record<string, unknown>) => JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(one) === sorted(other);
}
