/** Time the page was visible and focused, and how far down it was read: cumulative, per visit. */

import type { Shared } from "./chunk.ts";
import type { post } from "./delivery.ts";
import { listen } from "./guard.ts";

/** Starts to measure; makes the function that reports a visit's totals if the page was looked at since the last report. */
export function engagement(shared: Shared, send: typeof post): Required<Shared>["report"] {
  let engagedMs = 0;
  let reportedMs = 0;
  let deepest = 0;
  let activeSince: number | undefined;

  const measure = () => {
    const now = performance.now();
    if (activeSince !== undefined) engagedMs += now - activeSince;
    activeSince = !document.hidden && document.hasFocus() ? now : undefined;
    deepest = Math.max(deepest, scrollY + innerHeight);
  };
  for (const type of ["scroll", "focus", "blur"]) listen(type, measure);

  measure();

  return (over) => {
    measure();
    const messageId = shared.visit;
    if (messageId && engagedMs > reportedMs) {
      reportedMs = engagedMs;
      // The height is read now: in a page that grew, what counts is the share of the whole.
      const scrollDepth = Math.min(100, Math.round((deepest * 100) / document.documentElement.scrollHeight));
      send("/engagement", { messageId, engagedMs: Math.round(engagedMs), scrollDepth });
    }
    if (over) engagedMs = reportedMs = deepest = 0;
  };
}
