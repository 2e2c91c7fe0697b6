const groupMax = 64;

/**
 * Cuts rows into groups of 64, 32, 16 … 1, each for a statement of its own: a statement is prepared by its text and kept, and one for every
 * number of rows there can be would fill the memory.
 */
export function groupsOf<T>(rows: readonly T[]): T[][] {
  const groups: T[][] = [];
  let size = groupMax;
  for (let at = 0; at < rows.length; at += size) {
    while (size > rows.length - at) size /= 2;
    groups.push(rows.slice(at, at + size));
  }
  return groups;
}

/** The values of an IN (…), with the last one repeated up to a power of two, for the same reason. */
export function padded<T>(values: readonly T[]): T[] {
  const last = values.at(-1);
  if (last === undefined) return [];
  return [...values, ...Array<T>(2 ** Math.ceil(Math.log2(values.length)) - values.length).fill(last)];
}
