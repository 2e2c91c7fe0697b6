import type { Read, Write } from "../../store/store.ts";
import type { Contact } from "./contract.ts";
import { toContact } from "./fields.ts";
import { selectContactsByIds } from "./queries.ts";

/** Contacts as the API shows them, by id. */
export async function showContacts(db: Read | Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, Contact>> {
  return new Map((await selectContactsByIds(db, workspaceId, ids)).map((row) => [row.id, toContact(row)]));
}
