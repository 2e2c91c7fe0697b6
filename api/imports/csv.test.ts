import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvLines } from "../../core/csv-lines.ts";
import { escapeCell, restoreCell, tagsCell, tagsOf } from "../../core/csv-cells.ts";
import { findDelimiter, records, type Record, type TextFrom } from "./csv.ts";

/** `text` in pieces of `size` bytes. */
const inPieces = (text: string, size: number): TextFrom => {
  const bytes = Buffer.from(text);
  return async function* (start) {
    for (let at = start; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
};

async function read(text: string, size = 1 << 20, from?: { start: number; line: number }): Promise<Record[]> {
  const { delimiter, start } = findDelimiter(text);
  const found: Record[] = [];
  for await (const record of records(inPieces(text, size), from ?? { start, line: start === 0 ? 1 : 2 }, delimiter)) found.push(record);
  return found;
}

/** What goes wrong in real files, more often than chance would write it. */
const nasty = fc.array(fc.constantFrom('"', '""', ",", ";", "\t", "\n", "\r", "\r\n", " ", "a", "ü", "😀", "=1", "'", "\u2028", "sep=;\n"), { maxLength: 60 }).map((parts) => parts.join(""));

describe("reading records", () => {
  test("ends, loses no byte and says the same however the text is cut, for any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 200 })), fc.integer({ min: 1, max: 9 }), async (typed, size) => {
        const text = typed.toWellFormed();
        const whole = await read(text);
        expect(await read(text, size)).toEqual(whole);
        const ends = whole.map(({ end }) => end);
        expect(ends).toEqual([...new Set(ends)].toSorted((a, b) => a - b));
        const rest = Buffer.from(text).subarray(ends.at(-1) ?? findDelimiter(text).start).toString();
        expect(rest.trim()).toBe("");
      }),
      { numRuns: 500 },
    );
  });

  test("goes on from the end of any record as if it had never stopped", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, fc.nat(), async (text, pick) => {
        const whole = await read(text);
        const at = whole.length === 0 ? 0 : pick % whole.length;
        const stop = whole[at];
        if (!stop) return;
        const { delimiter } = findDelimiter(text);
        const rest: Record[] = [];
        for await (const record of records(inPieces(text, 5), { start: stop.end, line: stop.nextLine }, delimiter)) rest.push(record);
        expect(rest).toEqual(whole.slice(at + 1));
      }),
      { numRuns: 300 },
    );
  });

  test("finds what was written by the rules, whatever the cells hold", async () => {
    const cell = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map((text) => text.toWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 }), async (rows) => {
        const found = await read(csvLines([["a", "b", "c"], ...rows]), 11);
        expect(found.slice(1).map(({ cells }) => cells)).toEqual(rows);
      }),
      { numRuns: 200 },
    );
  });

  test("counts lines as an editor does", async () => {
    const found = await read('a,b\r\n"1\r\n2",x\r\n\r\n3,"4\n5"\r6,7\n"8" 9,0\n\n10,11');
    expect(found.map(({ line, problem }) => [line, problem !== undefined])).toEqual([[1, false], [2, false], [5, false], [7, false], [8, true], [10, false]]);
  });

  test("gives an endless quote up after the size of one row, and reads on", async () => {
    const text = `a,b\n"open,1\n${"x,y\n".repeat(100_000)}z,1`;
    const found = await read(text, 65_536);
    expect(found[1]?.problem).toMatch(/never closed/);
    expect([found.length, found[2]?.cells, found.at(-1)?.cells]).toEqual([100_003, ["x", "y"], ["z", "1"]]);
  });
});

describe("a cell", () => {
  const dangerous = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"];
  test.each(dangerous)("that starts with %j is no formula once written, and itself once read (security row 9)", (start) => {
    for (const text of [start, `${start}1`, `'${start}1`, `''${start}`]) {
      expect(escapeCell(text)[0]).toBe("'");
      expect(restoreCell(escapeCell(text))).toBe(text);
    }
  });

  test("comes back as it was, whatever it holds", () => {
    const text = fc.oneof(fc.string(), fc.tuple(fc.stringMatching(/^'{0,3}$/), fc.constantFrom(...dangerous, "a"), fc.string()).map((parts) => parts.join("")));
    fc.assert(fc.property(text, (one) => restoreCell(escapeCell(one)) === one && !dangerous.includes(escapeCell(one)[0] ?? "")));
    fc.assert(fc.property(fc.array(fc.string({ minLength: 1 }).filter((tag) => tag.trim() === tag)), (tags) => void expect(tagsOf(tagsCell(tags))).toEqual(tags)));
  });
});
