import type { ContactRow } from "../../store/tables.ts";

const wordsMax = 80;
const wordCharsMax = 40;

/** Lower-case words of a text, accents taken off, as search compares them. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return [...new Set(plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ""))].map((word) => [...word].slice(0, wordCharsMax).join(""));
}

type Searched = Pick<ContactRow, "first_name" | "last_name" | "email" | "company" | "title" | "tags">;

/** The words a contact is found by, each with the weight of the best field that holds it. */
export function searchWords(row: Searched): Map<string, number> {
  const words = new Map<string, number>();
  const fields: [string | null, number][] = [
    [row.first_name, 8],
    [row.last_name, 8],
    [row.email, 6],
    [row.company, 4],
    [row.title, 4],
    [(JSON.parse(row.tags) as string[]).join(" "), 2],
  ];
  for (const [text, weight] of fields) {
    for (const word of text === null ? [] : wordsOf(text)) {
      if (words.size < wordsMax || words.has(word)) words.set(word, Math.max(words.get(word) ?? 0, weight));
    }
  }
  return words;
}
