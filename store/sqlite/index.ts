import { statSync } from "node:fs";
import { appendRows } from "../append-in.ts";
import type { Store, StoredGroup, StoreLimits } from "../store.ts";
import { storeLimits } from "../store.ts";
import { loadMeter } from "./behind.ts";
import { createContactCache } from "./contact-cache.ts";
import { createIngest } from "./ingest.ts";
import { createWordMerger } from "./merge-words.ts";
import { migrateSqlite, openReader, openWriter, type SqliteFileOptions } from "./open.ts";
import { createSlowReads } from "./slow-reads.ts";
import { createTurnReader } from "./turn-reader.ts";
import { wordMatch } from "./word-match.ts";
import { createWriter } from "./writer.ts";

/** Over so many signals a second long reads give way to ingest. */
const busyPerSecond = 200;

export interface SqliteOptions extends SqliteFileOptions {
  file: string;
  now: () => number;
  limits?: Partial<StoreLimits>;
}

/** Opens (and migrates) the embedded store. Throws OperatorError with the fix when it can't be durable. */
export function openSqliteStore(options: SqliteOptions): Promise<Store & { pragma(text: string): unknown }> {
  const { file, now } = options;
  const limits = { ...storeLimits, ...options.limits };
  const db = openWriter(file, options);
  migrateSqlite(db, now());
  const reader = createTurnReader(openReader(file));
  const load = loadMeter();
  const slow = createSlowReads(file, limits.slowReadLimitMs, () => load.isOver(busyPerSecond, 0));

  const listeners = new Set<(group: StoredGroup) => void>();
  const tell = (group: StoredGroup) => {
    load.isOver(busyPerSecond, group.signals.length);
    for (const listener of listeners) listener(group);
  };
  const eventListeners = new Set<() => void>();
  const tellEvents = () => {
    for (const listener of eventListeners) listener();
  };
  const contactCache = createContactCache(db, () => foreignVersion());
  const onCommit = () => {
    reader.renew();
    contactCache.committed();
  };
  const writer = createWriter(db, now, () => ingest.flush(), onCommit, tellEvents);
  const ingest = createIngest(db, now, limits, writer.wake, onCommit, tell);
  const dataVersion = db.prepare("PRAGMA data_version").pluck();
  const foreignVersion = watchForeignWrites(() => dataVersion.get(), () => {
    ingest.forgetAllVisitors();
    contactCache.clear();
    // What is read from here on must not be from before: it would be kept.
    reader.renew();
  });

  return Promise.resolve({
    dialect: "sqlite" as const,
    read: reader.db,
    slow: slow.db,
    wordMatch,
    write: writer.write,
    append: ingest.append,
    appendIn: async (tx, signal) => {
      const group = await appendRows(tx, signal);
      return { signalId: signal.row.id, announce: () => tell(group) };
    },
    later: writer.later,
    markRouted: (batches) => {
      ingest.markRouted(batches);
      return Promise.resolve();
    },
    onStored: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onEvents: (listener) => {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    foreignVersion,
    contactCache,
    forgetVisitor: ingest.forgetVisitor,
    settleVisitors: async (workspaceId, visitorIds, tx) => {
      if (tx) ingest.settle(workspaceId, visitorIds);
      else if (ingest.waits(workspaceId, visitorIds)) await writer.write(() => Promise.resolve(ingest.settle(workspaceId, visitorIds)));
    },
    mergeWords: createWordMerger(writer.write),
    health: () => ({ lastWriteAt: Math.max(writer.lastWriteAt(), ingest.lastWriteAt()), walBytes: fileSize(`${file}-wal`) }),
    pragma: (text) => db.pragma(text),
    close: async () => {
      await writer.close();
      ingest.finish();
      slow.close();
      reader.close();
      db.pragma("wal_checkpoint(TRUNCATE)");
      db.close();
    },
  } satisfies Store & { pragma(text: string): unknown });
}

/**
 * `data_version` of the writer's connection moves only when another process commits (the readers can't write). Asked
 * at most once a turn of the event loop, since a turn's requests share one moment.
 */
function watchForeignWrites(ask: () => unknown, onChange: () => void): () => number {
  let fresh = false;
  let version = 0;
  let seen = ask();
  return () => {
    if (fresh) return version;
    fresh = true;
    setImmediate(() => (fresh = false));
    const current = ask();
    if (current !== seen) {
      seen = current;
      version += 1;
      onChange();
    }
    return version;
  };
}

function fileSize(path: string): number | null {
  try {
    return statSync(path).size;
  } catch {
    return null;
  }
}
