import { domainToASCII } from "node:url";

export type Email = { ok: true; value: string; domain: string } | { ok: false; message: string };

const lengthMax = 254;
/** Control, zero-width and bidirectional characters: they make two addresses look like one. */
const hidden = /[\p{Cc}\p{Cf}]/u;
const shape = /^[^\s@]{1,64}@[^\s@]+$/;

/** The duplicate key of an address: trimmed, NFKC, lower case, its domain in ASCII (IDNA). */
export function normalizeEmail(text: string): Email {
  if (text.length > 4 * lengthMax) return { ok: false, message: `An e-mail address has at most ${lengthMax} characters.` };
  const trimmed = text.trim();
  if (hidden.test(trimmed)) return { ok: false, message: "The e-mail address holds control, bidirectional or zero-width characters." };
  const normal = trimmed.normalize("NFKC").toLowerCase();
  if (!shape.test(normal) || hidden.test(normal)) return { ok: false, message: "This is no e-mail address, e.g. jane@example.com" };
  const at = normal.lastIndexOf("@");
  const domain = domainToASCII(normal.slice(at + 1));
  if (domain === "" || !domain.includes(".")) return { ok: false, message: "The e-mail address's domain is not valid." };
  const value = `${normal.slice(0, at)}@${domain}`;
  if (value.length > lengthMax) return { ok: false, message: `An e-mail address has at most ${lengthMax} characters.` };
  return { ok: true, value, domain };
}
