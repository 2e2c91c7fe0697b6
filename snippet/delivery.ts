/** Gets each body to the collector: at once, or again after a fault. */

import type { EngagementWire, IdentifyWire, SignalType, SignalWire } from "../collector/wire.ts";
import { guard } from "./guard.ts";
import { newId } from "./ids.ts";
import { own } from "./own.ts";
import { collector, key } from "./settings.ts";

const CHARS_MAX = 2e4;

let faults = 0;
/** Epoch ms before which nothing is sent: after a fault, or because the collector asked for it. */
let pausedUntil = 0;

const attempt = async (name: string) => {
  const url = collector + name.split("owlbound")[1];
  const body = (own.box[name] as string) + Date.now() + "}";
  let waitS: unknown;
  own.busy[name] = 1;
  try {
    // A text body without credentials needs no preflight.
    const answer = await fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" });
    // Read to its end: until then the answer's request counts against the keepalive quota.
    own.last = await answer.text();
    waitS = answer.headers.get("retry-after");
    if (!/429|5../.test(answer.status as unknown as string)) {
      faults = 0;
      if (!own.off && /40[13]/.test(answer.status as unknown as string)) console.warn("owlbound", (own.off = answer.status));
      return delete own.box[name];
    }
  } catch {
    // No network, no collector, no room for keepalive, or a fetch that the page broke: a beacon may get through, and twice is once by its id.
    navigator.sendBeacon(url, body);
  }
  own.busy[name] = 0;
  if (pausedUntil < Date.now()) pausedUntil = Date.now() + ((waitS as number) || ++faults ** 2 + Math.random()) * 1e3;
};

/** Sends what waits, unless a pause is on. */
export const pump = guard(() => {
  if (!own.off && pausedUntil < Date.now()) for (const name in own.box) if (!own.busy[name]) attempt(name);
});

/** Sends what waits now, whatever pause there is: the network is back, or the page goes away. */
export const retry = () => {
  pausedUntil = 0;
  pump();
};

/** Takes a body for delivery. One of the same id and path that still waits is replaced. */
export const post = (path: string, body: SignalWire | EngagementWire | IdentifyWire): void => {
  // Left open at its end for the time of the attempt.
  const text = JSON.stringify({ ...body, key, sentAt: 0 }).slice(0, -2);
  if (!own.off && text.length < CHARS_MAX) {
    const name = body.messageId + "owlbound" + path;
    own.busy[name] = 0;
    own.box[name] = text;
    pump();
  }
};

/** Counts something that happened in the page; answers its id. */
export const track = (type: SignalType, data: object, options?: object): string => {
  const messageId = newId();
  post("/signals", {
    ...options,
    type,
    data: data as SignalWire["data"],
    occurredAt: Date.now(),
    visitorId: own.id as string,
    messageId,
    gpc: navigator.globalPrivacyControl as boolean,
  });
  return messageId;
};
