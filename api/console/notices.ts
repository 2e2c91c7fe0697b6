import type { Parts } from "../http/context.ts";
import type { Identified } from "./contract.ts";
import { selectIdentifications } from "./queries.ts";
import { findPeople } from "./service.ts";
import { warningsOf } from "./warnings.ts";

/** Calls that come together look once. */
const gatherMs = 100;
/** From one look to the next: a busy form must not keep the store busy. */
const spaceMs = 500;
/** An event's id is made before its commit, and clocks of nodes differ: so far back a look goes once more. */
const marginMs = 10_000;
const sinceMaxMs = 7 * 86_400_000;
const identifiedMax = 500;

export interface Notices {
  look(): void;
  stop(): void;
}

interface Watched {
  workspaceId: string;
  /** Whoever became known after this (epoch ms) is sent; at most 7 days back. */
  since: number;
  send(event: "warnings" | "identified", data: unknown): void;
  /** The store could not be read. */
  failed(): void;
}

/**
 * What changes on an open screen without a signal: warnings, whole, when they are others than at the last look, and visitors who
 * became known since. Looks when this process has news and when it is told to; never twice at once.
 */
export function createNotices(parts: Parts, { workspaceId, since, send, failed }: Watched): Notices {
  const { store, clock } = parts;
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  let stopped = false;
  let endedAt = -Infinity;
  let warningsSent = "";
  let from = Math.max(since, clock.now() - sinceMaxMs);
  let eventsSent = new Set<string>();

  async function run(): Promise<void> {
    const now = clock.now();
    const warnings = await warningsOf(store, workspaceId, now);
    const events = await selectIdentifications(store.slow, workspaceId, from - marginMs, identifiedMax);
    const identified = await identifiedBy(events.filter(({ id }) => !eventsSent.has(id)).map(({ payload }) => payload));
    if (stopped) return;
    const text = JSON.stringify(warnings);
    if (text !== warningsSent) send("warnings", warnings);
    if (identified.length > 0) send("identified", identified);
    warningsSent = text;
    eventsSent = new Set(events.map(({ id }) => id));
    from = now;
  }

  async function identifiedBy(payloads: readonly string[]): Promise<Identified[]> {
    const links = payloads.map((text) => JSON.parse(text) as { visitorId: string; contactId: string });
    const people = await findPeople(store, workspaceId, links.map(({ contactId }) => contactId));
    const known = new Map<string, Identified>();
    for (const { visitorId, contactId } of links) {
      const person = people.get(contactId);
      if (person) known.set(visitorId, { visitorId, person });
    }
    return [...known.values()];
  }

  function begin(): void {
    timer = undefined;
    running = true;
    run().then(ended, failed);
  }

  function ended(): void {
    running = false;
    endedAt = performance.now();
    if (again && !stopped) look();
    again = false;
  }

  function look(): void {
    if (running) again = true;
    else timer ??= setTimeout(begin, Math.max(gatherMs, endedAt + spaceMs - performance.now()));
  }

  const offNews = parts.news.on((id) => id === workspaceId && look());
  return {
    look,
    stop: () => {
      stopped = true;
      offNews();
      clearTimeout(timer);
    },
  };
}
