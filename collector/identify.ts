import type { ActiveKey } from "../api/keys/index.ts";
import { type Identification, identify, type Linked } from "../api/identity/index.ts";
import { findContact } from "../api/contacts/index.ts";
import { normalizeEmail } from "../core/email.ts";
import { ApiError, invalid } from "../core/errors.ts";
import type { Ctx } from "../store/context.ts";
import type { IdentifyInput } from "./contract.ts";
import { verifyIdentity } from "./identity-proof.ts";

/**
 * Decides what an identify call proves, then records it. A secret key is proof in itself; from a browser only a
 * signature by the key's identity secret, or an opted-in form on an origin that the key lists.
 */
export async function receiveIdentify(ctx: Ctx, key: ActiveKey, input: IdentifyInput, from: { origin: string | undefined; gpc: boolean; identitySecret: string }): Promise<Linked> {
  const email = emailOf(input);
  const { contactId, email: _typed, ...person } = input.person;
  const call: Identification = { visitorId: input.visitorId ?? "", email, contactId, person, proof: null };

  if (key.type === "secret") {
    if (input.visitorId === undefined) throw invalid("visitorId", "required", "Name the visitor to link.");
    if (contactId !== undefined && !(await findContact(ctx.store.read, ctx.workspace.id, contactId))) throw new ApiError("NOT_FOUND");
    return identify(ctx, { ...call, proof: "api" });
  }
  // Anonymous visitors are never linked to people: not by this key's mode, nor against GPC.
  if (key.privacyMode === "anonymous" || from.gpc || input.gpc === true || input.visitorId === undefined) return { contactId: null, linked: false };
  return identify(ctx, { ...call, proof: proofOf(key, input, email?.key ?? contactId ?? "", from) });
}

function proofOf(key: ActiveKey, input: IdentifyInput, value: string, from: { origin: string | undefined; identitySecret: string }): Identification["proof"] {
  if (input.proof !== undefined) return verifyIdentity(from.identitySecret, value, input.proof) ? "signature" : null;
  // The origin was checked against the key's list before; without a list it proves nothing.
  if (input.via === "form" && input.person.email !== undefined && key.allowedOrigins.size > 0 && from.origin !== undefined) return "form";
  return null;
}

function emailOf(input: IdentifyInput): Identification["email"] {
  if (input.person.email === undefined) return undefined;
  const email = normalizeEmail(input.person.email);
  if (!email.ok) throw invalid("person.email", "invalid_email", email.message);
  return { typed: input.person.email.trim(), key: email.value };
}
