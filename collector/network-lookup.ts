import ipaddr from "ipaddr.js";
import { linkSessionCompany, type NetworkCompany } from "../api/identity/index.ts";
import { truncateAddress } from "../core/address.ts";
import { boundedCache } from "../core/lru.ts";
import type { Ctx } from "../store/context.ts";
import type { NetworkDatabase } from "./network-database.ts";
import type { ReverseDns } from "./reverse-dns.ts";

const waitingMax = 1000;
const atOnce = 4;
const answersKept = 10_000;
const answerKeptMs = 3_600_000;
const sessionsKept = 50_000;

/** A visit whose company may be found by its address. */
export interface SeenVisit {
  ctx: Ctx;
  visitorId: string;
  sessionId: string;
  /** Of the request; it is looked up in memory, and never written. */
  address: string;
  anonymous: boolean;
}

export interface NetworkLookup {
  /** Takes note of a visit and returns at once; once a session. When too many wait, it is left out. */
  see(visit: SeenVisit): void;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Finds the companies of visits by their network, beside the ingest path. Of an anonymous visitor no more than the /24 or /48 is
 * looked at, in the file only: a host name belongs to a single address. `onLinked`: a workspace has news.
 */
export function createNetworkLookup(sources: { database: NetworkDatabase | undefined; reverseDns: ReverseDns | undefined }, onLinked: (workspaceId: string) => void): NetworkLookup {
  const sessions = boundedCache<string, true>(sessionsKept);
  const answers = boundedCache<string, { at: number; found: NetworkCompany | undefined }>(answersKept);
  let waiting: SeenVisit[] = [];
  let closed = false;
  const running = new Set<Promise<void>>();

  async function find({ address, anonymous }: SeenVisit): Promise<NetworkCompany | undefined> {
    const asked = anonymous ? (truncateAddress(address).split("/")[0] ?? "") : address;
    const known = answers.get(asked);
    const now = performance.now();
    if (known && now - known.at < answerKeptMs) return known.found;
    const found = sources.database?.(asked) ?? (anonymous ? undefined : await sources.reverseDns?.(asked));
    answers.set(asked, { at: now, found });
    return found;
  }

  async function look(visit: SeenVisit): Promise<void> {
    try {
      const found = await find(visit);
      if (found && (await linkSessionCompany(visit.ctx, visit, found)) !== undefined) onLinked(visit.ctx.workspace.id);
    } catch (error) {
      visit.ctx.log.warn({ err: error }, "the company of a visit could not be looked up");
    }
  }

  function next(): void {
    while (running.size < atOnce) {
      const visit = waiting.shift();
      if (!visit) return;
      const done: Promise<void> = look(visit).finally(() => {
        running.delete(done);
        next();
      });
      running.add(done);
    }
  }

  const idle = async () => {
    while (running.size > 0) await Promise.all(running);
  };

  return {
    see(visit) {
      const session = visit.ctx.workspace.id + visit.sessionId;
      if (closed || sessions.get(session) || waiting.length >= waitingMax || !isPublic(visit.address)) return;
      sessions.set(session, true);
      waiting.push(visit);
      next();
    },
    idle,
    close: async () => {
      closed = true;
      waiting = [];
      await idle();
    },
  };
}

function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";
}
