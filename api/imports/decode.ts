import { invalid } from "../../core/errors.ts";

export interface Decoder {
  /** The text of the next bytes. Throws VALIDATION_ERROR that says how to mend the file. */
  push(bytes: Uint8Array): string;
  /** The rest. */
  end(): string;
}

/** Charsets that a file may be declared to have; without one it has to be UTF-8, or UTF-16 by its byte order mark. */
const charsets = new Set(["utf-8", "utf8", "us-ascii", "utf-16", "utf-16le", "utf-16be", "iso-8859-1", "windows-1252"]);
const marks: readonly [bytes: readonly number[], charset: string][] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];
const markMax = 4;
const zip = [0x50, 0x4b, 0x03, 0x04];

/** Decodes a file as it comes. A byte order mark decides, then the charset of `contentType`, else it is UTF-8; what does not fit is refused, never guessed. */
export function createDecoder(contentType: string): Decoder {
  const declared = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1]?.toLowerCase();
  if (declared !== undefined && !charsets.has(declared)) throw invalid("Content-Type", "unknown_charset", `The charset ${declared} is not known. Send the file as UTF-8.`);
  let head: Uint8Array = new Uint8Array(0);
  let decoder: TextDecoder | undefined;
  let lines = 1;

  function decode(bytes: Uint8Array, last: boolean): string {
    decoder ??= new TextDecoder(charsetOf(head, declared), { fatal: true });
    let text: string;
    try {
      // Only as a stream: for a whole text Node takes windows-1252 for ISO 8859-1.
      text = decoder.decode(bytes, { stream: true }) + (last ? decoder.decode() : "");
    } catch {
      throw invalid("", "wrong_encoding", `The file is not ${decoder.encoding.toUpperCase()}, near line ${lines}. Save it as “CSV UTF-8”, or name its charset: Content-Type: text/csv; charset=windows-1252`);
    }
    if (text.includes("\0")) throw notText("holds NUL characters");
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
    return text;
  }

  return {
    push: (bytes) => {
      if (decoder) return decode(bytes, false);
      head = Buffer.concat([head, bytes]);
      return head.length < markMax ? "" : decode(head, false);
    },
    end: () => decode(decoder ? new Uint8Array(0) : head, true),
  };
}

function charsetOf(head: Uint8Array, declared: string | undefined): string {
  const starts = (bytes: readonly number[]) => bytes.every((byte, i) => head[i] === byte);
  if (starts(zip)) throw notText("is a workbook or an archive");
  if (starts([0xff, 0xfe, 0, 0])) throw invalid("", "wrong_encoding", "The file is UTF-32. Save it as “CSV UTF-8”.");
  return marks.find(([bytes]) => starts(bytes))?.[1] ?? declared ?? "utf-8";
}

const notText = (what: string) => invalid("", "not_text", `The file ${what}: it is no CSV. Open it in your spreadsheet program and save it as “CSV UTF-8”.`);
