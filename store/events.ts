import { newId } from "../core/id.ts";
import type { Ctx } from "./context.ts";
import type { Write } from "./store.ts";

interface Deeds {
  audited: boolean;
  events: { kind: string; payload: Record<string, unknown> }[];
}

/** What was recorded under a ctx so far: of one call, since each has its own. */
const deedsOf = new WeakMap<Ctx, Deeds>();

function deeds(ctx: Ctx): Deeds {
  const known = deedsOf.get(ctx) ?? { audited: false, events: [] };
  deedsOf.set(ctx, known);
  return known;
}

/** Forgets what was recorded under a ctx, when its transaction begins anew. */
export const forgetDeeds = (ctx: Ctx): boolean => deedsOf.delete(ctx);

/** Says that the audit entry of this ctx's deed was written by other means than `recordAudit`. */
export function markAudited(ctx: Ctx): void {
  deeds(ctx).audited = true;
}

/**
 * Leaves an audit entry of a deed that left none of its own: in the words of its event where it has just one, else in those
 * given. So no write is without a name under it, whoever adds it.
 */
export async function ensureAudit(tx: Write, ctx: Ctx, action: string, detail: Record<string, unknown>): Promise<void> {
  const { audited, events } = deeds(ctx);
  if (audited) return;
  const [event, ...more] = events;
  if (event && more.length === 0) await recordAudit(tx, ctx, event.kind, event.payload);
  else await recordAudit(tx, ctx, action, { ...detail, ...(events.length > 0 ? { events: events.length } : {}) });
}

/** Records a change event (`contact.updated`, ids only, no personal data) in the transaction of the change. */
export async function recordEvent(tx: Write, ctx: Ctx, kind: string, payload: Record<string, unknown>): Promise<void> {
  const at = ctx.clock.now();
  deeds(ctx).events.push({ kind, payload });
  await tx.insertInto("events").values({ workspace_id: ctx.workspace.id, id: newId(at), kind, payload: JSON.stringify(payload), at }).execute();
}

/** Records who did what, in the transaction of the deed. `detail` holds ids and words, never secrets or values of fields. */
export async function recordAudit(tx: Write, ctx: Ctx, action: string, detail: Record<string, unknown>): Promise<void> {
  markAudited(ctx);
  const at = ctx.clock.now();
  const actor = `${ctx.actor.kind}:${ctx.actor.id}`;
  await tx.insertInto("audit").values({ workspace_id: ctx.workspace.id, id: newId(at), at, actor, action, detail: JSON.stringify(detail) }).execute();
}
