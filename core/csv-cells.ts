/**
 * What a spreadsheet would take for a formula (security row 9): = + - @, their full-width forms, and the control characters that hide one.
 * Quotes before it are what an escape, or many, looks like.
 */
const formula = /^'*[=+\-@\t\r\n＝＋－＠]/u;
const escaped = /^'+[=+\-@\t\r\n＝＋－＠]/u;

/** A cell that no spreadsheet carries out: one ' before what looks like a formula, and before what looks escaped already. */
export const escapeCell = (text: string): string => (formula.test(text) ? `'${text}` : text);

/** Takes back what `escapeCell` did, exactly; leaves every other text as it is. */
export const restoreCell = (text: string): string => (escaped.test(text) ? text.slice(1) : text);

const separators = /[,;|]/;

/** Tags in one cell: `vip, Berlin`; as a JSON array where one of them would not survive that. */
export function tagsCell(tags: readonly string[]): string {
  const plain = tags.every((tag) => !separators.test(tag) && tag.trim() === tag && tag !== "") && tags[0]?.startsWith("[") !== true;
  return plain ? tags.join(", ") : JSON.stringify(tags);
}

/** The tags of a cell: parts between commas, semicolons or bars, or a JSON array of texts. */
export function tagsOf(cell: string): string[] {
  if (cell.startsWith("[")) {
    try {
      const parsed: unknown = JSON.parse(cell);
      if (Array.isArray(parsed) && parsed.every((tag) => typeof tag === "string")) return parsed;
    } catch {
      // No JSON after all.
    }
  }
  return cell.split(separators).map((tag) => tag.trim()).filter((tag) => tag !== "");
}
