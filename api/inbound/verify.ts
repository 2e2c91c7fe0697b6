import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Verification } from "./contract.ts";

export interface SignedRequest {
  /** Lower-case names. */
  headers: Record<string, string | string[] | undefined>;
  /** To the byte as it came. */
  body: Buffer;
}

/** What shows that a request came before: its signature, and its id where it has one. */
export type Verified = { ok: true; seen: string[] } | { ok: false };

const toleranceMs = 5 * 60_000;
const refused: Verified = { ok: false };

/**
 * Checks a request's signature over its raw body by each of the secrets (two while a rotation overlaps), in constant time, and its
 * time, where it is signed with one, to ± 5 minutes.
 */
export function verify(request: SignedRequest, how: Verification, secrets: readonly string[], now: number): Verified {
  if (how.mode === "none") return { ok: true, seen: [] };
  return how.mode === "standard" ? verifyStandard(request, secrets, now) : verifyHmac(request, how, secrets, now);
}

/** Standard Webhooks; `svix-` is the older spelling of its headers. */
function verifyStandard({ headers, body }: SignedRequest, secrets: readonly string[], now: number): Verified {
  const named = (name: string) => one(headers[`webhook-${name}`]) ?? one(headers[`svix-${name}`]);
  const [id, timestamp, signatures] = [named("id"), named("timestamp"), named("signature")];
  if (id === undefined || timestamp === undefined || signatures === undefined || !isFresh(timestamp, now)) return refused;
  const given = signatures.split(" ").slice(0, 10).filter((part) => part.startsWith("v1,")).map((part) => Buffer.from(part.slice(3), "base64"));
  const matches = secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    const wanted = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
    return given.filter((signature) => same(signature, wanted)).length > 0;
  });
  // A sender's own repeat has the id and another time; a stranger's has both: either does nothing again.
  return matches ? { ok: true, seen: [`id:${digest(id)}`] } : refused;
}

function verifyHmac({ headers, body }: SignedRequest, how: Extract<Verification, { mode: "hmac" }>, secrets: readonly string[], now: number): Verified {
  const typed = one(headers[how.header]);
  const timestamp = how.timestampHeader === undefined ? undefined : one(headers[how.timestampHeader]);
  if (typed === undefined || !typed.startsWith(how.prefix)) return refused;
  if (how.timestampHeader !== undefined && (timestamp === undefined || !isFresh(timestamp, now))) return refused;
  const given = Buffer.from(typed.slice(how.prefix.length), how.encoding);
  const [before = "", after = ""] = how.signed.split("{body}").map((part) => part.replace("{timestamp}", () => timestamp ?? ""));
  const matches = secrets.some((secret) => same(given, createHmac(how.algorithm, secret).update(before).update(body).update(after).digest()));
  return matches ? { ok: true, seen: [`sig:${digest(given.toString("hex"))}`] } : refused;
}

const one = (value: string | string[] | undefined) => (typeof value === "string" && value.length <= 2000 ? value : undefined);
const same = (a: Buffer, b: Buffer) => a.length === b.length && timingSafeEqual(a, b);
const digest = (text: string) => createHash("sha256").update(text).digest("base64url");

/** Seconds, or milliseconds, since 1970. */
function isFresh(timestamp: string, now: number): boolean {
  if (!/^\d{9,13}$/.test(timestamp)) return false;
  const ms = timestamp.length > 11 ? Number(timestamp) : Number(timestamp) * 1000;
  return Math.abs(now - ms) <= toleranceMs;
}
