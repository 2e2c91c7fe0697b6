import { Readable } from "node:stream";
import { escapeCell, restoreCell } from "../../core/csv-cells.ts";
import { csvLines } from "../../core/csv-lines.ts";
import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { Download } from "../http/context.ts";
import type { Column } from "./mapping.ts";
import { findImport, selectRejected } from "./queries.ts";
import type { Reason } from "./read-row.ts";

const pageSize = 500;
/** A mended file is sent again with it, and what it said then is left out the next time. */
const reasonColumn = "Import reasons";

/** The rejected rows as they came, each with its reasons; formulas in them are escaped as in every file that we write. */
export async function downloadRejected(ctx: Ctx, id: string): Promise<Download> {
  const of = { workspaceId: ctx.workspace.id, id };
  const file = await findImport(ctx.store.read, of);
  if (!file) throw new ApiError("NOT_FOUND");
  const columns = (JSON.parse(file.columns) as Column[]).map(({ name }) => name);
  const kept = columns.flatMap((name, at) => (name === reasonColumn ? [] : [at]));
  async function* lines(): AsyncGenerator<string> {
    yield csvLines([[...kept.map((at) => columns[at] ?? ""), reasonColumn].map(escapeCell)], { bom: true });
    for (let after = 0; ; ) {
      const rows = await selectRejected(ctx.store.slow, of, { after, limit: pageSize });
      const last = rows.at(-1);
      if (!last) return;
      after = last.n;
      yield csvLines(rows.map((row) => {
        const cells = JSON.parse(row.cells) as string[];
        const reasons = JSON.parse(row.reasons) as Reason[];
        const more = cells.slice(columns.length);
        const why = `Line ${row.line}: ${reasons.map(({ column, message }) => (column === undefined ? message : `${column}: ${message}`)).join(" ")}`;
        return [...kept.map((at) => cells[at] ?? ""), why, ...more].map((cell) => escapeCell(restoreCell(cell)));
      }));
    }
  }
  return new Download("text/csv; charset=utf-8", `rejected-${id}.csv`, Readable.from(lines(), { objectMode: false }));
}
