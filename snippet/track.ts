/** The tag's core: what every page loads first. Everything in here counts against the 1,500 bytes. */

import { shared, type StartPage } from "./chunk.ts";
import { FOREIGN_AGE_MIN_MS, leave, post, pump, retry } from "./delivery.ts";
import { guard, listen } from "./guard.ts";
import { identify } from "./identify.ts";
import { finish, visit } from "./page-visits.ts";
import { clean, decide, optIn, optOut, reset, who } from "./privacy.ts";
import { address, script } from "./settings.ts";
import { track } from "./signals.ts";

type Calls = Record<string, (...args: never[]) => unknown>;
declare const self: { owlbound?: Calls & { q?: [name: string, args: unknown[]][] } };
const stub = self.owlbound;

// A second tag on the page finds the first one's doctor, and leaves.
if (!stub?.doctor) {
  // Beside the script; inherits its nonce.
  const loading = import(new URL(CHUNK_PAGE, address).href).then(
    (chunk: { default: StartPage }) => chunk.default(shared, post, clean, script, visit, who),
    console.warn,
  );
  const api: Calls = (self.owlbound = {
    track: guard(track),
    identify: guard(identify),
    page: () => visit(true),
    consent: guard((decision: string) => {
      decide(decision === "granted");
      visit();
    }),
    optOut: guard(optOut),
    optIn: guard(() => {
      optIn();
      visit();
    }),
    reset: guard(reset),
    doctor: () => loading.then(() => shared.doctor?.()),
  });
  // Calls that the stub took go first: a consent or an identity holds for the first visit already.
  for (const [name, args] of stub?.q || []) (api[name] as (...args: unknown[]) => void)(...args);

  visit();
  listen<PageTransitionEvent>("pageshow", (event) => visit(event.persisted));
  listen("visibilitychange", finish);
  listen("pagehide", () => leave(finish));
  listen("online", retry);
  setTimeout(pump, FOREIGN_AGE_MIN_MS);
}
