import type { ContactRow } from "../../store/tables.ts";
import type { Token } from "../../store/word-match.ts";

const wordsMax = 80;
const wordCharsMax = 40;
const pieceCharsMax = 3;
/** Spread over the part, the first and the last among them; the database asks for the rarest. What they let through is looked at in the rows. */
const piecesAskedMax = 8;
const shortPrefixChars = 3;

/** Where a word stands: a name, another field that says who somebody is, a tag. */
type Field = "n" | "s" | "t";

/** Lower-case words of a text, accents taken off, as search compares them. */
export function wordsOf(text: string): string[] {
  const words = new Set(isPlain(text) ? text.toLowerCase().split(/[^a-z0-9]+/) : unaccented(text).split(/[^\p{L}\p{N}]+/u));
  words.delete("");
  return Array.from(words, (word) => (word.length <= wordCharsMax ? word : [...word].slice(0, wordCharsMax).join("")));
}

/** Printable ASCII, as most texts are: their words are found several times as fast. */
const isPlain = (text: string) => /^[ -~]*$/.test(text);
const unaccented = (text: string) => text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();

type Searched = Pick<ContactRow, "workspace_id" | "first_name" | "last_name" | "email" | "company" | "company_key" | "title" | "tags">;

/** What a contact is found by, as `contact_words` holds it: each word once, in its best field, and the pieces of the company's name. */
export function searchWords(row: Searched): { words: string; pieces: string } {
  const words = new Map<string, Field>();
  const fields: [string | null, Field][] = [
    [row.first_name, "n"],
    [row.last_name, "n"],
    [row.email, "s"],
    [row.company, "s"],
    [row.title, "s"],
    [(JSON.parse(row.tags) as string[]).join(" "), "t"],
  ];
  for (const [text, field] of fields) {
    for (const word of text === null ? [] : wordsOf(text)) if (!words.has(word) && words.size < wordsMax) words.set(word, field);
  }
  const tag = tagOf(row.workspace_id);
  return {
    words: [...words].map(([word, field]) => tag + field + word).join(" "),
    pieces: row.company_key === null ? "" : piecesOf(row.company_key).map((piece) => tag + piece).join(" "),
  };
}

/** The word in any of these fields. */
export const wordIn = (workspaceId: string, word: string, fields: readonly Field[], prefix: boolean): Token[] => fields.map((field) => ({ text: tagOf(workspaceId) + field + word, prefix }));

/** As much of a word as the index has lists of beginnings for (store/migrations/0017). */
export const shortPrefix = (word: string): string => [...word].slice(0, shortPrefixChars).join("");

/** What every company has whose name holds `part`, a text in lower case; some others have all of it as well. */
export function partIn(workspaceId: string, part: string): Token[] {
  const chars = [...part];
  const size = Math.min(pieceCharsMax, chars.length);
  const last = chars.length - size;
  const starts = new Set(Array.from({ length: piecesAskedMax }, (_, i) => Math.round((i * last) / (piecesAskedMax - 1))));
  return [...starts].map((at) => ({ text: tagOf(workspaceId) + hexOf(chars.slice(at, at + size)), prefix: false }));
}

/** Before each word, so that those of different workspaces lie apart. */
const tagOf = (workspaceId: string) => workspaceId.slice(-4);

/** All pieces of up to three characters. */
function piecesOf(text: string): string[] {
  const hex = hexOf([text]);
  // Where each character begins in it, and where the last one ends.
  const places = [0];
  for (const char of text) places.push((places.at(-1) ?? 0) + 2 * bytesOf(char.codePointAt(0) ?? 0));
  const pieces = new Set<string>();
  for (let size = 1; size <= pieceCharsMax; size++) {
    for (let at = 0; at + size < places.length; at++) pieces.add(hex.slice(places[at], places[at + size]));
  }
  return [...pieces];
}

/** Of a character as UTF-8. */
const bytesOf = (point: number) => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

const hexOf = (chars: readonly string[]) => Buffer.from(chars.join("")).toString("hex");
