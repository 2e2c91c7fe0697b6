import { appendRows } from "../append-in.ts";
import type { Read, Store, StoredGroup, StoreLimits } from "../store.ts";
import type { Database } from "./database.ts";
import { kyselyOver } from "./dialect.ts";
import { createIngest } from "./ingest.ts";
import { notifyStored } from "./ingest-statements.ts";
import type { StoredFeed } from "./stored-feed.ts";
import { wordMatch } from "./word-match.ts";
import { createWriter } from "./writer.ts";

export interface Connections {
  /** Short reads and writes. */
  main: Database;
  /** One connection, so that nothing stands before ingest. */
  ingest: Database;
  slow: Database;
  /** Tells of other nodes' commits; absent where there are none. */
  feed?(read: Read, isOwn: (batchId: string) => boolean, tell: (group: StoredGroup) => void): StoredFeed;
  close(): Promise<void>;
}

/** The store over connections that are open and migrated. */
export function assembleStore(connections: Connections, now: () => number, limits: StoreLimits): Store {
  const listeners = new Set<(group: StoredGroup) => void>();
  const tell = (group: StoredGroup) => {
    for (const listener of listeners) listener(group);
  };
  const read = kyselyOver(connections.main);
  const eventListeners = new Set<() => void>();
  const tellEvents = () => {
    for (const listener of eventListeners) listener();
  };
  const writer = createWriter(connections.main, now, tellEvents);
  const ingest = createIngest(connections.ingest, now, limits, tell);
  const feed = connections.feed?.(read, ingest.isOwn, tell);

  return {
    dialect: "postgres",
    read,
    slow: kyselyOver(connections.slow),
    wordMatch,
    write: writer.write,
    append: ingest.append,
    appendIn: async (tx, signal) => {
      const group = await appendRows(tx, signal);
      for (const { batchId } of group.batches) ingest.own(batchId);
      await notifyStored(tx, group.batches);
      return { signalId: signal.row.id, announce: () => tell(group) };
    },
    later: writer.later,
    markRouted: (batches) => {
      ingest.markRouted(batches);
      return Promise.resolve();
    },
    onStored: (listener) => {
      listeners.add(listener);
      feed?.start();
      return () => listeners.delete(listener);
    },
    onEvents: (listener) => {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    foreignVersion: () => undefined,
    // Visitors are read and locked in each commit: nothing is cached.
    forgetVisitor: () => {},
    settleVisitors: () => Promise.resolve(),
    mergeWords: () => Promise.resolve(),
    health: () => ({ lastWriteAt: Math.max(writer.lastWriteAt(), ingest.lastWriteAt()), walBytes: null }),
    close: async () => {
      await ingest.close();
      await writer.close();
      await feed?.close();
      await connections.close();
    },
  };
}
