import { createHmac, timingSafeEqual } from "node:crypto";
import { domainToASCII, domainToUnicode } from "node:url";

const proofChars = 64;

/**
 * Hex HMAC-SHA-256 of an e-mail address (trimmed, NFKC, lower case) or of a contactId, by the key's identity secret: what
 * a customer's server hands to its page, so that `identify` is believed. Throws on an empty secret.
 * @internal used by tests, and by the engines that come next.
 */
export function signIdentity(secret: string, value: string): string {
  return mac(secret, normalized(value)).toString("hex");
}

/**
 * True when `proof` was made from this value with this secret. Constant in time for every proof of the right length. A
 * customer may have signed an international domain in either spelling, so both are tried.
 */
export function verifyIdentity(secret: string, value: string, proof: string): boolean {
  if (secret === "" || value === "" || proof.length !== proofChars) return false;
  const given = Buffer.from(proof, "hex");
  if (given.length !== proofChars / 2) return false;
  let proved = false;
  for (const spelling of spellings(normalized(value))) proved = timingSafeEqual(given, mac(secret, spelling)) || proved;
  return proved;
}

function mac(secret: string, text: string): Buffer {
  if (secret === "") throw new Error("an identity proof needs a secret; make one per key");
  return createHmac("sha256", secret).update(text).digest();
}

function normalized(value: string): string {
  return value.trim().normalize("NFKC").toLowerCase();
}

function spellings(value: string): readonly string[] {
  const at = value.lastIndexOf("@");
  if (at < 0) return [value];
  const [local, domain] = [value.slice(0, at + 1), value.slice(at + 1)];
  return [...new Set([value, local + domainToASCII(domain), local + domainToUnicode(domain)])];
}
