import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow } from "../../store/tables.ts";
import type { EnrollmentRow } from "../../store/tables-outreach.ts";
import type { MergeMoveRow } from "../../store/tables-people.ts";
import { indexContact, updateRow } from "../contacts/index.ts";
import { holdings } from "./holdings.ts";
import { type Change, fieldNames, inherit } from "./inherit.ts";
import { insertMerge, type Key, lockContacts, moveHeld, selectBothRunning, selectHeld, setEnrollment } from "./queries.ts";

/** All of it is one transaction, for whose time SQLite writes nothing else: about a second on a slow machine. */
const movedMax = 20_000;
/** Rows of a statement; a key of several columns takes more of it. */
const chunkSize = { one: 1000, several: 100 };

/** What one step of a merge did, as `merge_moves` keeps it. */
export interface Moved {
  table: string;
  keys: Key[];
}
export type StoppedFields = Pick<EnrollmentRow, "status" | "next_step_at" | "end_reason" | "ended_at" | "updated_at">;
export interface Stopped {
  id: string;
  before: StoppedFields;
  after: StoppedFields;
}
export interface Changed {
  survivor: Change;
  loser: Change;
}

/** Makes one contact of several. `visitorIds`: those whose person changed, which the store may hold in memory. */
export async function mergeContacts(ctx: Ctx, tx: Write, survivorId: string, loserIds: readonly string[]) {
  const rows = await lockContacts(ctx.store, tx, ctx.workspace.id, [survivorId, ...loserIds]);
  let survivor = mergeable(rows, survivorId, "survivorId");
  if (survivor.archived_at !== null) throw new ApiError("CONTACT_ARCHIVED");
  const losers = loserIds.map((id, i) => mergeable(rows, id, `loserIds.${i}`));
  const now = ctx.clock.now();
  const mergeId = newId(now);
  const steps: MergeMoveRow[] = [];
  const note = (loserId: string, what: MergeMoveRow["what"], record: Moved | Stopped | Changed) =>
    steps.push({ workspace_id: ctx.workspace.id, merge_id: mergeId, seq: steps.length, loser_id: loserId, what, record: JSON.stringify(record) });
  const moved: Record<string, number> = {};
  const filled = new Set<string>();
  const stoppedIds: string[] = [];
  const visitorIds: string[] = [];
  let total = 0;

  for (const loser of losers) {
    for (const stopped of await stopBothRunning(ctx, tx, loser.id, survivorId, now)) {
      stoppedIds.push(stopped.id);
      note(loser.id, "stopped", stopped);
    }
    for (const holding of holdings) {
      const keys = await selectHeld(tx, holding, ctx.workspace.id, loser.id, survivorId, movedMax - total + 1);
      total += keys.length;
      if (total > movedMax) throw new ApiError("MERGE_TOO_LARGE");
      if (keys.length > 0) moved[holding.table] = (moved[holding.table] ?? 0) + keys.length;
      if (holding.table === "visitors") visitorIds.push(...keys.map(String));
      const size = holding.key.length === 1 ? chunkSize.one : chunkSize.several;
      for (let at = 0; at < keys.length; at += size) {
        const chunk = keys.slice(at, at + size);
        await moveHeld(tx, holding, ctx.workspace.id, chunk, loser.id, survivorId);
        note(loser.id, "moved", { table: holding.table, keys: chunk });
      }
    }
    const changed = inherit(survivor, loser, now);
    note(loser.id, "contact", changed);
    for (const name of fieldNames(changed.survivor.after)) filled.add(name);
    survivor = await writeBoth(tx, survivor, loser, changed);
  }
  await insertMerge(tx, { workspace_id: ctx.workspace.id, id: mergeId, survivor_id: survivorId, actor: `${ctx.actor.kind}:${ctx.actor.id}`, moved: total, created_at: now, undone_at: null }, steps);
  for (const loserId of loserIds) await recordEvent(tx, ctx, "contact.merged", { contactId: survivorId, mergedContactId: loserId, mergeId });
  await recordAudit(tx, ctx, "contact.merged", { contactId: survivorId, loserIds, mergeId, moved });
  return { answer: { mergeId, survivorId, loserIds: [...loserIds], moved, filledFields: [...filled], stoppedEnrollmentIds: stoppedIds }, visitorIds };
}

function mergeable(rows: ReadonlyMap<string, ContactRow>, id: string, path: string): ContactRow {
  const row = rows.get(id);
  if (!row) throw new ApiError("NOT_FOUND", { message: "There is no contact with this id.", details: [{ path, code: "not_found", message: "There is no contact with this id." }] });
  if (row.merged_into !== null) throw new ApiError("CONTACT_MERGED", { details: [{ path, code: "merged", message: `It is part of contact ${row.merged_into}.`, existingContactId: row.merged_into }] });
  return row;
}

/** A contact runs once in a sequence: where both do, the survivor's goes on. */
async function stopBothRunning(ctx: Ctx, tx: Write, loserId: string, survivorId: string, now: number): Promise<Stopped[]> {
  const stopped: Stopped[] = [];
  for (const row of await selectBothRunning(tx, ctx.workspace.id, loserId, survivorId)) {
    const { status, next_step_at, end_reason, ended_at, updated_at } = row;
    const after: StoppedFields = { status: "stopped", next_step_at: null, end_reason: "merged", ended_at: now, updated_at: now };
    await setEnrollment(tx, ctx.workspace.id, row.id, after);
    await recordEvent(tx, ctx, "enrollment.stopped", { enrollmentId: row.id, sequenceId: row.sequence_id, contactId: loserId });
    stopped.push({ id: row.id, before: { status, next_step_at, end_reason, ended_at, updated_at }, after });
  }
  return stopped;
}

async function writeBoth(tx: Write, survivor: ContactRow, loser: ContactRow, { survivor: gains, loser: gives }: Changed): Promise<ContactRow> {
  // The loser first: of an address that goes over there must never be two.
  const archived = { ...loser, ...gives.after };
  await updateRow(tx, archived);
  await indexContact(tx, archived);
  const filled = { ...survivor, ...gains.after };
  await updateRow(tx, filled);
  await indexContact(tx, filled);
  return filled;
}
