import type { Step, Window } from "./contract.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * The first moment (epoch ms) at or after `at` that lies in the window as clocks in `zone` show it; changes to and from
 * summer time included. A start that the clock skips is the moment after the gap.
 */
export function nextInWindow(at: number, { days, from, to }: Pick<Window, "days" | "from" | "to">, zone: string): number {
  const [opens, closes] = [minutesOf(from), minutesOf(to)];
  const inside = (moment: number) => {
    const { weekday, minutes } = localOf(moment, zone);
    return days.includes(weekday) && minutes >= opens && minutes < closes;
  };
  if (inside(at)) return at;
  const today = localOf(at, zone).midnight;
  for (let day = 0; day <= 8; day++) {
    const opening = epochOf(today + day * dayMs + opens * minuteMs, zone);
    if (opening >= at && inside(opening)) return opening;
  }
  // A gap may swallow a short window whole: then the next week's.
  return nextInWindow(at + 7 * dayMs, { days, from, to }, zone);
}

/** The step that is due next, from index `from` on, and when: waits are added up, the window holds for mails and tasks. */
export function nextStep(steps: readonly Step[], from: number, now: number, window: Window, zone: string): { step: number; at: number } | undefined {
  let at = now;
  for (let step = from; step < steps.length; step++) {
    const next = steps[step];
    if (next === undefined) break;
    if (next.type !== "wait") return { step, at: nextInWindow(at, window, zone) };
    at += Math.round((next.days ?? 0) * dayMs + (next.hours ?? 0) * hourMs);
  }
  return undefined;
}

const minutesOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks and calendars in a zone show, as if it were UTC: `midnight` of that day, minutes since, ISO weekday. */
function localOf(at: number, zone: string): { shown: number; midnight: number; minutes: number; weekday: number } {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const midnight = Date.UTC(parts["year"] ?? 0, (parts["month"] ?? 1) - 1, parts["day"] ?? 1);
  const minutes = (parts["hour"] ?? 0) * 60 + (parts["minute"] ?? 0);
  return { shown: midnight + minutes * minuteMs + (parts["second"] ?? 0) * 1000, midnight, minutes, weekday: new Date(midnight).getUTCDay() || 7 };
}

/** The first moment at which clocks in a zone show `shown` (given as if it were UTC), or, where they skip it, a later time. */
function epochOf(shown: number, zone: string): number {
  const offsetAt = (at: number) => localOf(at, zone).shown - (at - (at % 1000));
  // The offsets of the day before and after are all that can hold; of two that fit, the larger one comes first.
  const offsets = [offsetAt(shown - dayMs), offsetAt(shown + dayMs)].toSorted((a, b) => b - a);
  for (const offset of offsets) if (offsetAt(shown - offset) === offset) return shown - offset;
  return endOfGap(shown - Math.max(...offsets), shown - Math.min(...offsets), zone);
}

/** The moment, to the minute, at which the offset changes between two. */
function endOfGap(before: number, after: number, zone: string): number {
  const offset = (at: number) => localOf(at, zone).shown - at;
  const old = offset(before - dayMs);
  for (let at = before - (before % minuteMs); at <= after; at += minuteMs) if (offset(at) !== old) return at;
  return after;
}
