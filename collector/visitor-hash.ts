import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { type BoundedCache, boundedCache } from "../core/lru.ts";

export interface AnonymousInput {
  /** Today's random salt; it is deleted within 48 h, and with it the way back. */
  salt: Buffer;
  keyId: string;
  /** From `truncateAddress`, never a whole address. */
  truncatedAddress: string;
  userAgent: string;
}

const userAgentCharsMax = 512;
const idChars = 26;
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
/** Per salt, so that yesterday's answers go with yesterday's salt. As a KeyObject an HMAC takes a fifth of the time. */
const days = new WeakMap<Buffer, { key: KeyObject; ids: BoundedCache<string, string> }>();

/**
 * The id of an anonymous visitor for one day and key: 26 characters of HMAC-SHA-256. The same inputs give the same id;
 * without the salt nobody can tell which address it was, nor follow a visitor into the next day or to another key.
 */
export function anonymousVisitor({ salt, keyId, truncatedAddress, userAgent }: AnonymousInput): string {
  // The only part that a visitor writes comes last, so no two visitors' texts can be made alike.
  const text = `${keyId}\n${truncatedAddress}\n${userAgent.length > userAgentCharsMax ? userAgent.slice(0, userAgentCharsMax) : userAgent}`;
  let day = days.get(salt);
  if (!day) days.set(salt, (day = { key: createSecretKey(salt), ids: boundedCache(10_000) }));
  const known = day.ids.get(text);
  if (known !== undefined) return known;
  const id = base32(createHmac("sha256", day.key).update(text).digest());
  day.ids.set(text, id);
  return id;
}

/** 26 × 5 bits of a digest. */
function base32(bytes: Buffer): string {
  let text = "";
  for (let bit = 0; text.length < idChars; bit += 5) text += alphabet.charAt((bytes.readUInt16BE(bit >> 3) >> (11 - (bit & 7))) & 31);
  return text;
}
