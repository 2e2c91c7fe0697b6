import { type CsvError, parse } from "csv-parse";

/** Bytes of one row. The longest contact that can be is some 110,000. */
const rowBytesMax = 131_072;
const delimiters = [",", ";", "\t", "|"] as const;
export type Delimiter = (typeof delimiters)[number];

export interface Record {
  cells: string[];
  /** Why it can't be read; its one cell is its line then, as it stands. */
  problem?: string;
  /** The line that it begins on, from 1, and that of the record after it. */
  line: number;
  nextLine: number;
  /** Where the record after it begins: bytes of UTF-8 from the start of the text. */
  end: number;
}

/** The text, in pieces, from a place in it on. */
export type TextFrom = (start: number) => AsyncIterable<Buffer>;

/** What stands between the cells: what the first line has most of, or what `sep=;` says there, as Excel writes it. */
export function findDelimiter(text: string): { delimiter: Delimiter; start: number } {
  const named = /^sep=(.)\r?\n/.exec(text);
  const told = delimiters.find((one) => one === named?.[1]);
  if (named && told) return { delimiter: told, start: named[0].length };
  const line = firstRecord(text).replaceAll(/"[^"]*"/g, "");
  const counts = delimiters.map((delimiter) => ({ delimiter, count: line.split(delimiter).length }));
  return { delimiter: counts.reduce((best, one) => (one.count > best.count ? one : best)).delimiter, start: 0 };
}

function firstRecord(text: string): string {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "\n" || char === "\r") && at > 0) return text.slice(0, at);
  }
  return text;
}

/**
 * The records of a text from a place on, empty lines left out. Never fails by what the text holds: a record that is no CSV costs its own
 * line, and reading goes on with the next.
 */
export async function* records(textFrom: TextFrom, from: { start: number; line: number }, delimiter: Delimiter): AsyncGenerator<Record> {
  let { start, line } = from;
  for (;;) {
    const reader = createReader(delimiter);
    let problem: string | undefined;
    let base = start;
    let empty = 0;
    const take = function* (): Generator<Record> {
      for (const found of reader.taken()) {
        line += found.empty - empty;
        empty = found.empty;
        const nextLine = line + 1 + breaksOf(found.cells);
        start = base + found.bytes;
        yield { cells: found.cells, line, nextLine, end: start };
        line = nextLine;
      }
    };
    for await (const piece of textFrom(start)) {
      problem = await reader.push(piece);
      yield* take();
      if (problem !== undefined) break;
    }
    problem ??= await reader.end();
    yield* take();
    if (problem === undefined) return;
    const bad = await badLine(textFrom(start));
    start += bad.bytes;
    line += bad.breaksBefore;
    yield { cells: [bad.text], problem, line, nextLine: line + 1, end: start };
    line += 1;
    base = start;
  }
}

interface Reader {
  /** Answers what is wrong, after the records before it were taken. */
  push(piece: Buffer): Promise<string | undefined>;
  end(): Promise<string | undefined>;
  taken(): { cells: string[]; bytes: number; empty: number }[];
}

function createReader(delimiter: Delimiter): Reader {
  let found: ReturnType<Reader["taken"]> = [];
  // Records are taken as they are found: the stream's own queue is lost when it fails, and with it those before the fault.
  const parser = parse({
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: rowBytesMax,
    on_record: (cells: string[], info) => {
      found.push({ cells, bytes: info.bytes, empty: info.empty_lines });
      return null;
    },
  });
  parser.on("error", () => {});
  parser.resume();
  const settled = (act: (done: (error?: Error | null) => void) => void) => new Promise<string | undefined>((resolve) => act((error) => resolve(error ? problemOf(error) : undefined)));
  return {
    push: (piece) => settled((done) => parser.write(piece, done)),
    end: () => settled((done) => parser.end(done)),
    taken: () => {
      const taken = found;
      found = [];
      return taken;
    },
  };
}

function problemOf(error: Error): string {
  const { code } = error as CsvError;
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return "A quote is opened and never closed. Double the quotes inside of a cell.";
    case "CSV_MAX_RECORD_SIZE":
      return `The row is longer than ${rowBytesMax} bytes, or a quote in it is never closed.`;
    case "INVALID_OPENING_QUOTE":
      return "A quote stands inside of a cell that is not in quotes. Put the cell in quotes, and double those inside.";
    case "CSV_INVALID_CLOSING_QUOTE":
    case "CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE":
      return "More follows after the closing quote of a cell. Double the quotes inside of a cell.";
    default:
      throw error;
  }
}

const breaksOf = (cells: readonly string[]): number => cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);

const cr = 13;
const nl = 10;

/** The first line that is not empty: its bytes, its end included, the line breaks before it, and its text. */
async function badLine(text: AsyncIterable<Buffer>): Promise<{ bytes: number; breaksBefore: number; text: string }> {
  const seen: number[] = [];
  let bytes = 0;
  let breaksBefore = 0;
  let last = 0;
  const found = (more: number) => ({ bytes: bytes + more, breaksBefore, text: Buffer.from(seen).toString("utf8") });
  for await (const piece of text) {
    for (const byte of piece) {
      if (seen.length > 0) {
        // Only now is it known whether a CR stood alone.
        if (last === cr) return found(byte === nl ? 1 : 0);
        if (byte === nl) return found(1);
      }
      const isBreak = byte === cr || byte === nl;
      if (isBreak && seen.length === 0 && !(byte === nl && last === cr)) breaksBefore += 1;
      if (!isBreak && seen.length < rowBytesMax) seen.push(byte);
      bytes += 1;
      last = byte;
    }
  }
  return found(0);
}
