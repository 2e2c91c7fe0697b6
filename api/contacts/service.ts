import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { emailDomain, findCompany } from "../companies/index.ts";
import { endEnrollments } from "../sequences/index.ts";
import type { ContactFilter, ContactInput, ContactPatch } from "./contract.ts";
import { assertIdentity, companyOf, duplicate, emptyRow, merged, toContact, withFields } from "./fields.ts";
import { findContact, findContactByEmail, findSame, insertContact, selectOfCompany, updateRow } from "./queries.ts";
import { type ContactPage, positionOf, selectContacts } from "./queries/list.ts";
import { indexContact } from "./search-index.ts";
import { partIn } from "./words.ts";

const mergedHopsMax = 100;

export interface PersonFields {
  firstName?: string | undefined;
  lastName?: string | undefined;
  company?: string | undefined;
  title?: string | undefined;
  phone?: string | undefined;
}

/** The contact with this e-mail, made when there is none. Nothing of an existing one is overwritten; one that was merged is who it is part of now. */
export async function ensureContact(tx: Write, workspaceId: string, now: number, email: { typed: string; key: string }, person: PersonFields, source: string): Promise<ContactRow> {
  const existing = await resolveByEmail(tx, workspaceId, email.key);
  if (existing) return existing;
  const row = { ...emptyRow(workspaceId, now, source), email: email.typed, email_key: email.key, email_domain: emailDomain(email.key), phone: person.phone ?? null, title: person.title ?? null };
  Object.assign(row, { first_name: person.firstName ?? null, last_name: person.lastName ?? null, ...(await companyOf(tx, workspaceId, person.company ?? null, email.key)) });
  if (await insertContact(tx, row)) {
    await indexContact(tx, row);
    return row;
  }
  const winner = await resolveByEmail(tx, workspaceId, email.key);
  if (!winner) throw new Error("a contact was refused as a duplicate of one that is not there");
  return winner;
}

/** A contact by id; one that was merged is who it is part of now. */
export async function resolveContact(db: Read | Write, workspaceId: string, id: string): Promise<ContactRow | undefined> {
  return follow(db, await findContact(db, workspaceId, id));
}

async function resolveByEmail(db: Read | Write, workspaceId: string, emailKey: string): Promise<ContactRow | undefined> {
  return follow(db, await findContactByEmail(db, workspaceId, emailKey));
}

async function follow(db: Read | Write, found: ContactRow | undefined): Promise<ContactRow | undefined> {
  let row = found;
  // A merge never makes a circle; the bound is for a database that somebody mended by hand.
  for (let hop = 0; hop < mergedHopsMax && row && row.merged_into !== null; hop++) row = await findContact(db, row.workspace_id, row.merged_into);
  return row;
}

/** What a list's filter asks the database for. */
export function asked(ctx: Ctx, filter: Omit<ContactFilter, "limit" | "cursor">, limit: number): ContactPage {
  const part = filter.company?.toLowerCase();
  return {
    workspaceId: ctx.workspace.id,
    limit,
    status: filter.status,
    source: filter.source,
    company: part === undefined ? undefined : { part, pieces: partIn(ctx.workspace.id, part).map((piece) => [piece]) },
    sortBy: filter.sort_by,
    ascending: filter.sort_direction === "asc",
    includeArchived: filter.include_archived,
  };
}

/** A page of contacts. No row twice and none skipped while contacts are added. */
export async function listContacts(ctx: Ctx, cursors: Cursors, filter: ContactFilter) {
  const { limit, cursor, ...binding } = filter;
  const bound = [ctx.workspace.id, "contacts", binding];
  const position = cursor === undefined ? undefined : cursors.read(cursor, bound);
  // What one index holds in the order asked for is a short read.
  const short = filter.company === undefined && (filter.sort_by === "createdAt" || filter.status === undefined || filter.source === undefined);
  const rows = await selectContacts(short ? ctx.store.read : ctx.store.slow, ctx.store.wordMatch, { ...asked(ctx, filter, limit + 1), after: position && [Number(position[0]), String(position[1])] });
  const { page, ...more } = pageOf(rows, limit, (last) => cursors.make(positionOf(last, filter.sort_by), bound));
  return { contacts: page.map(toContact), ...more };
}

/** A company's contacts, newest first. Throws NOT_FOUND. */
export async function listCompanyContacts(ctx: Ctx, cursors: Cursors, companyId: string, query: { limit: number; cursor?: string | undefined; include_archived: boolean }) {
  if (!(await findCompany(ctx.store.read, ctx.workspace.id, companyId))) throw new ApiError("NOT_FOUND");
  const bound = [ctx.workspace.id, "company contacts", companyId, query.include_archived];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectOfCompany(ctx.store.slow, { workspaceId: ctx.workspace.id, companyId, limit: query.limit + 1, before, includeArchived: query.include_archived });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { contacts: page.map(toContact), ...more };
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
    await indexContact(tx, row);
    await recordEvent(tx, ctx, "contact.created", { contactId: row.id });
    return { row, created: true };
  }
  // Another node made it between the look and the insert.
  const found = same ?? (await findSame(tx, ctx.workspace.id, { email: row.email_key, linkedIn: row.linkedin_key }))[0];
  const existing = await follow(tx, found);
  if (!found || !existing) throw new Error("a contact was refused as a duplicate of one that is not there");
  if (onDuplicate === "error") throw duplicate("new", row, found, existing);
  if (onDuplicate === "return") return { row: existing, created: false };
  return { row: await change(ctx, tx, existing, existing === found ? input : withoutKeysOf(found, row, input)), created: false };
}

/** As `createContact` that updates. Throws VALIDATION_ERROR where there is nothing to find a contact by: each call would make another one. */
export async function upsertContact(ctx: Ctx, tx: Write, input: ContactInput): Promise<Saved> {
  if (input.email === undefined && input.linkedInUrl === undefined) {
    throw invalid("", "identity_required", "PUT finds a contact by email or linkedInUrl: send one of them. By name alone, POST /contacts creates one.");
  }
  return createContact(ctx, tx, input, "update");
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
  if (row.merged_into !== null) throw merged(row.merged_into);
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

/** What a merged contact is known by stays its own, so that the merge can be undone. */
function withoutKeysOf(merged: ContactRow, typed: ContactRow, input: ContactPatch): ContactPatch {
  const { email, linkedInUrl, ...others } = input;
  return {
    ...others,
    ...(email === undefined || typed.email_key === merged.email_key ? {} : { email }),
    ...(linkedInUrl === undefined || typed.linkedin_key === merged.linkedin_key ? {} : { linkedInUrl }),
  };
}

async function change(ctx: Ctx, tx: Write, row: ContactRow, patch: ContactPatch): Promise<ContactRow> {
  if (row.merged_into !== null) throw merged(row.merged_into);
  const changed = { ...(await withFields(tx, row, patch)), updated_at: ctx.clock.now() };
  assertIdentity(changed);
  const other = (await findSame(tx, ctx.workspace.id, { email: changed.email_key, linkedIn: changed.linkedin_key })).find((same) => same.id !== row.id);
  if (other) throw duplicate("change", changed, other, (await follow(tx, other)) ?? other);
  await updateRow(tx, changed);
  await indexContact(tx, changed);
  await recordEvent(tx, ctx, "contact.updated", { contactId: row.id, fields: Object.keys(patch) });
  if (changed.status !== row.status) await recordEvent(tx, ctx, "contact.status_changed", { contactId: row.id, from: row.status, to: changed.status });
  return changed;
}

/** The row with what the input says; `undefined` leaves a field alone. */
