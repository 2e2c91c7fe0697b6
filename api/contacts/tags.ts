import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import { saveWords, updateTags } from "./queries.ts";
import { searchWords } from "./words.ts";

/** Gives a contact that the caller has locked these tags, and nothing else: what a change of other fields asks for is not asked. */
export async function setTags(ctx: Ctx, tx: Write, row: ContactRow, tags: readonly string[]): Promise<ContactRow> {
  const changed = { ...row, tags: JSON.stringify(tags), updated_at: ctx.clock.now() };
  await updateTags(tx, changed);
  const [before, after] = [searchWords(row), searchWords(changed)];
  if (before.words !== after.words) await saveWords(tx, row.workspace_id, row.id, after);
  await recordEvent(tx, ctx, "contact.updated", { contactId: row.id, fields: ["tags"] });
  return changed;
}
