/** Beyond this the browser's clock is plainly wrong and the signal says so. */
const skewFlaggedMs = 5 * 60_000;
/** A queue keeps signals for at most this long, so nothing true is older. */
const ageMaxMs = 8 * 86_400_000;

/**
 * When it happened, by the server's clock: the browser's time moved by (received − sent). Never in the future, never
 * before the oldest age a tag's queue can have; such claims fall back to the time of receipt and are flagged.
 */
export function correctClock(receivedAt: number, occurredAt: number | undefined, sentAt: number | undefined): { occurredAt: number; flag: string | null } {
  if (occurredAt === undefined) return { occurredAt: receivedAt, flag: null };
  const skew = sentAt === undefined ? 0 : receivedAt - sentAt;
  const corrected = Math.round(occurredAt + skew);
  if (sentAt !== undefined && occurredAt > sentAt) return { occurredAt: receivedAt, flag: "occurred_after_sent" };
  if (corrected > receivedAt) return { occurredAt: receivedAt, flag: "in_the_future" };
  if (corrected < receivedAt - ageMaxMs) return { occurredAt: receivedAt, flag: "too_old" };
  return { occurredAt: corrected, flag: Math.abs(skew) > skewFlaggedMs ? "clock_skewed" : null };
}
