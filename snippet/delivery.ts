/** Gets each body to the collector: at once, again after a fault, or at the next visit. */

import type { EngagementWire, IdentifyWire, SignalWire } from "../collector/wire.ts";
import { shared } from "./chunk.ts";
import { guard } from "./guard.ts";
import { allowed, box, keep, remembers, silence } from "./privacy.ts";
import { collector, key } from "./settings.ts";

const COUNT_MAX = 50;
const CHARS_MAX = 2e4;
const AGE_MAX_MS = 3e8;
/** What an earlier page or another tab left so young may still be on its way. */
export const FOREIGN_AGE_MIN_MS = 5e3;

let faults = 0;
let pause: unknown;
let leaving: unknown;

/** Bodies of this page by name: truthy while one is on its way. */
const busy: Record<string, unknown> = {};

const attempt = async (name: string, url: string) => {
  try {
    const body = (box[name] as string) + Date.now() + "}";
    busy[name] = 1;
    // A page on its way out will not read the answer.
    if ((leaving || !self.fetch) && navigator.sendBeacon(url, body)) return delete box[name];
    // A text body without credentials needs no preflight.
    const answer = await fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" });
    // Read to its end: until then the answer's request counts against the keepalive quota.
    shared.last = await answer.text();
    if (/429|5../.test(answer.status as unknown as string)) throw answer;
    faults = 0;
    if (allowed && /40[13]/.test(answer.status as unknown as string)) {
      console.warn("owlbound", answer.status);
      silence();
    }
    delete box[name];
  } catch (fault) {
    // No network, no collector, no room for keepalive, a fetch of the page's own that failed, or told to wait.
    shared.last = fault;
    busy[name] = 0;
    if (!pause) faults++;
    pause = setTimeout(
      retry,
      ((fault as Response)?.headers?.get("retry-after") as unknown as number) * 1e3 || (faults + Math.random()) ** 2 * 1e3,
    );
  }
};

/** Sends what waits, unless the collector asked for a pause. Bounds what waits in count and age. */
export const pump = guard(() => {
  let count = 0;
  if (allowed && (!pause || (leaving && !remembers)))
    for (const name in box) {
      const [id, path] = name.split("owlbound");
      if (id && path) {
        const age = Date.now() - parseInt(id);
        if (count++ > COUNT_MAX || age > AGE_MAX_MS) delete box[name];
        else if (!(busy[name] ?? age < FOREIGN_AGE_MIN_MS)) attempt(name, collector + path);
      }
    }
});

/** Ends a pause, for whatever reason. */
export const retry = () => {
  pause = 0;
  pump();
};

/** Takes a body for delivery. One of the same id and path that still waits is replaced. */
export const post = (path: string, body: SignalWire | EngagementWire | IdentifyWire): void => {
  // Left open at its end for the time of the attempt.
  const text = JSON.stringify({ ...body, key, sentAt: 0 }).slice(0, -2);
  if (allowed && text.length < CHARS_MAX) {
    const name = body.messageId + "owlbound" + path;
    busy[name] = 0;
    keep(name, text);
    pump();
  }
};

/** Runs `finish` for a page that goes away: what is sent from then on waits for no answer. */
export const leave = (finish: () => void): void => {
  leaving = 1;
  finish();
  pump();
  leaving = 0;
};
