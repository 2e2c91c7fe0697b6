import type { FastifyReply } from "fastify";
import type { Parts } from "../http/context.ts";
import { selectSignals } from "../signals/index.ts";
import type { FeedItem } from "./contract.ts";
import { createNotices } from "./notices.ts";
import { watchRuns } from "./runs.ts";
import { type ConsoleParts, feedItems, installStatus } from "./service.ts";

const pingMs = 15_000;
/** A burst past this is sent as its newest part; the page reads the rest by itself. */
const burstMax = 200;
/** A reader that does not read is let go, and comes back with Last-Event-ID. */
const bufferedBytesMax = 1024 * 1024;
const catchUpMax = 200;

/** What a page that was away has already. */
export interface Resume {
  /** The last `signal` it got. */
  lastEventId: string | undefined;
  /** Until then (epoch ms) it knows who is known. */
  since: number;
}

/**
 * Server-sent events of the live screen: `signal` is each stored signal of the workspace, by people, as soon as its commit is
 * done; `install` and `warnings` come whole whenever they change; `identified` are visitors who became known; `runs` are the
 * workflow runs that moved, with their steps, as this process carries them.
 */
export function streamFeed(parts: Parts, session: ConsoleParts, { lastEventId, since }: Resume, reply: FastifyReply, stillSignedIn: () => Promise<ConsoleParts>): void {
  const { store, workspaceId } = session;
  reply.hijack();
  const out = reply.raw;
  out.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-accel-buffering": "no",
  });
  out.write("retry: 1000\n\n");

  const send = (event: string, data: unknown, id?: string) => {
    if (out.writableLength > bufferedBytesMax) return end();
    out.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const sendSignals = (items: readonly FeedItem[]) => {
    for (const item of items) send("signal", item, item.id);
  };

  const offStored = store.onStored((group) => {
    const rows = group.signals.filter((row) => row.workspace_id === workspaceId && row.bot === null).slice(-burstMax);
    if (rows.length === 0) return;
    // After the answers of this commit went out: the visitor comes first.
    setImmediate(() => feedItems(store, workspaceId, rows).then(sendSignals, end));
  });
  const refresh = throttled(500, () => installStatus({ ...session, now: parts.clock.now() }).then((status) => send("install", status), end));
  const offProblems = parts.problems.onRefused((refusal) => {
    if (refusal.workspaceId === workspaceId || refusal.workspaceId === "") refresh();
  });
  const notices = createNotices(parts, { workspaceId, since, send, failed: end });
  notices.look();
  const offRuns = watchRuns(parts, workspaceId, (runs) => send("runs", runs), end);
  const ping = setInterval(() => {
    stillSignedIn().then(() => send("ping", {}), end);
    // What other processes changed (another node, the CLI) is news to nobody here.
    notices.look();
  }, pingMs);

  function end(): void {
    offStored();
    offProblems();
    notices.stop();
    offRuns();
    clearInterval(ping);
    out.destroy();
  }
  out.on("close", end);

  // What came in while the page was away; ids sort by time, and the page drops what it has.
  if (lastEventId !== undefined && /^[0-9a-z]{26}$/.test(lastEventId)) {
    missed(session, lastEventId).then(sendSignals, end);
  }
}

async function missed(session: ConsoleParts, after: string): Promise<FeedItem[]> {
  const rows = await selectSignals(session.store.slow, { workspaceId: session.workspaceId, limit: catchUpMax });
  const items = await feedItems(session.store, session.workspaceId, rows.filter((row) => row.id > after));
  return items.toReversed();
}

/** Runs at most once per `ms`, and once more after the last call. The delay lets the refusal's row be written first. */
function throttled(ms: number, run: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      run();
    }, ms);
  };
}
