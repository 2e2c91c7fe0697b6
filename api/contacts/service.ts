import type { Cursors } from "../../core/cursor.ts";
import { normalizeEmail } from "../../core/email.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { linkedInKey } from "../../core/linkedin.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { companyIdFor } from "../companies/index.ts";
import { endEnrollments } from "../sequences/index.ts";
import type { Contact, ContactFilter, ContactInput, ContactPatch } from "./contract.ts";
import { findContact, findContactByEmail, findSame, insertContact, positionOf, saveWords, searchIds, selectContacts, selectLive, updateRow } from "./queries.ts";
import { searchWords, wordsOf } from "./words.ts";

const searchWordsMax = 8;

export interface PersonFields {
  firstName?: string | undefined;
  lastName?: string | undefined;
  company?: string | undefined;
  title?: string | undefined;
  phone?: string | undefined;
}

/** The contact with this e-mail, made when there is none. Nothing of an existing one is overwritten. */
export async function ensureContact(tx: Write, workspaceId: string, now: number, email: { typed: string; key: string }, person: PersonFields, source: string): Promise<ContactRow> {
  const existing = await findContactByEmail(tx, workspaceId, email.key);
  if (existing) return existing;
  const row = { ...emptyRow(workspaceId, now, source), email: email.typed, email_key: email.key, phone: person.phone ?? null, title: person.title ?? null };
  Object.assign(row, { first_name: person.firstName ?? null, last_name: person.lastName ?? null, ...(await companyOf(tx, workspaceId, person.company ?? null, email.key)) });
  if (await insertContact(tx, row)) {
    await saveWords(tx, workspaceId, row.id, searchWords(row));
    return row;
  }
  const winner = await findContactByEmail(tx, workspaceId, email.key);
  if (!winner) throw new Error("a contact was refused as a duplicate of one that is not there");
  return winner;
}

/** A page of contacts. No row twice and none skipped while contacts are added. */
export async function listContacts(ctx: Ctx, cursors: Cursors, filter: ContactFilter) {
  const { limit, cursor, ...binding } = filter;
  const bound = [ctx.workspace.id, "contacts", binding];
  const ascending = filter.sort_direction === "asc";
  const position = cursor === undefined ? undefined : cursors.read(cursor, bound);
  const rows = await selectContacts(ctx.store.slow, {
    workspaceId: ctx.workspace.id,
    limit: limit + 1,
    status: filter.status,
    source: filter.source,
    company: filter.company,
    sortBy: filter.sort_by,
    ascending,
    includeArchived: filter.include_archived,
    after: position && [Number(position[0]), String(position[1])],
  });
  const { page, ...more } = pageOf(rows, limit, (last) => cursors.make(positionOf(last, filter.sort_by, ascending), bound));
  return { contacts: page.map(toContact), ...more };
}

/** Contacts that hold every word, best first: whole words before beginnings, names before tags, the newest first among equals. */
export async function searchContacts(ctx: Ctx, input: { query: string; limit: number; status?: string | undefined }): Promise<{ contacts: Contact[] }> {
  const words = wordsOf(input.query).slice(0, searchWordsMax);
  if (words.length === 0) return { contacts: [] };
  const hits = await searchIds(ctx.store.slow, ctx.workspace.id, words);
  const contacts: Contact[] = [];
  for (let at = 0; at < hits.length && contacts.length < input.limit; at += 200) {
    const ids = hits.slice(at, at + 200).map((hit) => hit.id);
    const rows = new Map((await selectLive(ctx.store.slow, ctx.workspace.id, ids, input.status)).map((row) => [row.id, row]));
    for (const id of ids) {
      const row = rows.get(id);
      if (row) contacts.push(toContact(row));
    }
  }
  return { contacts: contacts.slice(0, input.limit) };
}

export interface Saved {
  row: ContactRow;
  created: boolean;
}

/**
 * Makes a contact. One with the same e-mail or LinkedIn address is a DUPLICATE_CONTACT, or what `onDuplicate` says: answered as it is, or
 * updated with what the input holds.
 */
export async function createContact(ctx: Ctx, tx: Write, input: ContactInput, onDuplicate: "error" | "return" | "update"): Promise<Saved> {
  const now = ctx.clock.now();
  const row = await withFields(tx, emptyRow(ctx.workspace.id, now, "api"), input);
  assertIdentity(row);
  const same = (await findSame(tx, ctx.workspace.id, { email: row.email_key, linkedIn: row.linkedin_key }))[0];
  if (!same && (await insertContact(tx, row))) {
    await saveWords(tx, ctx.workspace.id, row.id, searchWords(row));
    await recordEvent(tx, ctx, "contact.created", { contactId: row.id });
    return { row, created: true };
  }
  // Another node made it between the look and the insert.
  const existing = same ?? (await findSame(tx, ctx.workspace.id, { email: row.email_key, linkedIn: row.linkedin_key }))[0];
  if (!existing) throw new Error("a contact was refused as a duplicate of one that is not there");
  if (onDuplicate === "error") throw duplicate(row, existing);
  if (onDuplicate === "return") return { row: existing, created: false };
  return { row: await change(ctx, tx, existing, input), created: false };
}

