import { createHmac } from "node:crypto";
import { boundedCache } from "../core/lru.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const ids = boundedCache<string, string>(20_000);

/**
 * An anonymous visitor: a keyed hash of the day's random salt, the key, the truncated address and the user agent.
 * 26 characters; can't be made again once the salt is deleted.
 */
export function anonymousVisitor(of: { salt: Buffer; keyId: string; truncatedAddress: string; userAgent: string }): string {
  const inputs = `${of.keyId}\n${of.truncatedAddress}\n${of.userAgent.slice(0, 512)}`;
  const cacheKey = `${of.salt.toString("latin1")}${inputs}`;
  const known = ids.get(cacheKey);
  if (known !== undefined) return known;
  const digest = createHmac("sha256", of.salt).update(inputs).digest();
  let id = "";
  for (let i = 0; i < 26; i++) id += alphabet[(digest[i] ?? 0) & 31];
  ids.set(cacheKey, id);
  return id;
}
