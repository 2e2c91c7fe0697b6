/** What stands in the place of a secret. Sent back, it says: keep what is there. */
export const redacted = "[redacted]";

const lengthMax = 200;
/** Shorter ones would tear words apart; whoever has a password of three letters has other worries. */
const secretLengthMin = 4;

/** What looks like a credential, whoever it belongs to: an error text may name the far side's own, or one of a time before. */
const credentialLike: readonly RegExp[] = [
  /\b(bearer|basic|token)\s+[\w.~+/=-]{6,}/gi,
  /\b(xox[a-z]|xapp|sk|pk|rk|pat|ghp|gho|whsec|gtm_sk|gtm_pk|eyJ)[-_.][\w.-]{6,}/gi,
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]*@/gi,
  /\b(api[-_ ]?key|access[-_ ]?token|password|passwd|secret|signature)\b["']?\s*[:=]\s*["']?[^\s"',;&]+/gi,
  /[A-Za-z0-9+/_-]{32,}={0,2}/g,
];

/** Every way in which a secret comes back in a text: as it is, in a URL, in JSON, as Basic authorization, as Base64. */
function formsOf(typed: string): string[] {
  const secret = typed.toWellFormed();
  const base64 = Buffer.from(secret).toString("base64");
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64, base64.replace(/=+$/, ""), Buffer.from(secret).toString("base64url"), Buffer.from(secret).toString("hex")];
}

/**
 * A third party's words as they may be kept and shown (security row 39): one short line without control characters, the
 * connector's own secrets and whatever looks like a credential taken out.
 */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = withoutSecrets(text, secrets);
  for (const pattern of credentialLike) clean = clean.replaceAll(pattern, redacted);
  return clean.length > lengthMax ? `${clean.slice(0, lengthMax - 1).toWellFormed()}…` : clean;
}

/** One line without the connector's own secrets. For ids and names of the far side: long words stay. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  // First, while they are whole; the longest first, since one may be part of another.
  const forms = secrets.filter((secret) => secret.length >= secretLengthMin).flatMap(formsOf).toSorted((a, b) => b.length - a.length);
  let clean = text.slice(0, 20_000);
  for (const form of new Set(forms)) clean = clean.replaceAll(form, redacted);
  clean = clean.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  for (const form of new Set(forms)) clean = clean.replaceAll(form, redacted);
  return clean.replaceAll(/\s+/g, " ").trim().toWellFormed();
}
