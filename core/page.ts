/** One page of a keyset list: `rows` were asked for with one more than `limit`. */
export function pageOf<Row>(rows: readonly Row[], limit: number, cursorOf: (last: Row) => string): { page: Row[]; hasMore: boolean; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit;
  return { page, hasMore, nextCursor: hasMore && last !== undefined ? cursorOf(last) : null };
}
