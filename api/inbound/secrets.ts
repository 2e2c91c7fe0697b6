import { createHash, randomBytes } from "node:crypto";
import { invalid } from "../../core/errors.ts";
import { seal, unseal } from "../../core/seal.ts";
import { deriveSecret } from "../../core/secret.ts";
import type { InboundHookRow } from "../../store/tables-events.ts";
import type { Verification } from "./contract.ts";

type Field = "token" | "secret";
const sealing = (instanceSecret: string) => deriveSecret(instanceSecret, "inbound");

export function sealField(instanceSecret: string, workspaceId: string, id: string, field: Field, text: string): string {
  return seal(sealing(instanceSecret), [workspaceId, id, field], text);
}

export function openToken(instanceSecret: string, row: InboundHookRow): string {
  return unseal(sealing(instanceSecret), [row.workspace_id, row.id, "token"], row.token);
}

/** What signatures are checked by now: the secret, and the one before it while a rotation overlaps. */
export function openSecrets(instanceSecret: string, row: InboundHookRow, now: number): string[] {
  const sealed = [row.secret, row.old_secret_until !== null && row.old_secret_until > now ? row.old_secret : null];
  return sealed.filter((text) => text !== null).filter((text) => text !== "").map((text) => unseal(sealing(instanceSecret), [row.workspace_id, row.id, "secret"], text));
}

/** 32 random bytes in a url. */
export const newToken = (): string => randomBytes(32).toString("base64url");
export const digestOfToken = (token: string): string => createHash("sha256").update("inbound").update(token).digest("hex");

/** The given secret, or a new one in the form that the mode has; null where requests are not signed. Throws VALIDATION_ERROR. */
export function secretFor(how: Verification, given: string | undefined): string | null {
  if (how.mode === "none") {
    if (given !== undefined) throw invalid("secret", "not_signed", 'Requests of this hook are not signed. Leave the secret out, or choose verification {"mode":"standard"} or {"mode":"hmac", …}.');
    return null;
  }
  if (given === undefined) return how.mode === "standard" ? `whsec_${randomBytes(32).toString("base64")}` : randomBytes(32).toString("base64url");
  const bytes = Buffer.from(given.replace(/^whsec_/, ""), "base64").length;
  if (how.mode === "standard" && !(/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(given) && bytes >= 24 && bytes <= 64)) {
    throw invalid("secret", "invalid_secret", "A secret of Standard Webhooks is whsec_ and 24 to 64 bytes in base64.");
  }
  return given;
}
