/** One visit per page shown, wherever the tag stands and however the page routes. */

import type { SignalWire, VisitData } from "../collector/wire.ts";
import { shared } from "./chunk.ts";
import { post } from "./delivery.ts";
import { guard } from "./guard.ts";
import { allowed, clean } from "./privacy.ts";
import { settings } from "./settings.ts";
import { newSignal } from "./signals.ts";

const TITLE_WAIT_MS = 500;

let url: string | undefined;
let place: string | undefined;
let title = "";
let pending: SignalWire | 0;
let timer: unknown;

const settle = () => {
  clearTimeout(timer as number);
  if (pending) {
    pending.data.title = title = document.title;
    post("/signals", pending);
    pending = 0;
  }
};

/** Ends the current visit's measures, for now or for ever. */
export const finish = (): void => {
  settle();
  shared.report?.();
};

/** Records a visit if the address changed, or if `again` is true. */
export const visit = guard((again?: unknown): void => {
  const next = clean(location.href);
  const nextPlace = settings.query ? location.pathname : next;
  if (allowed && (nextPlace !== place || again === true)) {
    settle();
    const data = { pageUrl: next as string, referrer: url || clean(document.referrer) } satisfies VisitData;
    pending = newSignal("website_visit", data);
    url = next;
    place = nextPlace;
    shared.report?.(true);
    shared.visit = pending.messageId;
    // A router sets the title after the address: as long as it is the old one, wait a little.
    timer = setTimeout(settle, document.title === title ? TITLE_WAIT_MS : 0);
  }
});
