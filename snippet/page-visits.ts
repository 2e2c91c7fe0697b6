/** One visit per page shown, wherever the tag stands and however the page routes, and how long it was looked at. */

import type { VisitData } from "../collector/wire.ts";
import { clean } from "./clean.ts";
import { post, pump, track } from "./delivery.ts";
import { guard } from "./guard.ts";
import { own } from "./own.ts";
import { settings } from "./settings.ts";

export const TICK_MS = 500;
const TITLE_WAIT_MS = 500;

/** The page's address as it is sent. */
export let url: string | undefined;
let place: string | undefined;
let title = "";
let pending: VisitData | 0;
let engagedMs = 0;
let reportedMs = 0;
let deepest = 0;

const settle = () => {
  if (pending) {
    pending.title = title = document.title;
    own.visit = track("website_visit", pending);
    pending = 0;
  }
};

const look = () => {
  deepest = Math.max(deepest, scrollY + innerHeight);
};

/** Counts a moment of attention, and sends what waits. */
export const tick = (): void => {
  if (document.hasFocus()) engagedMs += TICK_MS;
  look();
  pump();
};

/** Ends the current visit's measures, for now or for ever: totals, if the page was looked at since the last report. */
export const finish = (): void => {
  settle();
  look();
  if (engagedMs > reportedMs)
    post("/engagement", {
      messageId: own.visit as string,
      engagedMs: (reportedMs = engagedMs),
      // The height is read now: in a page that grew, what counts is the share of the whole.
      scrollDepth: (deepest * 100) / document.documentElement.scrollHeight,
    });
};

/** Records a visit if the address changed, or if `again` is true. */
export const visit = guard((again?: unknown): void => {
  const next = clean(location.href);
  const nextPlace = settings.query ? location.pathname : next;
  if (!own.off && (nextPlace !== place || again)) {
    finish();
    engagedMs = reportedMs = deepest = 0;
    pending = { pageUrl: next, referrer: url || clean(document.referrer) };
    url = next;
    place = nextPlace;
    // A router sets the title after the address: as long as it is the old one, wait a little.
    setTimeout(settle, document.title === title ? TITLE_WAIT_MS : 0);
  }
});
