import { invalid } from "../../core/errors.ts";
import type { Mapping } from "../../core/import-words.ts";
import { newId } from "../../core/id.ts";
import type { Store } from "../../store/store.ts";
import { type Delimiter, findDelimiter, records, type Record, type TextFrom } from "./csv.ts";
import { createDecoder } from "./decode.ts";
import { columnNames, mapColumns, type Column } from "./mapping.ts";
import { deletePieces, insertPieces } from "./queries.ts";

/** Characters of a piece: what is parsed in one go, while others wait. */
const pieceCharsMin = 32_768;
/** Pieces of one write. */
const piecesMax = 8;

/** A file that was received: its text is stored under `id`, its header is read. */
export interface ReceivedFile {
  id: string;
  bytes: number;
  columns: Column[];
  delimiter: Delimiter;
  /** Where the first row begins: place in the text, and line. */
  firstRow: { start: number; line: number };
}

interface File {
  workspaceId: string;
  contentType: string;
  bytes: AsyncIterable<Uint8Array>;
  mapping: Mapping;
  /** Nothing is stored of it then. */
  dryRun: boolean;
}

/** Stores a file's text piece by piece as it comes. Throws VALIDATION_ERROR, naming the fix, for what is no CSV of contacts; nothing is left of it then. */
export async function receiveFile(store: Store, now: number, file: File): Promise<{ value: ReceivedFile; discard(): Promise<void> }> {
  const of = { workspaceId: file.workspaceId, id: newId(now) };
  const discard = async () => {
    while (await store.write((tx) => deletePieces(tx, of)));
  };
  try {
    return { value: { id: of.id, ...(await storeText(store, of, file)) }, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

async function storeText(store: Store, of: { workspaceId: string; id: string }, file: File): Promise<Omit<ReceivedFile, "id">> {
  const decoder = createDecoder(file.contentType);
  let waiting: { workspace_id: string; import_id: string; start: number; text: string }[] = [];
  let header: Omit<ReceivedFile, "id" | "bytes"> | undefined;
  let text = "";
  let bytes = 0;

  const flush = async () => {
    const pieces = waiting;
    waiting = [];
    if (pieces.length > 0 && !file.dryRun) await store.write((tx) => insertPieces(tx, pieces));
  };
  const cut = async (last: boolean) => {
    header ??= await readHeader(text, last, file.mapping);
    if (text !== "") waiting.push({ workspace_id: of.workspaceId, import_id: of.id, start: bytes, text });
    bytes += Buffer.byteLength(text);
    text = "";
    if (waiting.length >= piecesMax || last) await flush();
  };

  for await (const chunk of file.bytes) {
    text += decoder.push(chunk);
    if (text.length >= pieceCharsMin) await cut(false);
  }
  text += decoder.end();
  await cut(true);
  if (!header) throw new Error("a file was stored without its header");
  return { bytes, ...header };
}

/** Reads the header from the first piece, so that a file that can't be used is refused before the rest of it came. */
async function readHeader(text: string, isAll: boolean, mapping: Mapping): Promise<Omit<ReceivedFile, "id" | "bytes">> {
  if (text.trim() === "") throw invalid("", "empty_file", "The file is empty. Its first line has to be a header, like: First name,Last name,Email");
  const { delimiter, start } = findDelimiter(text);
  const whole = Buffer.from(text);
  const first = await firstOf(records(onePiece(whole), { start, line: start === 0 ? 1 : 2 }, delimiter));
  if (!first || (!isAll && first.end === whole.length)) throw invalid("header", "no_header", "The first line does not end. Is this a CSV file?");
  if (first.problem !== undefined) throw invalid("header", "invalid_header", `The header can't be read. ${first.problem}`);
  return { columns: mapColumns(columnNames(first.cells), mapping), delimiter, firstRow: { start: first.end, line: first.nextLine } };
}

const onePiece =
  (text: Buffer): TextFrom =>
  async function* (start) {
    yield text.subarray(start);
  };

async function firstOf(all: AsyncGenerator<Record>): Promise<Record | undefined> {
  const { value } = await all.next();
  await all.return(undefined);
  return value as Record | undefined;
}
