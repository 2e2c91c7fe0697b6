import type { StoredType } from "../../core/signal-words.ts";
import { decay } from "./rules.ts";

const halfLifeDays = 14;
/** What a fresh signal is worth: what the person did, before what happened around them. */
const worth: Partial<Record<StoredType, number>> = { content_download: 20, website_visit: 10, custom_webhook: 10, social_comment: 15, social_mention: 10, social_post: 10, social_follow: 10 };
const otherwise = 5;
/** So many points make half of the way to 100. */
const halfway = 50;

/**
 * How active a contact is, 0–100: each signal's points, halved every 14 days, summed to S; the score is 100 × (1 − 0.5^(S ÷ 50)),
 * rounded. A visit today is 13, five visits are 50, ten 75; after two weeks of silence five are 29. Nobody passes 100.
 */
export function activityScoreOf(signals: readonly { type: StoredType; at: number }[], now: number): number {
  const points = signals.reduce((all, { type, at }) => all + (worth[type] ?? otherwise) * decay(now - at, halfLifeDays), 0);
  return Math.round(100 * (1 - 0.5 ** (points / halfway)));
}

/** Signals older than this count for less than a hundredth of their points; they are left out. */
export const activityDays = 100;
