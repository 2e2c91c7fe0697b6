export interface HourCount {
  /** Start of the hour by UTC, epoch ms: in half-hour zones it begins at :30, and is shown so. */
  at: number;
  visits: number;
  downloads: number;
}

const hourMs = 3_600_000;

const clocks = new Map<string | undefined, Intl.DateTimeFormat>();

function clockOf(zone: string | undefined): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  clocks.set(zone, made);
  return made;
}

/** Wall-clock parts of a moment in a zone; exact on days of a clock change too, since Intl knows the rules. */
function wall(at: number, zone: string | undefined): { day: string; hour: number; minute: number } {
  const parts = clockOf(zone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((p) => p.type === type)?.value ?? "";
  return { day: `${part("year")}-${part("month")}-${part("day")}`, hour: Number(part("hour")), minute: Number(part("minute")) };
}

/** `14:00`, in the viewer's zone and on a 24-hour clock. */
export function clockTime(at: number, zone?: string): string {
  const { hour, minute } = wall(at, zone);
  return `${pad(hour)}:${pad(minute)}`;
}

/** `14:30–15:30`: what an hour of the chart covers by the viewer's clock. */
export function hourSpan(at: number, zone?: string): string {
  return `${clockTime(at, zone)}–${clockTime(at + hourMs, zone)}`;
}

/** The first moment of the viewer's day that holds `now`. Days of 23, 23.5 or 25 hours come out right. */
export function dayStart(now: number, zone?: string): number {
  const today = wall(now, zone).day;
  // Every zone's offset is a multiple of 15 minutes, so midnight lies on one of these steps.
  const stepMs = 15 * 60_000;
  let at = now - (now % stepMs);
  while (wall(at - stepMs, zone).day === today) at -= stepMs;
  return at;
}

export interface DayTotal {
  visits: number;
  downloads: number;
  /** Where the count begins: local midnight, or the first whole hour of the series after it in half-hour zones. */
  since: number;
}

/** What fell into the viewer's day, by whole hours of the series. */
export function todayOf(series: readonly HourCount[], now: number, zone?: string): DayTotal {
  const start = dayStart(now, zone);
  const hours = series.filter((hour) => hour.at >= start);
  const sum = (of: "visits" | "downloads") => hours.reduce((total, hour) => total + hour[of], 0);
  return { visits: sum("visits"), downloads: sum("downloads"), since: hours[0]?.at ?? start };
}

export interface Tick {
  at: number;
  label: string;
  midnight: boolean;
}

/** Marks at 00, 06, 12 and 18 by the viewer's clock between two moments. */
export function hourTicks(from: number, to: number, zone?: string): Tick[] {
  const stepMs = 15 * 60_000;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / stepMs) * stepMs; at <= to; at += stepMs) {
    const { hour, minute } = wall(at, zone);
    if (minute === 0 && hour % 6 === 0) ticks.push({ at, label: `${pad(hour)}:00`, midnight: hour === 0 });
  }
  return ticks;
}

/** Counts a signal that just came in into its hour. The same series where no hour of it fits. */
export function countIn(series: readonly HourCount[], at: number, type: "visits" | "downloads"): readonly HourCount[] {
  if (!series.some((hour) => fits(hour, at))) return series;
  return series.map((hour) => (fits(hour, at) ? { ...hour, [type]: hour[type] + 1 } : hour));
}

const fits = (hour: HourCount, at: number) => at >= hour.at && at < hour.at + hourMs;
const pad = (n: number) => String(n).padStart(2, "0");
