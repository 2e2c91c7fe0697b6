import { createHmac, timingSafeEqual } from "node:crypto";

/** Hex HMAC-SHA-256 of the normalised e-mail, or of the contactId, by the key's identity secret. */
export function signIdentity(secret: string, value: string): string {
  return createHmac("sha256", secret).update(value).digest("hex");
}

/** Constant in time for every proof of the right length. */
export function verifyIdentity(secret: string, value: string, proof: string): boolean {
  const wanted = Buffer.from(signIdentity(secret, value));
  const given = Buffer.from(proof.toLowerCase());
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
