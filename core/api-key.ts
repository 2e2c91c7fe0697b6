import { hash, randomFillSync } from "node:crypto";
import { crc32 } from "node:zlib";

export type KeyType = "secret" | "publishable";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const prefixes: Record<KeyType, string> = { secret: "gtm_sk_", publishable: "gtm_pk_" };
const prefixChars = 7;
const randomChars = 32;
const checksumChars = 6;
const keyChars = prefixChars + randomChars + checksumChars;

/** Value of each base62 character by its code, -1 for all others. */
const digitOf = new Int8Array(128).fill(-1);
for (let i = 0; i < alphabet.length; i++) digitOf[alphabet.charCodeAt(i)] = i;

const parsed: Record<KeyType, { readonly type: KeyType }> = { secret: Object.freeze({ type: "secret" }), publishable: Object.freeze({ type: "publishable" }) };

/** A new key: prefix, 32 base62 characters from a CSPRNG (190 bits), then the CRC32 of all before it as 6 base62 characters. */
export function mintKey(type: KeyType): string {
  const body = prefixes[type] + randomBase62(randomChars);
  return body + checksum(body);
}

/** The type of a well-formed key, undefined for any other text. A bad checksum never reaches the database. */
export function parseKey(text: string): { readonly type: KeyType } | undefined {
  if (text.length !== keyChars) return undefined;
  const type = text.startsWith(prefixes.secret) ? "secret" : text.startsWith(prefixes.publishable) ? "publishable" : undefined;
  if (type === undefined) return undefined;
  for (let i = prefixChars; i < keyChars - checksumChars; i++) if (digitAt(text, i) < 0) return undefined;
  let sum = 0;
  for (let i = keyChars - checksumChars; i < keyChars; i++) {
    const digit = digitAt(text, i);
    if (digit < 0) return undefined;
    sum = sum * 62 + digit;
  }
  return sum === crc32(text.slice(0, keyChars - checksumChars)) ? parsed[type] : undefined;
}

/** SHA-256 in hex: what is stored of a key. No salt is needed for 190 random bits. */
export function keyDigest(text: string): string {
  return hash("sha256", text);
}

/** The prefix and the first four characters: shown to tell keys apart. */
export function keyPrefix(text: string): string {
  return text.slice(0, prefixChars + 4);
}

/** The last four characters: shown to tell keys apart. */
export function keyLast4(text: string): string {
  return text.slice(-4);
}

function digitAt(text: string, index: number): number {
  return digitOf[text.charCodeAt(index)] ?? -1;
}

function checksum(body: string): string {
  let text = "";
  for (let rest = crc32(body); text.length < checksumChars; rest = Math.floor(rest / 62)) text = alphabet.charAt(rest % 62) + text;
  return text;
}

/** Six bits at a time, two values of 64 thrown away: every character is equally likely. */
function randomBase62(length: number): string {
  const bytes = Buffer.allocUnsafe(length * 2);
  let text = "";
  while (text.length < length) {
    for (const byte of randomFillSync(bytes)) {
      text += alphabet.charAt(byte & 63);
      if (text.length === length) break;
    }
  }
  return text;
}
