import { ApiError } from "../../core/errors.ts";
import type { Cursors } from "../../core/cursor.ts";
import { isSocial, priorities, storedTypes } from "../../core/signal-words.ts";
import type { Ctx } from "../../store/context.ts";
import type { SignalRow } from "../../store/tables.ts";
import type { Signal, SignalFilter, timeRanges } from "./contract.ts";
import { pageOf } from "../../core/page.ts";
import { toAction } from "./actions.ts";
import { countRest, findAction, findEngagement, findRoutedAt, findSignal, selectSignals, sumCounts } from "./queries.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const rangeMs = { day: dayMs, week: 7 * dayMs, month: 30 * dayMs } as const;

/** A page of signals, newest first. No row twice and none skipped while new ones arrive: they sort before the page. */
export async function listSignals(ctx: Ctx, cursors: Cursors, filter: SignalFilter): Promise<{ signals: Signal[]; hasMore: boolean; nextCursor: string | null }> {
  const { limit, cursor, ...binding } = filter;
  const bound = [ctx.workspace.id, "signals", binding];
  const before = cursor === undefined ? undefined : String(cursors.read(cursor, bound)[0]);
  if (filter.visitorId !== undefined) await ctx.store.settleVisitors(ctx.workspace.id, [filter.visitorId]);
  const rows = await selectSignals(ctx.store.slow, {
    workspaceId: ctx.workspace.id,
    limit: limit + 1,
    before,
    type: filter.type,
    kind: filter.kind,
    priority: filter.priority,
    unactionedOnly: filter.unactioned_only,
    includeBots: filter.include_bots,
    from: filter.from,
    to: filter.to,
    contactId: filter.contactId,
    companyId: filter.companyId,
    visitorId: filter.visitorId,
  });
  const { page, ...more } = pageOf(rows, limit, (last) => cursors.make([last.id], bound));
  return { signals: page.map(toSignal), ...more };
}

/** One signal with what became of it. */
export async function getSignal(ctx: Ctx, id: string) {
  const row = await findSignal(ctx.store.read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const [routedAt, action, engagement] = await Promise.all([
    findRoutedAt(ctx.store.read, ctx.workspace.id, row.batch_id),
    row.actioned_at === null ? undefined : findAction(ctx.store.read, ctx.workspace.id, id),
    row.message_id === null ? undefined : findEngagement(ctx.store.read, ctx.workspace.id, row.message_id),
  ]);
  return {
    ...toSignal(row),
    routedAt,
    action: action ? toAction(action) : null,
    engagement: engagement
      ? { engagedMs: engagement.engaged_ms, scrollDepth: engagement.scroll_depth, lcp: engagement.lcp, inp: engagement.inp, cls: engagement.cls }
      : null,
  };
}

/** Counts of the last 24 h, 7 or 30 days: whole days and hours from the roll-ups, the first hour's rest from the rows. */
export async function signalStats(ctx: Ctx, timeRange: (typeof timeRanges)[number]) {
  const now = ctx.clock.now();
  const since = now - rangeMs[timeRange];
  const firstWhole = Math.ceil(since / hourMs) * hourMs;
  // Hours up to the first midnight, days from there.
  const midnight = timeRange === "day" ? undefined : Math.ceil(since / dayMs) * dayMs;
  const { read, slow, dialect } = ctx.store;
  const workspaceId = ctx.workspace.id;
  const [{ edge, actioned }, hours, days] = await Promise.all([
    countRest(slow, workspaceId, since, firstWhole),
    sumCounts(read, dialect, workspaceId, "hour", firstWhole, midnight ?? Number.MAX_SAFE_INTEGER),
    midnight === undefined ? undefined : sumCounts(read, dialect, workspaceId, "day", midnight, Number.MAX_SAFE_INTEGER),
  ]);
  const bucketMs = timeRange === "day" ? hourMs : dayMs;
  const byType = zeros(storedTypes);
  const byPriority = zeros(priorities);
  const series = new Map<number, number>();
  for (let at = since - (since % bucketMs); at <= now; at += bucketMs) series.set(at, 0);
  let total = 0;
  for (const { type, priority, count } of [...hours.kinds, ...(days?.kinds ?? []), ...edge]) {
    total += count;
    byType[type] += count;
    byPriority[priority] += count;
  }
  for (const { at, count } of [...hours.slots, ...(days?.slots ?? []), ...edge.map(({ count }) => ({ at: since, count }))]) {
    const bucket = at - (at % bucketMs);
    series.set(bucket, (series.get(bucket) ?? 0) + count);
  }
  return { timeRange, since, total, unactioned: total - actioned, byType, byPriority, series: [...series].map(([at, n]) => ({ at, total: n })) };
}

const zeros = <T extends string>(names: readonly T[]) => Object.fromEntries(names.map((name) => [name, 0])) as Record<T, number>;

/** The stored row as the API shows it. */
export function toSignal(row: SignalRow): Signal {
  return {
    id: row.id,
    kind: isSocial(row.type) ? "social" : "intent",
    type: row.type,
    priority: row.priority,
    source: row.source,
    notes: row.notes,
    data: JSON.parse(row.data) as Record<string, unknown>,
    contactId: row.contact_id,
    claimedContactId: row.claimed_contact_id,
    companyId: row.company_id,
    visitorId: row.visitor_id,
    sessionId: row.session_id,
    messageId: row.message_id,
    receivedAt: row.received_at,
    occurredAt: row.occurred_at,
    createdAt: row.received_at,
    clockFlag: row.clock_flag,
    page: row.page_path === null ? null : { host: row.page_host, path: row.page_path },
    referrer: row.referrer_kind === null ? null : { kind: row.referrer_kind, name: row.referrer_name },
    campaign: row.utm === null ? null : (JSON.parse(row.utm) as Record<string, string>),
    browser: row.browser,
    os: row.os,
    device: row.device,
    country: row.country,
    bot: row.bot,
    actioned: row.actioned_at !== null,
    actionedAt: row.actioned_at,
  };
}
