import type { Cursors } from "../../core/cursor.ts";
import { invalid } from "../../core/errors.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { capAt, resetsAt } from "../../store/credit-caps.ts";
import { listKeys } from "../keys/index.ts";
import type { LedgerFilter, UsageFilter } from "./contract.ts";
import { findCap, selectLedger, type UsageSum } from "./queries.ts";
import { dayOf, type Span, sumUsage } from "./sums.ts";

const dayMs = 86_400_000;
const usualDays = 30;
const daysMax = 400;

/** What was used in a span, by capability, key and day, and how much the cap leaves. */
export async function getUsage(ctx: Ctx, filter: UsageFilter) {
  const now = ctx.clock.now();
  const span = spanOf(filter, now);
  const fits = (sum: UsageSum) => (filter.keyId === undefined || sum.keyId === filter.keyId) && (filter.capability === undefined || sum.capability === filter.capability);
  const sums = (await sumUsage(ctx.store.slow, ctx.workspace.id, span)).filter(fits);
  const names = new Map((await listKeys(ctx.store.read, ctx.workspace.id)).map((key) => [key.id, key.name]));
  const days = groupBy(sums, (sum) => sum.day);
  const series = [];
  for (let at = dayOf(span.from); at < span.to; at += dayMs) series.push({ at, ...(days.get(at) ?? none) });
  return {
    ...span,
    total: groupBy(sums, () => "all").get("all") ?? none,
    byCapability: largestFirst(groupBy(sums, (sum) => sum.capability)).map(([capability, sum]) => ({ capability, ...sum })),
    byKey: largestFirst(groupBy(sums, (sum) => sum.keyId)).map(([keyId, sum]) => ({ keyId, name: names.get(keyId) ?? null, ...sum })),
    series,
    cap: await capOf(ctx, now),
  };
}

export async function listLedger(ctx: Ctx, cursors: Cursors, { limit, cursor, ...filter }: LedgerFilter) {
  const bound = [ctx.workspace.id, "ledger", filter.keyId, filter.capability, filter.from, filter.to];
  const before = cursor === undefined ? undefined : String(cursors.read(cursor, bound)[0]);
  const rows = await selectLedger(ctx.store.slow, { workspaceId: ctx.workspace.id, limit: limit + 1, before, ...filter });
  const { page, ...more } = pageOf(rows, limit, (last) => cursors.make([last.id], bound));
  return { entries: page.map(({ id, at, key_id, capability, calls, credits }) => ({ id, at, keyId: key_id, capability, calls, credits })), ...more };
}

async function capOf(ctx: Ctx, now: number) {
  const cap = await findCap(ctx.store.read, ctx.workspace.id);
  if (!cap) return null;
  const { credits, period, used } = capAt(cap, now);
  return { credits, period, used, remaining: Math.max(0, credits - used), resetsAt: resetsAt(cap, now) };
}

function spanOf({ from, to = Number.NaN }: UsageFilter, now: number): Span {
  const end = Number.isNaN(to) ? now + 1 : to;
  const start = from ?? Math.max(0, end - usualDays * dayMs);
  if (start >= end) throw invalid("from", "not_before_to", "from has to lie before to.");
  if (end - start > daysMax * dayMs) throw invalid("from", "too_long", `Ask for ${daysMax} days at most.`);
  return { from: start, to: end };
}

interface Sum {
  calls: number;
  credits: number;
}
const none: Sum = { calls: 0, credits: 0 };

function groupBy<K>(sums: readonly UsageSum[], keyOf: (sum: UsageSum) => K): Map<K, Sum> {
  const groups = new Map<K, Sum>();
  for (const sum of sums) {
    const { calls, credits } = groups.get(keyOf(sum)) ?? none;
    groups.set(keyOf(sum), { calls: calls + sum.calls, credits: credits + sum.credits });
  }
  return groups;
}

const largestFirst = (groups: Map<string, Sum>) => [...groups].toSorted(([a, x], [b, y]) => y.credits - x.credits || y.calls - x.calls || (a < b ? -1 : 1));
