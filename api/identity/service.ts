import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import { ensureContact, findContact, type PersonFields } from "../contacts/index.ts";
import { countClaims, ensureVisitor, findVisitor, insertClaim, linkVisitor } from "./queries.ts";

const claimsPerVisitorMax = 20;

export interface Identification {
  visitorId: string;
  /** Typed form and duplicate key. */
  email: { typed: string; key: string } | undefined;
  contactId: string | undefined;
  person: PersonFields;
  /** How it is proved; null = a claim. */
  proof: "signature" | "form" | "api" | null;
}

export interface Linked {
  contactId: string | null;
  /** False when nothing was proved, or the visitor is another person already. */
  linked: boolean;
}

/**
 * Records who a visitor says they are. A claim changes no contact. A proved identification links the visitor's whole
 * past and future to the contact (made when new), in any order of calls. A visitor who is somebody already stays so:
 * the contradiction is kept as `conflict` for a person to decide, never merged by machine.
 */
export async function identify(ctx: Ctx, input: Identification): Promise<Linked> {
  const result = await ctx.store.write((tx) => (input.proof === null ? claim(ctx, tx, input) : link(ctx, tx, input)));
  if (result.linked) ctx.store.forgetVisitor(ctx.workspace.id, input.visitorId);
  return result;
}

async function claim(ctx: Ctx, tx: Write, input: Identification): Promise<Linked> {
  if ((await countClaims(tx, ctx.workspace.id, input.visitorId)) < claimsPerVisitorMax) await keep(ctx, tx, input, "claim", null);
  return { contactId: null, linked: false };
}

async function link(ctx: Ctx, tx: Write, input: Identification): Promise<Linked> {
  const now = ctx.clock.now();
  const workspaceId = ctx.workspace.id;
  const contact = input.email
    ? await ensureContact(tx, workspaceId, now, input.email, input.person, input.proof === "api" ? "api" : "website")
    : await findContact(tx, workspaceId, input.contactId ?? "");
  if (!contact) return { contactId: null, linked: false };

  await ctx.store.settleVisitors(workspaceId, [input.visitorId], tx);
  await ensureVisitor(tx, {
    workspace_id: workspaceId,
    id: input.visitorId,
    mode: "identified",
    contact_id: null,
    session_id: newId(now),
    first_seen_at: now,
    // Not seen yet: the first signal starts the session.
    last_seen_at: 0,
    sessions: 0,
    bot: null,
    company_id: null,
  });
  const linked = (await linkVisitor(tx, workspaceId, input.visitorId, contact.id)) || (await findVisitor(tx, workspaceId, input.visitorId))?.contact_id === contact.id;
  await keep(ctx, tx, input, linked ? "linked" : "conflict", contact.id);
  if (linked) {
    await recordEvent(tx, ctx, "visitor.identified", { visitorId: input.visitorId, contactId: contact.id });
  }
  return { contactId: contact.id, linked };
}

async function keep(ctx: Ctx, tx: Write, input: Identification, state: "claim" | "linked" | "conflict", contactId: string | null): Promise<void> {
  const now = ctx.clock.now();
  await insertClaim(tx, {
    workspace_id: ctx.workspace.id,
    id: newId(now),
    visitor_id: input.visitorId,
    email_key: input.email?.key ?? null,
    contact_id: contactId ?? input.contactId ?? null,
    person: JSON.stringify(input.person),
    state,
    proof: input.proof,
    at: now,
  });
}
