/** What may be sent, what may be stored in the browser, and under which identity. */

import { settings } from "./settings.ts";

const gpc = navigator.globalPrivacyControl;

/** True on a developer's machine, in a file or an automated browser: sent only under `data-force`. */
export const unreal =
  navigator.webdriver || /^f|:(localhost|127.+)?$/.test(location.protocol + location.hostname);

/** True where ids and undelivered signals may be kept in the browser: modes `consent` and `identified`. */
export const remembers = /^[ci]/.test(settings.mode as string) && !gpc;

type Named = Record<string, string>;

let local: Named = {};
try {
  local = localStorage || local;
} catch {
  // Storage is blocked: memory has to do.
}

/** Where ids and undelivered bodies live: localStorage if that is allowed, else memory. */
export let box: Named;

/** Writes to the box; where the storage is full, memory serves for the rest of the page. */
export const keep = (name: string, value: string): void => {
  try {
    box[name] = value;
  } catch {
    box = { ...box, [name]: value };
  }
};

let refused = unreal && !("force" in settings);

/** Truthy while signals may be recorded. */
export let allowed: unknown;

/** Records nothing more in this page: the collector does not want it. */
export const silence = (): void => {
  allowed = !(refused = true);
};

/** Starts or stops recording; stopping deletes everything the tag stored. */
export const decide = (yes?: unknown): void => {
  allowed = yes && !refused && !local.noOwlbound;
  if (!allowed) for (const name in local) if (/owlbound/.test(name)) delete local[name];
  if (!allowed || !box) box = remembers ? local : {};
};

// A stored visitor id is the memory of a grant: nothing else is stored for it.
decide(settings.mode !== "consent" || local.owlboundId);

/** Stops everything in this browser, on the visitor's own word. */
export const optOut = (): void => {
  local.noOwlbound = "1";
  decide();
};

/** Takes an opt-out back; it is a consent too. */
export const optIn = (): void => {
  delete local.noOwlbound;
  decide(1);
};

/** Forgets who the visitor is. */
export const reset = (): void => {
  delete box.owlboundId;
};

// Starts with the time, so that a waiting body's age shows in its name. 53 random bits: digits only.
const newId = () => Date.now() + "-" + Math.random() * 2 ** 53;

/** Who is speaking: nothing but a message id in mode `anonymous`. */
export const who = () => {
  if (remembers) keep("owlboundId", box.owlboundId || newId());
  return { visitorId: box.owlboundId, messageId: newId(), gpc };
};

const PRIVATE = /(token|pass|secret|mail|auth|sess|sig|phone|key|code)[^=]*=|@/i;

/** An address fit to be sent: no private parameters, no fragment unless it routes, 2,000 characters. */
export const clean = (address: string): string | undefined => {
  if (!address) return;
  const url = new URL(address);
  [...url.searchParams].map((pair) => PRIVATE.test(pair.join("=")) && url.searchParams.delete(pair[0]));
  if (!("hash" in settings) || PRIVATE.test(url.hash)) url.hash = "";
  return url.href.slice(0, 2e3);
};
