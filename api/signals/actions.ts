import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { SignalActionRow } from "../../store/tables-intel.ts";
import { deleteAction, findAction, lockSignal, saveAction, setActionedAt } from "./queries.ts";

/** Marks a signal actioned. Again: who and when stay, and a note or outcome that is given replaces the one before. */
export async function actionSignal(ctx: Ctx, tx: Write, id: string, input: { note?: string | undefined; outcome?: string | undefined }) {
  const signal = await lockSignal(ctx.store, tx, ctx.workspace.id, id);
  if (!signal) throw new ApiError("NOT_FOUND");
  const now = ctx.clock.now();
  const before = await findAction(tx, ctx.workspace.id, id);
  const row: SignalActionRow = {
    workspace_id: ctx.workspace.id,
    signal_id: id,
    actor: before?.actor ?? `${ctx.actor.kind}:${ctx.actor.id}`,
    at: before?.at ?? now,
    note: input.note ?? before?.note ?? null,
    outcome: input.outcome ?? before?.outcome ?? null,
  };
  await saveAction(tx, row);
  if (signal.actioned_at === null) {
    await setActionedAt(tx, ctx.workspace.id, id, row.at);
    await note(ctx, tx, "signal.actioned", id);
  }
  return { signalId: id, actioned: true, actionedAt: row.at, action: toAction(row) };
}

/** Takes the mark back; doing it again changes nothing. */
export async function unactionSignal(ctx: Ctx, tx: Write, id: string) {
  const signal = await lockSignal(ctx.store, tx, ctx.workspace.id, id);
  if (!signal) throw new ApiError("NOT_FOUND");
  if (signal.actioned_at !== null) {
    await deleteAction(tx, ctx.workspace.id, id);
    await setActionedAt(tx, ctx.workspace.id, id, null);
    await note(ctx, tx, "signal.unactioned", id);
  }
  return { signalId: id, actioned: false, actionedAt: null, action: null };
}

export function toAction(row: SignalActionRow) {
  return { note: row.note, outcome: row.outcome, by: row.actor, at: row.at };
}

async function note(ctx: Ctx, tx: Write, kind: string, signalId: string): Promise<void> {
  await recordEvent(tx, ctx, kind, { signalId });
  await recordAudit(tx, ctx, kind, { signalId });
}
