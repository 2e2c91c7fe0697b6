import type { Cursors } from "../../core/cursor.ts";
import { invalid } from "../../core/errors.ts";
import { eventKinds } from "../../core/event-words.ts";
import type { Ctx } from "../../store/context.ts";
import type { EventFilter } from "./contract.ts";
import { findHead, selectEvents } from "./queries.ts";

/** Events that one page looks through at most, so that a rare type costs no more than a common one. */
const lookedAtMax = 5000;

/** What comes after the cursor. Its place is that of the last event looked at, so the next page begins right there. */
export async function listEvents(ctx: Ctx, cursors: Cursors, filter: EventFilter) {
  const bound = [ctx.workspace.id, "events", filter.types];
  const head = await findHead(ctx.store.read, ctx.workspace.id);
  const after = filter.cursor === undefined ? (filter.start === "latest" ? head.last : head.purged) : Number(cursors.read(filter.cursor, bound)[0]);
  if (after < head.purged) {
    throw invalid("cursor", "expired_cursor", "What follows this cursor was deleted: events are kept for 30 days. Begin again without a cursor, and read from the lists what you missed.");
  }
  const until = Math.min(head.last, after + lookedAtMax);
  const rows = await selectEvents(ctx.store.slow, { workspaceId: ctx.workspace.id, after, until, limit: filter.limit, types: filter.types });
  const full = rows.length === filter.limit;
  const place = full ? Number(rows.at(-1)?.seq) : until;
  const events = rows.map((row) => ({ id: row.id, type: row.kind, timestamp: new Date(row.at).toISOString(), data: JSON.parse(row.payload) as Record<string, unknown> }));
  return { events, hasMore: place < head.last, nextCursor: cursors.make([place], bound) };
}

export function listEventKinds() {
  return Promise.resolve({ kinds: Object.entries(eventKinds).map(([type, kind]) => ({ type, description: kind.what, data: [...kind.ids], carries: [...kind.carries] })) });
}
