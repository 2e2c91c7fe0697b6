import type { ActiveKey } from "../api/keys/index.ts";
import { type Identification, identify, type Linked, readClick } from "../api/identity/index.ts";
import { findContact } from "../api/contacts/index.ts";
import { normalizeEmail } from "../core/email.ts";
import { ApiError, invalid } from "../core/errors.ts";
import type { Ctx } from "../store/context.ts";
import type { IdentifyInput } from "./contract.ts";
import { verifyIdentity } from "./identity-proof.ts";

interface From {
  origin: string | undefined;
  gpc: boolean;
  /** Of the key; signs identify calls. */
  identitySecret: string;
  /** Of the instance; signs links in mails. */
  secret: string;
}

/**
 * Decides what an identify call proves, then records it. A secret key is proof in itself; from a browser only a
 * signature by the key's identity secret, an opted-in form on an origin that the key lists, or the token of a link in a mail.
 */
export async function receiveIdentify(ctx: Ctx, key: ActiveKey, input: IdentifyInput, from: From): Promise<Linked> {
  const nobody: Linked = { contactId: null, linked: false };
  // Anonymous visitors are never linked to people: not by this key's mode, nor against GPC.
  const mayKnow = key.type === "secret" || (key.privacyMode !== "anonymous" && !from.gpc && input.gpc !== true);
  if (key.type === "secret" && input.visitorId === undefined) throw invalid("visitorId", "required", "Name the visitor to link.");
  if (!mayKnow || input.visitorId === undefined) return nobody;

  const call = callOf(ctx, input, input.visitorId, from);
  if (key.type === "secret") {
    if (!call) throw invalid("proof", "invalid_proof", "This token was not made by this instance for this workspace, or is older than 30 days.");
    if (call.contactId !== undefined && !(await findContact(ctx.store.read, ctx.workspace.id, call.contactId))) throw new ApiError("NOT_FOUND");
    return identify(ctx, { ...call, proof: call.proof ?? "api" });
  }
  if (!call) return nobody;
  const proof = call.proof ?? proofOf(key, input, call.email?.key ?? call.contactId ?? "", from);
  try {
    return await identify(ctx, { ...call, proof });
  } catch (error) {
    // A browser learns nothing of the visitor that it names.
    if (error instanceof ApiError && error.code === "VALIDATION_ERROR") return nobody;
    throw error;
  }
}

/** Who is meant; undefined when the link's token says nobody. */
function callOf(ctx: Ctx, input: IdentifyInput, visitorId: string, from: From): Identification | undefined {
  const { contactId, email: _typed, ...person } = input.person ?? {};
  if (input.via !== "click") return { visitorId, email: emailOf(input), contactId, person, proof: null };
  const clicked = readClick(from.secret, ctx.workspace.id, input.proof ?? "", ctx.clock.now());
  return clicked === undefined ? undefined : { visitorId, email: undefined, contactId: clicked, person: {}, proof: "click" };
}

function proofOf(key: ActiveKey, input: IdentifyInput, value: string, from: From): Identification["proof"] {
  if (input.proof !== undefined) return verifyIdentity(from.identitySecret, value, input.proof) ? "signature" : null;
  // The origin was checked against the key's list before; without a list it proves nothing.
  if (input.via === "form" && input.person?.email !== undefined && key.allowedOrigins.size > 0 && from.origin !== undefined) return "form";
  return null;
}

function emailOf(input: IdentifyInput): Identification["email"] {
  const typed = input.person?.email;
  if (typed === undefined) return undefined;
  const email = normalizeEmail(typed);
  if (!email.ok) throw invalid("person.email", "invalid_email", email.message);
  return { typed: typed.trim(), key: email.value };
}
