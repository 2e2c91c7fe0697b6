import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvents } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { companyIdsFor } from "../companies/index.ts";
import type { ContactInput } from "./contract.ts";
import { insertContacts, insertWords } from "./queries.ts";
import { assertIdentity, emailColumns, emptyRow, withFields } from "./service.ts";
import { searchWords } from "./words.ts";

/**
 * Makes contacts as POST /contacts would, in few statements; ids are in the order of `inputs`. Throws DUPLICATE_CONTACT when any of them
 * exists by now or equals another, VALIDATION_ERROR when one is not valid: none is made then, for the transaction has to end.
 */
export async function createContacts(ctx: Ctx, tx: Write, inputs: readonly ContactInput[], source: string): Promise<ContactRow[]> {
  if (inputs.length === 0) return [];
  const now = ctx.clock.now();
  const companies = await companyIdsFor(tx, ctx.workspace.id, inputs.flatMap(({ email }) => (email === undefined ? [] : (emailColumns(email).email_key ?? []))));
  const rows: ContactRow[] = [];
  for (const input of inputs) {
    const row = await withFields(tx, emptyRow(ctx.workspace.id, now, source), input, companies);
    assertIdentity(row);
    rows.push(row);
  }
  if ((await insertContacts(tx, rows)) < rows.length) throw new ApiError("DUPLICATE_CONTACT");
  const words = rows.flatMap((row) => [...searchWords(row)].map(([word, weight]) => ({ workspace_id: row.workspace_id, word, contact_id: row.id, weight })));
  await insertWords(tx, words);
  await recordEvents(tx, ctx.workspace.id, now, rows.map(({ id }) => ({ kind: "contact.created", payload: { contactId: id } })));
  return rows;
}
