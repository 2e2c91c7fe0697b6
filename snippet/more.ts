/** Chunk for the pages that need it: a mode that remembers, the page's own calls, and what the tag's attributes ask for. */

import type { PersonWire } from "../collector/wire.ts";
import type { Calls, StartMore } from "./chunk.ts";
import { guard } from "./guard.ts";
import { watchHistory } from "./history.ts";
import { newId } from "./ids.ts";
import { createMemory } from "./memory.ts";

const load = (name: string, ...needs: unknown[]) => import(new URL(name, import.meta.url).href).then((chunk) => chunk.default(...needs));

let calls: Calls | undefined;

/** Starts, once, what this page asks for. */
const startMore: StartMore = (script, own, post, visit, track, clean, held, stubbed, start) => {
  if (calls) return calls;
  const settings = script.dataset;
  const remembers = /^[ci]/.test(settings.mode ?? "") && !navigator.globalPrivacyControl;
  const local = /^f|^\w+:..(localhost[:/]|127\.0)/.test(location.href);
  const memory = createMemory(own, remembers, !("force" in settings) && (navigator.webdriver || local));
  const doctor = () => load(CHUNK_DOCTOR, script, own);
  const identity = () => ({ visitorId: own.id, messageId: newId(), gpc: navigator.globalPrivacyControl });
  let token = /[?&#]owlbound_token=([\w.-]+)/.exec(location.href)?.[1];
  /** A link in a mail says who follows it, once the visitor may be remembered. */
  const settle = (yes?: unknown) => {
    memory.decide(yes);
    if (!token || !remembers || own.id === undefined) return;
    post("/identify", { proof: token, via: "click", ...identity() });
    token = undefined;
  };
  const decide = (yes?: unknown) => {
    settle(yes);
    visit();
  };
  calls = {
    track: guard(track),
    page: () => visit(1),
    // Where nothing may be remembered there is no visitor to link.
    identify: guard((person: PersonWire, proof?: string) => {
      if (remembers) post("/identify", { person, proof, ...identity() });
    }),
    consent: guard((decision: string) => decide(decision === "granted")),
    optOut: guard(() => {
      memory.setOptOut(true);
      decide();
    }),
    // An opt-out taken back is a consent too.
    optIn: guard(() => {
      memory.setOptOut(false);
      decide(1);
    }),
    reset: guard(memory.reset),
    doctor,
  };
  // A stored visitor id is the memory of a grant: nothing else is stored for it.
  guard(() => settle(settings.mode !== "consent" || memory.granted()))();
  if (held) {
    // Calls that the stub took go first: a consent or an identity holds for the first visit already.
    for (const [name, args] of stubbed ?? []) calls[name]?.(...args);
    start();
  }

  const wanted = (name: string, chunk: string, ...needs: unknown[]) => {
    if (name in settings) load(chunk, ...needs).catch(console.warn);
  };
  wanted("outbound", CHUNK_OUTBOUND, track, clean);
  const idle = self.requestIdleCallback || setTimeout;
  idle(() => {
    wanted("vitals", CHUNK_VITALS, own, post);
    wanted("forms", CHUNK_FORMS, post, identity);
  });
  if (/[?&]owlbound_debug/.test(location.search)) doctor().catch(console.warn);
  if (!self.navigation) watchHistory(visit);
  return calls;
};

export default startMore;
