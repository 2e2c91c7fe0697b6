import type { Ctx } from "../../store/context.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { createContact, updateContact } from "../contacts/index.ts";
import type { MappedContact } from "./map.ts";

const columns = { email: "email", firstName: "first_name", lastName: "last_name", phone: "phone", linkedInUrl: "linkedin_url", company: "company", title: "title", location: "location", notes: "notes" } as const;

/**
 * The contact that a row tells of, made when there is none. A known one's fields are filled where they are empty, or replaced; tags are
 * added; an archived one stays as it is. Throws DUPLICATE_CONTACT where the row would make two people one.
 */
export async function upsertContact(ctx: Ctx, tx: Write, contact: MappedContact, onExisting: "fill" | "update"): Promise<string> {
  const { row, created } = await createContact(ctx, tx, { ...contact, source: "inbound" }, "return");
  if (created || row.archived_at !== null) return row.id;
  const patch = patchFor(row, contact, onExisting);
  if (Object.keys(patch).length > 0) await updateContact(ctx, tx, row.id, patch);
  return row.id;
}

function patchFor(row: ContactRow, contact: MappedContact, onExisting: "fill" | "update"): MappedContact {
  const patch: MappedContact = {};
  for (const [name, column] of Object.entries(columns) as [keyof typeof columns, (typeof columns)[keyof typeof columns]][]) {
    const given = contact[name];
    const known = row[column] ?? "";
    if (given !== undefined && given !== known && (onExisting === "update" || known === "")) patch[name] = given;
  }
  const tags = JSON.parse(row.tags) as string[];
  const fresh = (contact.tags ?? []).filter((tag) => !tags.includes(tag));
  if (fresh.length > 0) patch.tags = [...tags, ...fresh].slice(0, 100);
  const before = JSON.parse(row.attributes) as Record<string, unknown>;
  const attributes = onExisting === "update" ? { ...before, ...contact.attributes } : { ...contact.attributes, ...before };
  if (contact.attributes !== undefined && JSON.stringify(attributes) !== JSON.stringify(before)) patch.attributes = attributes;
  return patch;
}
