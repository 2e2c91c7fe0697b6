import { invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow, IdentityClaimRow } from "../../store/tables.ts";
import { addKey, ensureContact, type PersonFields, resolveContact } from "../contacts/index.ts";
import { countClaims, ensureVisitor, findVisitor, insertClaim, isKept, linkVisitor } from "./queries.ts";

const claimsPerVisitorMax = 20;

export interface Identification {
  visitorId: string;
  /** Typed form and duplicate key. */
  email: { typed: string; key: string } | undefined;
  contactId: string | undefined;
  person: PersonFields;
  /** How it is proved; null = a claim. */
  proof: IdentityClaimRow["proof"];
}

export interface Linked {
  contactId: string | null;
  /** False when nothing was proved, or the visitor is another person already. */
  linked: boolean;
}

/**
 * Records who a visitor says they are. A claim changes no contact. A proved identification links the visitor's whole
 * past and future to the contact (made when new; whom it is part of when merged), in any order of calls. A visitor who is somebody already
 * stays so: the contradiction is kept as `conflict` and the two are suggested as duplicates, never merged by machine. Anonymous visitors are
 * nobody: VALIDATION_ERROR.
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
  await ctx.store.settleVisitors(workspaceId, [input.visitorId], tx);
  const visitor = await findVisitor(tx, workspaceId, input.visitorId);
  if (visitor?.mode === "anonymous") throw invalid("visitorId", "anonymous_visitor", "An anonymous visitor is never linked to a person.");
  const contact = input.email ? await contactByEmail(ctx, tx, input, input.email) : await resolveContact(tx, workspaceId, input.contactId ?? "");
  if (!contact) return { contactId: null, linked: false };

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
  const isNew = await linkVisitor(tx, workspaceId, input.visitorId, contact.id);
  const already = isNew ? contact.id : (await findVisitor(tx, workspaceId, input.visitorId))?.contact_id;
  const linked = already === contact.id;
  // A page may say it at every visit: once is enough.
  if (!(await isKept(tx, workspaceId, { visitorId: input.visitorId, contactId: contact.id, state: linked ? "linked" : "conflict", proof: input.proof }))) {
    await keep(ctx, tx, input, linked ? "linked" : "conflict", contact.id);
  }
  if (isNew) await recordEvent(tx, ctx, "visitor.identified", { visitorId: input.visitorId, contactId: contact.id });
  if (!linked && already) await suggestMerge(ctx, tx, input.visitorId, already, contact.id);
  return { contactId: contact.id, linked };
}

async function contactByEmail(ctx: Ctx, tx: Write, input: Identification, email: { typed: string; key: string }): Promise<ContactRow> {
  const now = ctx.clock.now();
  // Ids made from now on are later than this one: whose is, was made here.
  const before = newId(now);
  const contact = await ensureContact(tx, ctx.workspace.id, now, email, input.person, input.proof === "api" ? "api" : "website");
  if (contact.id > before && contact.created_at === now) await recordEvent(tx, ctx, "contact.created", { contactId: contact.id });
  return contact;
}

/** Both contacts show among the duplicates, with the visitor as the reason. */
async function suggestMerge(ctx: Ctx, tx: Write, visitorId: string, contactId: string, otherId: string): Promise<void> {
  for (const id of [contactId, otherId]) await addKey(tx, ctx.workspace.id, id, `v:${visitorId}`);
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
