/**
 * The tag: what every page loads. Everything in here counts against the 1,500 bytes. What only some pages need is the
 * chunk `more`: a mode that remembers, calls by the page, forms, vitals, outbound links, the doctor, older browsers.
 */

import type { Calls, StartMore } from "./chunk.ts";
import { clean } from "./clean.ts";
import { post, retry, track } from "./delivery.ts";
import { click } from "./downloads.ts";
import { guard, listen } from "./guard.ts";
import { own } from "./own.ts";
import { finish, tick, TICK_MS, visit } from "./page-visits.ts";
import { address, script, settings } from "./settings.ts";

type Stub = Record<string, unknown> & { q?: [name: string, args: never[]][] };
declare const self: { owlbound?: Stub; navigation?: EventTarget };
const stub = self.owlbound;

// A second tag on the page finds the first one's doctor, and leaves.
if (!stub?.doctor) {
  /** Where the page called before the load, or a mode remembers, the chunk comes first. */
  const held = stub?.q || /^[ci]/.test(settings.mode as string);
  const start = () => {
    visit();
    listen<PageTransitionEvent>("pageshow", (event) => visit(event.persisted));
    listen("visibilitychange", finish);
    listen("pagehide", () => {
      finish();
      retry();
    });
    listen("click", click);
    listen("auxclick", click);
    listen("online", retry);
    setInterval(guard(tick), TICK_MS);
    self.navigation?.addEventListener("currententrychange", () => visit());
  };
  // Beside the script; inherits its nonce.
  const more = (name?: string, ...args: never[]) =>
    import(new URL(CHUNK_MORE, address) as unknown as string)
      .then((chunk: { default: StartMore }) => chunk.default(script, own, post, visit, track, clean, held, stub?.q, start)[name as string]?.(...args))
      .catch(console.warn);
  const calls: Calls = held ? {} : { track: guard(track), page: () => visit(1) };
  self.owlbound = new Proxy(calls, { get: (_, name) => calls[name as string] || more.bind(0, name as string) }) as Stub;

  // On a developer's machine, in a file or an automated browser nothing is sent unless forced.
  if (!("force" in settings)) own.off = navigator.webdriver || /^f|^\w+:..(localhost[:/]|127\.0)/.test(location.href);
  try {
    own.off = own.off || localStorage.noOwlbound;
  } catch {
    // Storage is blocked: nobody opted out in it.
  }
  if (!held) start();
  if (held || !self.navigation || /vitals|forms|outb|debug/.test(script.outerHTML + location)) more();
}
