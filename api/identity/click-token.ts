import { createHmac, timingSafeEqual } from "node:crypto";
import { deriveSecret } from "../../core/secret.ts";

const version = "c1";
/** Mails are read late, and forwarded later still. */
const lifetimeMs = 30 * 86_400_000;
const macBytes = 24;
const tokenOf = /^c1\.([\w-]{1,64})\.([0-9a-z]{1,11})\.([\w-]{32})$/;

export interface Click {
  workspaceId: string;
  /** Whom the mail was sent to. */
  contactId: string;
}

/**
 * What a link in a mail to a contact carries (`?owlbound_token=`), so that the visitor who follows it is known: good for 30 days, for this
 * workspace. `secret` is the instance's own; `now` epoch ms. Whoever has the mail can use it, as with any link in a mail.
 * @internal used by tests, and by the engines that come next.
 */
export function signClick(secret: string, { workspaceId, contactId }: Click, now: number): string {
  const at = now.toString(36);
  return `${version}.${contactId}.${at}.${mac(secret, workspaceId, contactId, at).toString("base64url")}`;
}

/** The contact that a token proves; undefined when it is not ours, of another workspace, changed or too old. */
export function readClick(secret: string, workspaceId: string, token: string, now: number): string | undefined {
  const [, contactId, at, signature] = tokenOf.exec(token) ?? [];
  if (contactId === undefined || at === undefined || signature === undefined) return undefined;
  const given = Buffer.from(signature, "base64url");
  const wanted = mac(secret, workspaceId, contactId, at);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const age = now - Number.parseInt(at, 36);
  return age >= -lifetimeMs && age <= lifetimeMs ? contactId : undefined;
}

function mac(secret: string, workspaceId: string, contactId: string, at: string): Buffer {
  return createHmac("sha256", deriveSecret(secret, "identity click")).update(JSON.stringify([workspaceId, contactId, at])).digest().subarray(0, macBytes);
}
