import { newId } from "../core/id.ts";
import { groupsOf } from "./batches.ts";
import type { Ctx, Workspace } from "./context.ts";
import { markEvents } from "./event-marks.ts";
import { preparedRows } from "./prepared.ts";
import type { Write } from "./store.ts";
import type { EventRow } from "./tables-events.ts";

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

interface Deeds {
  audited: boolean;
  /** How many, and the first of them. */
  events: number;
  first: { kind: string; payload: Record<string, unknown> } | undefined;
}

/** What was recorded under a ctx so far: of one call, since each has its own. */
const deedsOf = new WeakMap<object, Deeds>();

function deeds(ctx: object): Deeds {
  const known = deedsOf.get(ctx) ?? { audited: false, events: 0, first: undefined };
  deedsOf.set(ctx, known);
  return known;
}

/** Forgets what was recorded under a ctx, when its transaction begins anew. */
export const forgetDeeds = (ctx: Ctx): boolean => deedsOf.delete(ctx);

/** Says that the audit entry of this ctx's deed was written by other means than `recordAudit`. */
export function markAudited(ctx: object): void {
  deeds(ctx).audited = true;
}

/**
 * Leaves an audit entry of a deed that left none of its own: in the words of its event where it has just one, else in those
 * given. So no write is without a name under it, whoever adds it.
 */
export async function ensureAudit(tx: Write, ctx: Ctx, action: string, detail: Record<string, unknown>): Promise<void> {
  const { audited, events, first } = deeds(ctx);
  if (audited) return;
  if (first && events === 1) await recordAudit(tx, ctx, first.kind, first.payload);
  else await recordAudit(tx, ctx, action, { ...detail, ...(events > 0 ? { events } : {}) });
}

/**
 * Records a change event (`contact.updated`, ids only, no personal data) in the transaction of the change; one with a `contactId` is in that
 * contact's timeline. Kinds are listed in core/event-words.ts. One that a workflow's run caused says how many runs led to it (`depth`).
 */
export async function recordEvent(tx: Write, ctx: Recorder, kind: string, payload: Record<string, unknown>): Promise<void> {
  const done = deeds(ctx);
  done.events += 1;
  done.first ??= { kind, payload };
  await recordEvents(tx, ctx.workspace.id, ctx.clock.now(), [{ kind, payload: ctx.depth === undefined ? payload : { ...payload, depth: ctx.depth } }]);
}

type NewEventRow = Omit<EventRow, "seq">;
const insertEvent = preparedRows((db, rows: NewEventRow[]) => db.insertInto("events").values(rows));
const insertEvents = preparedRows((db, rows: NewEventRow[]) => db.insertInto("events").values(rows).onConflict((on) => on.doNothing()));

/** Many at once, for changes in bulk, in few statements. */
export async function recordEvents(tx: Write, workspaceId: string, at: number, events: readonly NewEvent[]): Promise<void> {
  for (const group of groupsOf(events)) {
    const rows = group.map(({ id, kind, payload, ...own }) => ({ workspace_id: workspaceId, id: id ?? newId(at), kind, payload: JSON.stringify(payload), at: own.at ?? at, contact_id: contactOf(payload) }));
    await (rows.length === 1 && group[0]?.id === undefined ? insertEvent : insertEvents)(tx, rows);
  }
  if (events.length > 0) markEvents(tx);
}

const contactOf = (payload: Record<string, unknown>) => (typeof payload["contactId"] === "string" ? payload["contactId"] : null);

/** Records who did what, in the transaction of the deed. `detail` holds ids and words, never secrets or values of fields. */
export async function recordAudit(tx: Write, ctx: Recorder, action: string, detail: Record<string, unknown>): Promise<void> {
  markAudited(ctx);
  const at = ctx.clock.now();
  const actor = `${ctx.actor.kind}:${ctx.actor.id}`;
  await tx.insertInto("audit").values({ workspace_id: ctx.workspace.id, id: newId(at), at, actor, action, detail: JSON.stringify(detail) }).execute();
}
