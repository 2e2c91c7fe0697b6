import { expect, test } from "vitest";
import { groupsOf, padded } from "./batches.ts";

test("any number of rows is cut into few sizes of statements, in order and none left out", () => {
  const sizes = new Set<number>();
  for (let n = 0; n <= 300; n++) {
    const rows = Array.from({ length: n }, (_, i) => i);
    expect(groupsOf(rows).flat()).toEqual(rows);
    for (const group of groupsOf(rows)) sizes.add(group.length);
    sizes.add(padded(rows).length);
    expect(new Set(padded(rows))).toEqual(new Set(rows));
  }
  expect([...sizes].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
});
