import { newId } from "../core/id.ts";
import type { Ctx } from "./context.ts";
import type { Write } from "./store.ts";

/** Records a change event (`contact.updated`, ids only, no personal data) in the transaction of the change; one with a `contactId` is in that contact's timeline. */
export async function recordEvent(tx: Write, ctx: Ctx, kind: string, payload: Record<string, unknown>): Promise<void> {
  const at = ctx.clock.now();
  const contactId = typeof payload["contactId"] === "string" ? payload["contactId"] : null;
  await tx.insertInto("events").values({ workspace_id: ctx.workspace.id, id: newId(at), kind, payload: JSON.stringify(payload), at, contact_id: contactId }).execute();
}

/** Records who did what, in the transaction of the deed. `detail` holds ids and words, never secrets or values of fields. */
export async function recordAudit(tx: Write, ctx: Ctx, action: string, detail: Record<string, unknown>): Promise<void> {
  const at = ctx.clock.now();
  const actor = `${ctx.actor.kind}:${ctx.actor.id}`;
  await tx.insertInto("audit").values({ workspace_id: ctx.workspace.id, id: newId(at), at, actor, action, detail: JSON.stringify(detail) }).execute();
}
