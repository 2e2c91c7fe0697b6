import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import type { Mapping } from "../../core/import-words.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit } from "../../store/events.ts";
import { enqueue } from "../../store/queue.ts";
import type { Write } from "../../store/store.ts";
import type { ImportedRow, ImportRow } from "../../store/tables-imports.ts";
import type { Import } from "./contract.ts";
import { type Column, mapColumns } from "./mapping.ts";
import { findImport, insertImport, lockImport, selectImports, selectRows, setImport } from "./queries.ts";
import type { Reason } from "./read-row.ts";
import type { ReceivedFile } from "./receive.ts";

const keptMs = 7 * 86_400_000;
/** The kind of job that does what imports have to do. */
export const importKind = "import";

/** Makes an import of a file that was received; its rows are read and previewed by a job. */
export async function createImport(ctx: Ctx, tx: Write, file: ReceivedFile, options: { filename?: string | undefined; on_duplicate: ImportRow["on_duplicate"] }): Promise<Import> {
  const now = ctx.clock.now();
  const row: ImportRow = {
    workspace_id: ctx.workspace.id, id: file.id, filename: options.filename ?? null, status: "reading", on_duplicate: options.on_duplicate, columns: JSON.stringify(file.columns),
    delimiter: file.delimiter, bytes: file.bytes, read_bytes: file.firstRow.start, read_line: file.firstRow.line, rows: 0, done: 0, revision: 1, creates: 0, updates: 0, skips: 0,
    rejects: 0, created: 0, updated: 0, skipped: 0, rejected: 0, changed: 0, error: null, created_at: now, committed_at: null, finished_at: null, expires_at: now + keptMs, rows_purged_at: null,
  };
  await insertImport(tx, row);
  await goOn(ctx, tx, row.id);
  await recordAudit(tx, ctx, "import.created", { importId: row.id });
  return toImport(row);
}

export async function listImports(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined }) {
  const bound = [ctx.workspace.id, "imports"];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectImports(ctx.store.read, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { imports: page.map(toImport), ...more };
}

/** An import with a page of its rows, those of one outcome where it is asked for. */
export async function getImport(ctx: Ctx, cursors: Cursors, id: string, query: { limit: number; cursor?: string | undefined; outcome?: keyof Import["preview"] | undefined }) {
  const of = { workspaceId: ctx.workspace.id, id };
  const file = await findImport(ctx.store.read, of);
  if (!file) throw new ApiError("NOT_FOUND");
  const bound = [ctx.workspace.id, "imports", id, query.outcome ?? null];
  const after = query.cursor === undefined ? 0 : Number(cursors.read(query.cursor, bound)[0]);
  const rows = await selectRows(ctx.store.read, of, { after, limit: query.limit + 1, outcome: query.outcome });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.n], bound));
  return { ...toImport(file), rows: page.map(toRow), ...more, columns: JSON.parse(file.columns) as Column[], delimiter: file.delimiter };
}

/** Previews again, by another mapping or with another fate of duplicates. */
export async function updateImport(ctx: Ctx, tx: Write, id: string, change: { mapping?: Mapping | undefined; onDuplicate?: ImportRow["on_duplicate"] | undefined }): Promise<Import> {
  const file = await locked(ctx, tx, id);
  if (file.status !== "ready" && file.status !== "previewing") throw notReady(file);
  const names = (JSON.parse(file.columns) as Column[]).map(({ name }) => name);
  const changed: ImportRow = {
    ...file,
    columns: change.mapping ? JSON.stringify(mapColumns(names, change.mapping)) : file.columns,
    on_duplicate: change.onDuplicate ?? file.on_duplicate,
    status: "previewing",
    revision: file.revision + 1,
    done: 0,
    creates: 0,
    updates: 0,
    skips: 0,
    rejects: 0,
  };
  await setImport(tx, changed);
  await goOn(ctx, tx, id);
  return toImport(changed);
}

/** Starts to carry it out, or goes on with what had failed; one that runs or is done is answered as it is. */
export async function commitImport(ctx: Ctx, tx: Write, id: string): Promise<Import> {
  const file = await locked(ctx, tx, id);
  if (file.status === "committing" || file.status === "committed") return toImport(file);
  const resumes = file.status === "failed" && file.committed_at !== null;
  if (file.status !== "ready" && !resumes) throw notReady(file);
  const changed: ImportRow = { ...file, status: "committing", done: resumes ? file.done : 0, error: null, committed_at: file.committed_at ?? ctx.clock.now(), finished_at: null };
  await setImport(tx, changed);
  await goOn(ctx, tx, id);
  await recordAudit(tx, ctx, "import.committed", { importId: id });
  return toImport(changed);
}

/** Ends what runs; the rows are deleted by a job. What was written to contacts stays. Idempotent. */
export async function cancelImport(ctx: Ctx, tx: Write, id: string): Promise<Import> {
  const file = await locked(ctx, tx, id);
  const now = ctx.clock.now();
  const ended = file.status === "committed" || file.status === "canceled" || file.status === "expired";
  const changed: ImportRow = { ...file, status: ended ? file.status : "canceled", finished_at: file.finished_at ?? now, expires_at: Math.min(file.expires_at, now) };
  await setImport(tx, changed);
  await goOn(ctx, tx, id);
  await recordAudit(tx, ctx, "import.canceled", { importId: id });
  return toImport(changed);
}

/** Queues what there is to do for an import. */
async function goOn(ctx: Ctx, tx: Write, importId: string): Promise<void> {
  const now = ctx.clock.now();
  await enqueue(tx, { workspaceId: ctx.workspace.id, kind: importKind, payload: { importId }, runAt: now, now });
}

async function locked(ctx: Ctx, tx: Write, id: string): Promise<ImportRow> {
  const file = await lockImport(tx, { workspaceId: ctx.workspace.id, id });
  if (!file) throw new ApiError("NOT_FOUND");
  return file;
}

const notReady = ({ status }: ImportRow) => new ApiError("IMPORT_NOT_READY", { message: `The import is ${status}. ${fixes[status] ?? "Send the file again."}` });
const fixes: Partial<Record<ImportRow["status"], string>> = {
  reading: "Wait until GET /imports/:id says that it is ready.",
  previewing: "Wait until GET /imports/:id says that it is ready.",
  committing: "It can be ended with DELETE /imports/:id.",
};

function toImport(row: ImportRow): Import {
  return {
    id: row.id,
    filename: row.filename,
    status: row.status,
    onDuplicate: row.on_duplicate,
    progress: row.status === "reading" ? { done: row.rows, total: null } : { done: row.done, total: row.rows },
    preview: { create: row.creates, update: row.updates, skip: row.skips, reject: row.rejects },
    result: row.committed_at === null ? null : { created: row.created, updated: row.updated, skipped: row.skipped, rejected: row.rejected, changed: row.changed },
    error: row.error === null ? null : (JSON.parse(row.error) as { code: string; message: string }),
    createdAt: row.created_at,
    committedAt: row.committed_at,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
    rowsDeletedAt: row.rows_purged_at,
  };
}

function toRow(row: ImportedRow) {
  return {
    row: row.n,
    line: row.line,
    outcome: row.outcome,
    result: row.result,
    reasons: JSON.parse(row.reasons) as Reason[],
    contactId: row.contact_id,
    cells: JSON.parse(row.cells) as string[],
  };
}
