import { newId } from "../../core/id.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { findContactByEmail, insertContact } from "./queries.ts";

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
  const row: ContactRow = {
    workspace_id: workspaceId,
    id: newId(now),
    first_name: person.firstName ?? null,
    last_name: person.lastName ?? null,
    email: email.typed,
    email_key: email.key,
    phone: person.phone ?? null,
    linkedin_url: null,
    linkedin_key: null,
    company: person.company ?? null,
    title: person.title ?? null,
    location: null,
    source,
    tags: "[]",
    notes: null,
    status: "new",
    created_at: now,
    updated_at: now,
    archived_at: null,
  };
  if (await insertContact(tx, row)) return row;
  const winner = await findContactByEmail(tx, workspaceId, email.key);
  if (!winner) throw new Error("a contact was refused as a duplicate of one that is not there");
  return winner;
}