/** Absent fields stay, null clears. Throws NOT_FOUND, DUPLICATE_CONTACT, or VALIDATION_ERROR when nobody would be left. */
export async function updateContact(ctx: Ctx, tx: Write, id: string, patch: ContactPatch): Promise<ContactRow> {
  return change(ctx, tx, await existing(tx, ctx, id), patch);
}

/** Idempotent; ends what runs for the contact. */
export async function archiveContact(ctx: Ctx, tx: Write, id: string, reason: string | undefined): Promise<{ contactId: string; archivedAt: number }> {
  const row = await existing(tx, ctx, id);
  if (row.archived_at !== null) return { contactId: id, archivedAt: row.archived_at };
  const now = ctx.clock.now();
  await updateRow(tx, { ...row, archived_at: now, archive_reason: reason ?? null, updated_at: now });
  await endEnrollments(tx, ctx, id, "contact_archived");
  await recordEvent(tx, ctx, "contact.archived", { contactId: id });
  return { contactId: id, archivedAt: now };
}

/** Idempotent. */
export async function restoreContact(ctx: Ctx, tx: Write, id: string): Promise<ContactRow> {
  const row = await existing(tx, ctx, id);
  if (row.archived_at === null) return row;
  const restored = { ...row, archived_at: null, archive_reason: null, updated_at: ctx.clock.now() };
  await updateRow(tx, restored);
  await recordEvent(tx, ctx, "contact.restored", { contactId: id });
  return restored;
}

async function existing(tx: Write, ctx: Ctx, id: string): Promise<ContactRow> {
  const row = await findContact(tx, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

async function change(ctx: Ctx, tx: Write, row: ContactRow, patch: ContactPatch): Promise<ContactRow> {
  const changed = { ...(await withFields(tx, row, patch)), updated_at: ctx.clock.now() };
  assertIdentity(changed);
  const other = (await findSame(tx, ctx.workspace.id, { email: changed.email_key, linkedIn: changed.linkedin_key })).find((same) => same.id !== row.id);
  if (other) throw duplicate(changed, other);
  await updateRow(tx, changed);
  await saveWords(tx, ctx.workspace.id, row.id, searchWords(changed));
  await recordEvent(tx, ctx, "contact.updated", { contactId: row.id, fields: Object.keys(patch) });
  if (changed.status !== row.status) await recordEvent(tx, ctx, "contact.status_changed", { contactId: row.id, from: row.status, to: changed.status });
  return changed;
}

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

async function companyOf(tx: Write, workspaceId: string, company: string | null, emailKey: string | null, known?: ReadonlyMap<string, string>): Promise<Pick<ContactRow, "company" | "company_key" | "company_id">> {
  return { company, company_key: company?.toLowerCase() ?? null, company_id: known ? (known.get(emailKey ?? "") ?? null) : await companyIdFor(tx, workspaceId, emailKey) };
}

export function emailColumns(typed: string | null): Pick<ContactRow, "email" | "email_key"> {
  if (typed === null) return { email: null, email_key: null };
  const email = normalizeEmail(typed);
  if (!email.ok) throw invalid("email", "invalid_email", email.message);
  return { email: typed.trim(), email_key: email.value };
}

function linkedInColumns(typed: string | null): Pick<ContactRow, "linkedin_url" | "linkedin_key"> {
  if (typed === null) return { linkedin_url: null, linkedin_key: null };
  const key = linkedInKey(typed, "in");
  if (key === undefined) throw invalid("linkedInUrl", "invalid_linkedin_url", "This is no LinkedIn profile. Write it like https://www.linkedin.com/in/jane-smith");
  return { linkedin_url: typed.trim(), linkedin_key: key };
}

export function assertIdentity(row: ContactRow): void {
  if (row.first_name === null && row.last_name === null && row.email === null && row.linkedin_url === null) {
    throw invalid("", "identity_required", "A contact needs at least one of firstName, lastName, email or linkedInUrl.");
  }
}

function duplicate(row: ContactRow, other: ContactRow): ApiError {
  const field = row.email_key !== null && row.email_key === other.email_key ? "email" : "linkedInUrl";
  const archived = other.archived_at !== null;
  const fix = archived ? "It is archived: restore it with POST /contacts/:id/restore." : "Update it with PATCH /contacts/:id, or send on_duplicate=return or update.";
  return new ApiError("DUPLICATE_CONTACT", { details: [{ path: field, code: "duplicate", message: `Contact ${other.id} has it. ${fix}`, field, existingContactId: other.id, archived }] });
}

export function emptyRow(workspaceId: string, now: number, source: string): ContactRow {
  return {
    workspace_id: workspaceId, id: newId(now), first_name: null, last_name: null, email: null, email_key: null, phone: null, linkedin_url: null, linkedin_key: null,
    company: null, company_key: null, company_id: null, title: null, location: null, source, tags: "[]", notes: null, status: "new", score: null, activity_score: null,
    attributes: "{}", created_at: now, updated_at: now, archived_at: null, archive_reason: null,
  };
}

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
