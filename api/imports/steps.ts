import { setTimeout as sleep } from "node:timers/promises";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ImportedRow, ImportRow } from "../../store/tables-imports.ts";
import { createNewContacts, updateContact } from "../contacts/index.ts";
import { type Delimiter, records, type TextFrom } from "./csv.ts";
import { decide, type Decision } from "./decide.ts";
import { claimKeys } from "./file-keys.ts";
import type { Column } from "./mapping.ts";
import { advanceImport, findPiece, saveRows, selectRows } from "./queries.ts";
import { type ReadRow, readRow, type Reason } from "./read-row.ts";

const rowsMax = 500_000;
const unreadable = "unreadable";
const restMs = 3;

/** How many rows the next transaction takes, and how long the last one took. */
export interface Pace {
  rows(): number;
  /** Measures work inside of a transaction. */
  timed<T>(rows: number, work: () => Promise<T>): Promise<T>;
}

/** Reads rows of the file, some in each transaction, until `until` (ms of performance.now) or its end. */
export async function readRows(ctx: Ctx, seen: ImportRow, pace: Pace, until: number): Promise<void> {
  let file = seen;
  let rows: ImportedRow[] = [];
  const save = async (set: Partial<ImportRow>): Promise<boolean> => {
    const batch = rows;
    rows = [];
    const next = { rows: file.rows + batch.length, ...set };
    const mine = await ctx.store.write((tx) => pace.timed(batch.length, async () => {
      if (!(await advanceImport(tx, file, next))) return false;
      await saveRows(tx, batch);
      return true;
    }));
    file = { ...file, ...next };
    return mine;
  };
  const place = { start: file.read_bytes, line: file.read_line };
  for await (const record of records(textOf(ctx, file), place, file.delimiter as Delimiter)) {
    place.start = record.end;
    place.line = record.nextLine;
    // Lines of separators only, as spreadsheets leave them below their rows.
    if (record.problem === undefined && record.cells.every((cell) => cell.trim() === "")) continue;
    const reasons: Reason[] = record.problem === undefined ? [] : [{ code: unreadable, message: record.problem }];
    rows.push({ workspace_id: file.workspace_id, import_id: file.id, n: file.rows + rows.length + 1, line: record.line, cells: JSON.stringify(record.cells), outcome: null, reasons: JSON.stringify(reasons), contact_id: null, result: null });
    if (rows.length < pace.rows()) continue;
    if (file.rows + rows.length > rowsMax) return void (await save({ ...failed("too_many_rows", `The file has more than ${rowsMax.toLocaleString("en")} rows. Split it.`), finished_at: ctx.clock.now() }));
    if (!(await save({ read_bytes: place.start, read_line: place.line })) || performance.now() > until) return;
    await rest();
  }
  await save({ status: "previewing", read_bytes: place.start, read_line: place.line, done: 0 });
}

export const failed = (code: string, message: string) => ({ status: "failed" as const, error: JSON.stringify({ code, message }) });
export const turn = () => new Promise((resolve) => setImmediate(resolve));
/** After a transaction: a request takes several turns of the event loop, and each could have another transaction before it. */
export const rest = () => sleep(restMs);

function textOf(ctx: Ctx, file: ImportRow): TextFrom {
  return async function* (start) {
    for (let at = start; at < file.bytes; ) {
      const piece = await findPiece(ctx.store.read, { workspaceId: file.workspace_id, id: file.id }, at);
      if (!piece) throw new Error("a file's text is not whole");
      const bytes = Buffer.from(piece.text);
      yield bytes.subarray(at - piece.start);
      at = piece.start + bytes.length;
      await turn();
    }
  };
}

/** Decides on the next rows; after the last one the import is ready. */
export async function previewRows(ctx: Ctx, file: ImportRow, pace: Pace): Promise<void> {
  const of = { workspaceId: file.workspace_id, id: file.id };
  const rows = await selectRows(ctx.store.read, of, { after: file.done, limit: pace.rows() });
  const reads = rows.map((row) => readAgain(file, row));
  await ctx.store.write((tx) => pace.timed(rows.length, async () => {
    if (rows.length === 0) return void (await advanceImport(tx, file, { status: "ready" }));
    if (!(await advanceImport(tx, file, { status: file.status }))) return;
    const decided = await decide(tx, file.workspace_id, file.on_duplicate, reads);
    const decisions = await claimKeys(tx, of, file.revision, rows.map((row, i) => ({ n: row.n, read: at(reads, i), decision: at(decided, i) })));
    await saveRows(tx, rows.map((row, i) => ({ ...row, ...columnsOf(at(decisions, i)), result: null })));
    const count = (outcome: Decision["outcome"]) => decisions.filter((decision) => decision.outcome === outcome).length;
    await advanceImport(tx, file, {
      done: file.done + rows.length,
      creates: file.creates + count("create"),
      updates: file.updates + count("update"),
      skips: file.skips + count("skip"),
      rejects: file.rejects + count("reject"),
    });
  }));
}

