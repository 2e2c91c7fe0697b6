import { newId } from "../core/id.ts";
import { groupsOf } from "./batches.ts";
import type { Ctx, Workspace } from "./context.ts";
import { markEvents } from "./event-marks.ts";
import type { Write } from "./store.ts";

export interface NewEvent {
  kind: string;
  payload: Record<string, unknown>;
  /** Given where the event may be recorded twice: under the same id it is there once. */
  id?: string;
  /** Where it differs from the others'. */
  at?: number;
}

/** Whose record it is, and who acts. */
export type Recorder = Pick<Ctx, "actor" | "clock" | "depth"> & { workspace: Pick<Workspace, "id"> };

/** Records a change event (`contact.updated`, ids only, no personal data) in the transaction of the change. Kinds are listed in core/event-words.ts. One that a workflow's run caused says how many runs led to it (`depth`). */
export async function recordEvent(tx: Write, ctx: Recorder, kind: string, payload: Record<string, unknown>): Promise<void> {
  await recordEvents(tx, ctx.workspace.id, ctx.clock.now(), [{ kind, payload: ctx.depth === undefined ? payload : { ...payload, depth: ctx.depth } }]);
}

/** Many at once, for changes in bulk, in few statements. */
export async function recordEvents(tx: Write, workspaceId: string, at: number, events: readonly NewEvent[]): Promise<void> {
  for (const group of groupsOf(events)) {
    const rows = group.map(({ id, kind, payload, ...own }) => ({ workspace_id: workspaceId, id: id ?? newId(at), kind, payload: JSON.stringify(payload), at: own.at ?? at }));
    const insert = tx.insertInto("events").values(rows);
    await (rows.length === 1 && group[0]?.id === undefined ? insert : insert.onConflict((on) => on.doNothing())).execute();
  }
  if (events.length > 0) markEvents(tx);
}

/** Records who did what, in the transaction of the deed. `detail` holds ids and words, never secrets or values of fields. */
export async function recordAudit(tx: Write, ctx: Recorder, action: string, detail: Record<string, unknown>): Promise<void> {
  const at = ctx.clock.now();
  const actor = `${ctx.actor.kind}:${ctx.actor.id}`;
  await tx.insertInto("audit").values({ workspace_id: ctx.workspace.id, id: newId(at), at, actor, action, detail: JSON.stringify(detail) }).execute();
}
