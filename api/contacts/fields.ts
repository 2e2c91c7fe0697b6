import { normalizeEmail } from "../../core/email.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { linkedInKey } from "../../core/linkedin.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { companyIdFor, emailDomain } from "../companies/index.ts";
import type { Contact, ContactPatch } from "./contract.ts";
import { keysVersion } from "./match-keys.ts";

/** The row with what the input says; `undefined` leaves a field alone. `companies` by e-mail key are looked up where they are not given. */
export async function withFields(tx: Write, row: ContactRow, input: ContactPatch, companies?: ReadonlyMap<string, string>): Promise<ContactRow> {
  const next = { ...row };
  const take = <K extends keyof ContactRow>(column: K, value: ContactRow[K] | undefined) => {
    if (value !== undefined) next[column] = value;
  };
  take("first_name", input.firstName);
  take("last_name", input.lastName);
  take("phone", input.phone);
  take("title", input.title);
  take("location", input.location);
  take("notes", input.notes);
  take("source", input.source);
  take("status", input.status);
  if (input.tags) next.tags = JSON.stringify(input.tags);
  if (input.attributes) next.attributes = JSON.stringify(input.attributes);
  if (input.email !== undefined) Object.assign(next, emailColumns(input.email));
  if (input.linkedInUrl !== undefined) Object.assign(next, linkedInColumns(input.linkedInUrl));
  if (input.company !== undefined || input.email !== undefined) {
    Object.assign(next, await companyOf(tx, row.workspace_id, input.company === undefined ? row.company : input.company, next.email_key, companies));
  }
  return next;
}

export async function companyOf(tx: Write, workspaceId: string, company: string | null, emailKey: string | null, known?: ReadonlyMap<string, string>): Promise<Pick<ContactRow, "company" | "company_key" | "company_id">> {
  return { company, company_key: company?.toLowerCase() ?? null, company_id: known ? (known.get(emailKey ?? "") ?? null) : await companyIdFor(tx, workspaceId, emailKey) };
}

export function emailColumns(typed: string | null): Pick<ContactRow, "email" | "email_key" | "email_domain"> {
  if (typed === null) return { email: null, email_key: null, email_domain: null };
  const email = normalizeEmail(typed);
  if (!email.ok) throw invalid("email", "invalid_email", email.message);
  return { email: typed.trim(), email_key: email.value, email_domain: emailDomain(email.value) };
}

function linkedInColumns(typed: string | null): Pick<ContactRow, "linkedin_url" | "linkedin_key"> {
  if (typed === null) return { linkedin_url: null, linkedin_key: null };
  const key = linkedInKey(typed, "in");
  if (key === undefined) throw invalid("linkedInUrl", "invalid_linkedin_url", "This is no LinkedIn profile. Write it like https://www.linkedin.com/in/jane-smith");
  return { linkedin_url: typed.trim(), linkedin_key: key };
}

/** Throws where nobody would be left. */
export function assertIdentity(row: ContactRow): void {
  if (row.first_name === null && row.last_name === null && row.email === null && row.linkedin_url === null) {
    throw invalid("", "identity_required", "A contact needs at least one of firstName, lastName, email or linkedInUrl.");
  }
}

/** `other` has the address or profile of `row` already; `existing` is who that is by now. Of a new row it may be what the caller meant; a change of one may not take it. */
export function duplicate(kind: "new" | "change", row: ContactRow, other: ContactRow, existing: ContactRow = other): ApiError {
  const field = row.email_key !== null && row.email_key === other.email_key ? "email" : "linkedInUrl";
  const archived = existing.archived_at !== null;
  const live = kind === "new" ? "Update it with PATCH /contacts/:id, or send on_duplicate=return or update." : "If both are one person, merge them with POST /contacts/merge.";
  const fix = archived ? "It is archived: restore it with POST /contacts/:id/restore." : live;
  return new ApiError("DUPLICATE_CONTACT", { details: [{ path: field, code: "duplicate", message: `Contact ${existing.id} has it. ${fix}`, field, existingContactId: existing.id, archived }] });
}

/** The contact is part of another now. */
export function merged(survivorId: string): ApiError {
  return new ApiError("CONTACT_MERGED", { details: [{ path: "id", code: "merged", message: `It is part of contact ${survivorId}.`, existingContactId: survivorId }] });
}

/** A contact of whom nothing is known yet. */
export function emptyRow(workspaceId: string, now: number, source: string): ContactRow {
  return {
    workspace_id: workspaceId, id: newId(now), first_name: null, last_name: null, email: null, email_key: null, email_domain: null, phone: null, linkedin_url: null, linkedin_key: null,
    company: null, company_key: null, company_id: null, title: null, location: null, source, tags: "[]", notes: null, status: "new", score: null, activity_score: null,
    attributes: "{}", created_at: now, updated_at: now, archived_at: null, archive_reason: null, merged_into: null, keys_version: keysVersion,
  };
}

/** The stored row as the API shows it. */
export function toContact(row: ContactRow): Contact {
  return {
    id: row.id,
    firstName: row.first_name,
    lastName: row.last_name,
    email: row.email,
    phone: row.phone,
    linkedInUrl: row.linkedin_url,
    company: row.company,
    companyId: row.company_id,
    title: row.title,
    location: row.location,
    source: row.source,
    status: row.status as Contact["status"],
    score: row.score,
    activityScore: row.activity_score,
    tags: JSON.parse(row.tags) as string[],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    archivedAt: row.archived_at,
  };
}
