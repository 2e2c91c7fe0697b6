import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import type { MergeMoveRow, MergeRow } from "../../store/tables-people.ts";
import { indexContact, updateRow } from "../contacts/index.ts";
import { holdings } from "./holdings.ts";
import { takeBack } from "./inherit.ts";
import { findEnrollment, findHolder, lockContacts, lockMerge, markUndone, moveHeld, selectMoves, setEnrollment } from "./queries.ts";
import type { Changed, Moved, Stopped } from "./service.ts";

/** Takes a merge back, its last step first. Idempotent. Throws NOT_FOUND, MERGE_NOT_UNDOABLE, DUPLICATE_CONTACT. */
export async function undoMerge(ctx: Ctx, tx: Write, mergeId: string) {
  const workspaceId = ctx.workspace.id;
  const merge = await lockMerge(tx, workspaceId, mergeId);
  if (!merge) throw new ApiError("NOT_FOUND");
  const steps = await selectMoves(tx, merge);
  const loserIds = [...new Set(steps.map((step) => step.loser_id))].toReversed();
  const answer = { mergeId, survivorId: merge.survivor_id, loserIds };
  if (merge.undone_at !== null) return { answer: { ...answer, returned: 0, keptFields: [], undoneAt: merge.undone_at }, visitorIds: [] };

  const rows = await lockContacts(ctx.store, tx, workspaceId, [merge.survivor_id, ...loserIds]);
  assertUndoable(rows, merge, loserIds);
  const now = ctx.clock.now();
  const kept = new Set<string>();
  const visitorIds: string[] = [];
  let returned = 0;
  for (const step of steps) {
    if (step.what === "contact") for (const name of await takeBackFields(tx, rows, merge, step, now)) kept.add(name);
    if (step.what === "stopped") await takeBackStop(tx, workspaceId, JSON.parse(step.record) as Stopped);
    if (step.what === "moved") {
      const { table, keys } = JSON.parse(step.record) as Moved;
      const holding = holdings.find((one) => one.table === table);
      if (!holding) throw new Error(`a merge moved rows of ${table}, which is in the list no more`);
      returned += await moveHeld(tx, holding, workspaceId, keys, merge.survivor_id, step.loser_id);
      if (table === "visitors") visitorIds.push(...keys.map(String));
    }
  }
  await markUndone(tx, merge, now);
  for (const loserId of loserIds) await recordEvent(tx, ctx, "contact.merge_undone", { contactId: merge.survivor_id, mergedContactId: loserId, mergeId });
  await recordAudit(tx, ctx, "contact.merge_undone", { contactId: merge.survivor_id, loserIds, mergeId });
  return { answer: { ...answer, returned, keptFields: [...kept], undoneAt: now }, visitorIds };
}

function assertUndoable(rows: ReadonlyMap<string, ContactRow>, merge: MergeRow, loserIds: readonly string[]): void {
  const refuse = (path: string, code: string, message: string) => new ApiError("MERGE_NOT_UNDOABLE", { details: [{ path, code, message }] });
  const survivor = rows.get(merge.survivor_id);
  if (!survivor) throw refuse("survivorId", "gone", "The survivor was deleted.");
  if (survivor.merged_into !== null) throw refuse("survivorId", "merged", `The survivor was merged into ${survivor.merged_into} since: undo that merge first.`);
  for (const id of loserIds) {
    if (rows.get(id)?.merged_into !== merge.survivor_id) throw refuse("loserIds", "gone", `Contact ${id} was deleted.`);
  }
}

/** Survivor first: of an address that goes back there must never be two. */
async function takeBackFields(tx: Write, rows: Map<string, ContactRow>, merge: MergeRow, step: MergeMoveRow, now: number): Promise<string[]> {
  const { survivor: gains, loser: gives } = JSON.parse(step.record) as Changed;
  const [survivor, loser] = [rows.get(merge.survivor_id), rows.get(step.loser_id)];
  if (!survivor || !loser) throw new Error("a contact was lost between its lock and its change");
  const { row: less, kept } = takeBack(survivor, gains, now);
  if (less.first_name === null && less.last_name === null && less.email === null && less.linkedin_url === null) {
    throw new ApiError("MERGE_NOT_UNDOABLE", { details: [{ path: "survivorId", code: "identity_required", message: "Nothing would be left to know the survivor by: give it a name, e-mail or LinkedIn address first." }] });
  }
  const { row: back } = takeBack(loser, gives, now);
  await save(tx, rows, less);
  const holder = await findHolder(tx, back);
  if (holder) {
    const field = back.email_key !== null && back.email_key === holder.email_key ? "email" : "linkedInUrl";
    const message = `Contact ${holder.id} has what contact ${back.id} was known by. Change or merge it first.`;
    throw new ApiError("DUPLICATE_CONTACT", { details: [{ path: "loserIds", code: "duplicate", message, field, existingContactId: holder.id, archived: holder.archived_at !== null }] });
  }
  await save(tx, rows, back);
  return kept;
}

async function save(tx: Write, rows: Map<string, ContactRow>, row: ContactRow): Promise<void> {
  rows.set(row.id, row);
  await updateRow(tx, row);
  await indexContact(tx, row);
}

/** Goes on where it was, unless somebody has done something with it since. */
async function takeBackStop(tx: Write, workspaceId: string, { id, before, after }: Stopped): Promise<void> {
  const row = await findEnrollment(tx, workspaceId, id);
  if (row?.status === after.status && row.end_reason === after.end_reason && row.ended_at === after.ended_at) await setEnrollment(tx, workspaceId, id, before);
}
