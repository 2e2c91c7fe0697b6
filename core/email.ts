import { domainToASCII } from "node:url";

export type Email = { ok: true; value: string; domain: string } | { ok: false; message: string };

const lengthMax = 254;
const localBytesMax = 64;
/** Before normalising, which can make a text many times longer. */
const typedLengthMax = 1024;

/** Control, format (zero-width, bidirectional), ignorable and unassigned characters: they make two addresses look like one. */
const hidden = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** What addresses hold outside of quotes (RFC 5322 atoms, and letters of all scripts by RFC 6532). */
const local = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u;
/** U+3002 is the full stop of Chinese and Japanese, a dot by IDNA. */
const typedDomain = /^[\p{L}\p{M}\p{N}.\u3002-]+$/u;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The duplicate key of an e-mail address: trimmed, NFKC, lower case, its domain in ASCII (IDNA), at most 254 characters.
 * Answers a message that says what is wrong otherwise; never throws.
 */
export function normalizeEmail(text: string): Email {
  if (text.length > typedLengthMax) return wrong(`An e-mail address has at most ${lengthMax} characters.`);
  const typed = text.trim();
  // JavaScript's trim takes the byte order mark for a space.
  if (hidden.test(typed) || text.includes("\ufeff")) return wrong("The e-mail address holds control, bidirectional or zero-width characters.");
  const normal = typed.normalize("NFKC").toLowerCase();
  if (hidden.test(normal)) return wrong("The e-mail address holds control, bidirectional or zero-width characters.");

  const at = normal.lastIndexOf("@");
  const name = normal.slice(0, Math.max(0, at));
  if (!local.test(name) || name.startsWith(".") || name.endsWith(".") || name.includes("..")) return wrong("This is no e-mail address. Write it like jane@example.com");
  if (Buffer.byteLength(name) > localBytesMax) return wrong(`The part before the @ has at most ${localBytesMax} bytes.`);

  const domain = asciiDomain(normal.slice(at + 1));
  if (domain === undefined) return wrong("The domain of the e-mail address is not valid. Write it like jane@example.com");
  const value = `${name}@${domain}`;
  return value.length > lengthMax ? wrong(`An e-mail address has at most ${lengthMax} characters.`) : { ok: true, value, domain };
}

function asciiDomain(typed: string): string | undefined {
  // domainToASCII reads a URL's host: without this check it would decode %2e and read 0x7f.1 as an IP address.
  if (!typedDomain.test(typed)) return undefined;
  const labels = domainToASCII(typed).split(".");
  const top = labels.at(-1) ?? "";
  if (labels.length < 2 || !labels.every((one) => label.test(one)) || /^\d+$/.test(top)) return undefined;
  return labels.join(".");
}

function wrong(message: string): Email {
  return { ok: false, message };
}
