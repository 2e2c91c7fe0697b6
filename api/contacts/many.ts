import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvents } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { companyIdsFor } from "../companies/index.ts";
import type { ContactInput } from "./contract.ts";
import { assertIdentity, emailColumns, emptyRow, withFields } from "./fields.ts";
import { matchKeys } from "./match-keys.ts";
import { insertContactKeys, insertContacts, insertWords } from "./queries.ts";
import { searchWords } from "./words.ts";

/**
 * Makes contacts as POST /contacts would, in few statements; they are in the order of `inputs`. Throws DUPLICATE_CONTACT when any of them
 * exists by now or equals another, VALIDATION_ERROR when one is not valid: none is made then, for the transaction has to end.
 */
export async function createNewContacts(ctx: Ctx, tx: Write, inputs: readonly ContactInput[], source: string): Promise<ContactRow[]> {
  if (inputs.length === 0) return [];
  const now = ctx.clock.now();
  const workspaceId = ctx.workspace.id;
  const companies = await companyIdsFor(tx, workspaceId, inputs.flatMap(({ email }) => (email === undefined ? [] : (emailColumns(email).email_key ?? []))));
  const rows: ContactRow[] = [];
  for (const input of inputs) {
    const row = await withFields(tx, emptyRow(workspaceId, now, source), input, companies);
    assertIdentity(row);
    rows.push(row);
  }
  if ((await insertContacts(tx, rows)) < rows.length) throw new ApiError("DUPLICATE_CONTACT");
  await insertWords(tx, rows.map((row) => ({ workspace_id: workspaceId, contact_id: row.id, ...searchWords(row) })));
  await insertContactKeys(tx, workspaceId, rows.flatMap((row) => matchKeys(row).map((key) => ({ key, contactId: row.id }))));
  await recordEvents(tx, workspaceId, now, rows.map(({ id }) => ({ kind: "contact.created", payload: { contactId: id } })));
  return rows;
}
