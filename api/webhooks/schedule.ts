const s = 1000;
const minute = 60 * s;
const hour = 60 * minute;

/** Waits between tries, as Standard Webhooks has them: ten tries over 75 hours and 35 minutes. */
const waitsMs = [5 * s, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour] as const;
export const triesMax = waitsMs.length + 1;
/** So much more or less, so that what failed together does not come back together; all waits together are three days at least, after which the webhook is given up. */
const jitter = 0.04;
const retryAfterMaxMs = 24 * hour;

/** How long to wait after the nth failed try; undefined when there is none left. `random` is 0 to 1. */
export function waitAfter(tries: number, random: number): number | undefined {
  const wait = waitsMs[tries - 1];
  return wait === undefined ? undefined : Math.round(wait * (1 - jitter + 2 * jitter * random));
}

/** How long the receiver wants to be left alone (`Retry-After`, seconds or a date), a day at most; undefined when it does not say. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? "";
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * s : /[A-Za-z]/.test(text) ? Date.parse(text) - now : Number.NaN;
  return ms > 0 ? Math.min(ms, retryAfterMaxMs) : undefined;
}
