const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `now`, `12s`, `3m`, `2h`, `5d`: short enough for a column. A time ahead of the clock is `now`. */
export function ago(at: number, now: number): string {
  const ms = now - at;
  if (ms < 3 * secondMs) return "now";
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)}s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)}m`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)}h`;
  return `${Math.floor(ms / dayMs)}d`;
}

/** `just now`, `12 seconds ago`: for sentences and screen readers. */
export function agoInWords(at: number, now: number): string {
  const ms = now - at;
  if (ms < 3 * secondMs) return "just now";
  const [count, unit] =
    ms < minuteMs
      ? [Math.floor(ms / secondMs), "second"]
      : ms < hourMs
        ? [Math.floor(ms / minuteMs), "minute"]
        : ms < dayMs
          ? [Math.floor(ms / hourMs), "hour"]
          : [Math.floor(ms / dayMs), "day"];
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}

const formats = new Map<string | undefined, Intl.DateTimeFormat>();

/** `Mon, 23 Nov 2026, 14:03:22 GMT+1`: the whole moment, in the viewer's language and zone. */
export function wholeTime(at: number, zone?: string): string {
  const format = formats.get(zone) ?? wholeFormat(zone);
  formats.set(zone, format);
  return format.format(at);
}

function wholeFormat(zone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(undefined, {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });
}

const hourFormats = new Map<string | undefined, Intl.DateTimeFormat>();

/** `23 Nov, 14:00 – 15:00`: an hour by its start, in the viewer's language and zone. */
export function hourInWords(at: number, zone?: string): string {
  const format = hourFormats.get(zone) ?? new Intl.DateTimeFormat(undefined, { timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  hourFormats.set(zone, format);
  return format.formatRange(at, at + hourMs);
}