/**
 * Carries the next rows out, with the progress in the same transaction: killed anywhere, no row is done twice and none is left out. Throws
 * DUPLICATE_CONTACT or NOT_FOUND, with nothing done, when contacts changed under its hands: it is to be called again then.
 */
export async function commitRows(ctx: Ctx, file: ImportRow, pace: Pace): Promise<void> {
  const of = { workspaceId: file.workspace_id, id: file.id };
  const rows = await selectRows(ctx.store.read, of, { after: file.done, limit: pace.rows() });
  const reads = rows.map((row) => readAgain(file, row));
  await ctx.store.write((tx) => pace.timed(rows.length, async () => {
    if (!(await advanceImport(tx, file, { status: file.status }))) return;
    if (rows.length === 0) return finish(ctx, tx, file);
    const decisions = (await decide(tx, file.workspace_id, file.on_duplicate, reads)).map((decision, i) => (at(rows, i).outcome === "reject" ? stillRejected(at(rows, i)) : decision));
    const upTo = untilSeenTwice(decisions);
    const ids = await carryOut(ctx, tx, reads.slice(0, upTo), decisions.slice(0, upTo));
    const done = rows.slice(0, upTo).map((row, i) => ({ ...row, ...columnsOf(at(decisions, i)), outcome: row.outcome, contact_id: at(ids, i), result: results[at(decisions, i).outcome] }));
    await saveRows(tx, done);
    const count = (result: ImportedRow["result"]) => done.filter((row) => row.result === result).length;
    await advanceImport(tx, file, {
      done: file.done + done.length,
      created: file.created + count("created"),
      updated: file.updated + count("updated"),
      skipped: file.skipped + count("skipped"),
      rejected: file.rejected + count("rejected"),
      changed: file.changed + done.filter((row, i) => row.outcome !== at(decisions, i).outcome).length,
    });
  }));
}

const results = { create: "created", update: "updated", skip: "skipped", reject: "rejected" } as const;

async function finish(ctx: Ctx, tx: Write, file: ImportRow): Promise<void> {
  await advanceImport(tx, file, { status: "committed", finished_at: ctx.clock.now() });
  const { created, updated, skipped, rejected } = file;
  await recordEvent(tx, ctx, "import.committed", { importId: file.id, created, updated, skipped, rejected });
}

/** Answers whom each row became, null for nobody. */
async function carryOut(ctx: Ctx, tx: Write, reads: readonly ReadRow[], decisions: readonly Decision[]): Promise<(string | null)[]> {
  const creates = reads.filter((_, i) => at(decisions, i).outcome === "create").map(({ input }) => input);
  const created = (await createNewContacts(ctx, tx, creates, "csv")).map(({ id }) => id);
  for (const { outcome, contactId, patch } of decisions) if (outcome === "update" && contactId !== null) await updateContact(ctx, tx, contactId, patch);
  return decisions.map(({ outcome, contactId }) => (outcome === "create" ? (created.shift() ?? null) : contactId));
}

/** A second row of one contact is decided on after the first one was carried out. */
function untilSeenTwice(decisions: readonly Decision[]): number {
  const seen = new Set<string>();
  const twice = decisions.findIndex(({ contactId }) => contactId !== null && seen.size === seen.add(contactId).size);
  return twice === -1 ? decisions.length : twice;
}

function readAgain(file: ImportRow, row: ImportedRow): ReadRow {
  const [reason] = JSON.parse(row.reasons) as Reason[];
  if (reason?.code === unreadable) return { input: {}, keys: { email: null, linkedIn: null }, reasons: [reason] };
  return readRow(JSON.parse(file.columns) as Column[], JSON.parse(row.cells) as string[]);
}

/** The preview told that it stays out. */
const stillRejected = (row: ImportedRow): Decision => ({ outcome: "reject", reasons: JSON.parse(row.reasons) as Reason[], contactId: row.contact_id, patch: {} });

const columnsOf = ({ outcome, reasons, contactId }: Decision) => ({ outcome, reasons: JSON.stringify(reasons), contact_id: contactId });

function at<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item === undefined) throw new Error("a row has no decision");
  return item;
}
