import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import { pageOf } from "../../core/page.ts";
import { selectSessions, selectVisitor, selectVisitors, type SummedVisitor } from "./queries.ts";

const sessionsShown = 50;

/** Under load (hundreds of signals a second) the newest visitors appear, and are counted up, seconds later. */
export async function listVisitors(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined; known_only: boolean; include_bots: boolean }) {
  const bound = [ctx.workspace.id, "visitors", query.known_only, query.include_bots];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectVisitors(ctx.store.slow, {
    workspaceId: ctx.workspace.id,
    limit: query.limit + 1,
    before,
    knownOnly: query.known_only,
    includeBots: query.include_bots,
  });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.session_id], bound));
  return { visitors: page.map(toVisitor), ...more };
}

export async function getVisitor(ctx: Ctx, id: string) {
  await ctx.store.settleVisitors(ctx.workspace.id, [id]);
  const row = await selectVisitor(ctx.store.slow, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const sessions = await selectSessions(ctx.store.slow, ctx.workspace.id, id, sessionsShown);
  return {
    ...toVisitor(row),
    recentSessions: sessions.map((s) => ({ id: s.id, startedAt: s.started_at, lastAt: s.last_at, signals: s.signals, entryPath: s.entry_path, referrerKind: s.referrer_kind })),
  };
}

function toVisitor(row: SummedVisitor) {
  return {
    id: row.id,
    mode: row.mode,
    contactId: row.contact_id,
    companyId: row.company_id,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    signals: row.signals,
    sessions: row.sessions,
    bot: row.bot,
  };
}
