import { Readable } from "node:stream";
import { escapeCell, tagsCell } from "../../core/csv-cells.ts";
import { csvLines } from "../../core/csv-lines.ts";
import type { Ctx } from "../../store/context.ts";
import type { ContactRow } from "../../store/tables.ts";
import { Download } from "../http/context.ts";
import type { ContactExport } from "./contract.ts";
import { toContact } from "./fields.ts";
import { positionOf, selectContacts } from "./queries/list.ts";
import { asked } from "./service.ts";

const pageSize = 500;

/** Names that an import knows again; what it can't set (id, scores, times) it leaves out. */
const columns: readonly [name: string, cell: (row: ContactRow) => string | number | null][] = [
  ["id", (row) => row.id],
  ["firstName", (row) => row.first_name],
  ["lastName", (row) => row.last_name],
  ["email", (row) => row.email],
  ["phone", (row) => row.phone],
  ["linkedInUrl", (row) => row.linkedin_url],
  ["company", (row) => row.company],
  ["companyId", (row) => row.company_id],
  ["title", (row) => row.title],
  ["location", (row) => row.location],
  ["source", (row) => row.source],
  ["status", (row) => row.status],
  ["score", (row) => row.score],
  ["activityScore", (row) => row.activity_score],
  ["tags", (row) => tagsCell(JSON.parse(row.tags) as string[])],
  ["notes", (row) => row.notes],
  ["attributes", (row) => (row.attributes === "{}" ? null : row.attributes)],
  ["createdAt", (row) => row.created_at],
  ["updatedAt", (row) => row.updated_at],
  ["archivedAt", (row) => row.archived_at],
];

const formats = {
  csv: {
    contentType: "text/csv; charset=utf-8",
    head: csvLines([columns.map(([name]) => name)], { bom: true }),
    text: (rows: readonly ContactRow[]) => csvLines(rows.map((row) => columns.map(([, cell]) => escapeCell(String(cell(row) ?? ""))))),
  },
  ndjson: {
    contentType: "application/x-ndjson; charset=utf-8",
    head: "",
    text: (rows: readonly ContactRow[]) => rows.map((row) => `${JSON.stringify({ ...toContact(row), notes: row.notes, attributes: JSON.parse(row.attributes) as unknown })}\n`).join(""),
  },
};

/**
 * All contacts that the list would show, as a file that is read while it is sent: memory does not grow with it, and who goes away ends it.
 * Rejects where the first page can't be read; a later fault tears the connection, so that half a file never looks whole.
 */
export async function exportContacts(ctx: Ctx, filter: ContactExport): Promise<Download> {
  const format = formats[filter.format];
  const page = asked(ctx, filter, pageSize);
  const read = (after?: [number, string]) => selectContacts(ctx.store.slow, ctx.store.wordMatch, { ...page, after });
  const first = await read();
  async function* text(): AsyncGenerator<string> {
    yield format.head;
    for (let rows = first; rows.length > 0; ) {
      yield format.text(rows);
      const last = rows.at(-1);
      if (rows.length < pageSize || !last) return;
      rows = await read(positionOf(last, page.sortBy));
    }
  }
  return new Download(format.contentType, `contacts.${filter.format}`, Readable.from(text(), { objectMode: false }));
}
