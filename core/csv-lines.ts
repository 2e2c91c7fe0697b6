import { stringify } from "csv-stringify/sync";

/** Rows as CSV text (RFC 4180): commas, CRLF, every cell that holds something in quotes, so that spaces around it stay. */
export function csvLines(rows: readonly (readonly string[])[], options: { bom?: boolean } = {}): string {
  // Spreadsheet programs take a file for UTF-8 by its byte order mark only.
  return (options.bom === true ? "\ufeff" : "") + stringify(rows.map((row) => [...row]), { quoted_string: true, quoted_empty: false, record_delimiter: "windows" });
}
