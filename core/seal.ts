import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

const version = "v1";
const ivBytes = 12;
const tagBytes = 16;

/**
 * Encrypts a secret for the database (AES-256-GCM, security row 38) with a key that lies outside of it. `binding` says whose
 * and which secret it is (workspace, row, field): copied to another place it can't be opened.
 */
export function seal(secret: string, binding: readonly string[], text: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(secret), iv).setAAD(Buffer.from(JSON.stringify(binding)));
  const sealed = Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `${version}.${sealed.toString("base64url")}`;
}

/** Opens what `seal` made. Throws when the key or the binding is another, or a bit was changed; never falls back to the text itself. */
export function unseal(secret: string, binding: readonly string[], sealed: string): string {
  const [kind, text = ""] = sealed.split(".");
  const bytes = Buffer.from(text, "base64url");
  if (kind !== version || bytes.length < ivBytes + tagBytes) throw new Error("this is no sealed secret");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(secret), bytes.subarray(0, ivBytes)).setAAD(Buffer.from(JSON.stringify(binding)));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]).toString("utf8");
}

const keyOf = (secret: string) => createHash("sha256").update("seal").update(secret).digest();
