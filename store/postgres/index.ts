import { PGlite, types } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, PostgresDialect } from "kysely";
import type { Store, StoredGroup, StoreLimits, Write } from "../store.ts";
import { storeLimits } from "../store.ts";
import type { Tables } from "../tables.ts";
import { createAnnouncements } from "./announce.ts";
import { type Announce, createIngest } from "./ingest.ts";
import { assertDurable, createPool, explainConnect, migratePostgres } from "./open.ts";
import { createWriter } from "./writer.ts";

const poolSize = 16;
const slowPoolSize = 2;

export interface PostgresOptions {
  now: () => number;
  limits?: Partial<StoreLimits>;
}

/** Opens (and migrates) a store on a PostgreSQL server. Throws OperatorError with the fix when it can't be used. */
export async function openPostgresStore(options: PostgresOptions & { url: string }): Promise<Store> {
  const { url } = options;
  const limits = { ...storeLimits, ...options.limits };
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool(url, poolSize) }) });
  const slow = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool(url, slowPoolSize, limits.slowReadLimitMs) }) });
  try {
    await assertDurable(db);
    await migratePostgres(db, options.now());
  } catch (error) {
    await Promise.all([db.destroy(), slow.destroy()]);
    throw explainConnect(error, url);
  }
  const hub = createHub();
  const announcements = createAnnouncements(url, db, hub.tell);
  return assemble({
    ...options,
    limits,
    db,
    slow,
    hub,
    announce: announcements.announce,
    close: async () => {
      await announcements.stop();
      await Promise.all([db.destroy(), slow.destroy()]);
    },
  });
}

/** The same code on PostgreSQL compiled to WebAssembly, in this process: for tests, and for a look without a server. */
export async function openPgliteStore(options: PostgresOptions): Promise<Store> {
  const pglite = await PGlite.create({ parsers: { [types.INT8]: Number } });
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  await migratePostgres(db, options.now());
  return assemble({
    ...options,
    limits: { ...storeLimits, ...options.limits },
    db,
    slow: db,
    hub: createHub(),
    announce: () => Promise.resolve(),
    close: () => db.destroy(),
  });
}

interface Hub {
  tell(group: StoredGroup): void;
  listen(listener: (group: StoredGroup) => void): () => void;
}

function createHub(): Hub {
  const listeners = new Set<(group: StoredGroup) => void>();
  return {
    tell: (group) => {
      for (const listener of listeners) listener(group);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

interface Assembly {
  now: () => number;
  limits: StoreLimits;
  db: Kysely<Tables>;
  slow: Kysely<Tables>;
  hub: Hub;
  announce: Announce;
  close(): Promise<void>;
}

function assemble({ now, limits, db, slow, hub, announce, close }: Assembly): Store {
  const ingest = createIngest(db, now, limits, announce, hub.tell);
  const writer = createWriter(db, now);
  return {
    dialect: "postgres",
    read: db,
    slow,
    write: writer.write,
    append: ingest.append,
    later: writer.later,
    markRouted: (batches) => {
      if (batches.length > 0) writer.later((tx) => markRouted(tx, batches, now()));
      return Promise.resolve();
    },
    onStored: hub.listen,
    foreignVersion: () => undefined,
    health: () => ({ lastWriteAt: Math.max(ingest.lastWriteAt(), writer.lastWriteAt()), walBytes: null }),
    // Nothing is cached of visitors: their rows are read under a lock.
    forgetVisitor: () => {},
    close: async () => {
      await ingest.drain();
      await writer.close();
      await close();
    },
  };
}

async function markRouted(tx: Write, batches: readonly { workspaceId: string; batchId: string }[], now: number): Promise<void> {
  for (const { workspaceId, batchId } of batches) {
    await tx.updateTable("signal_batches").set({ routed_at: now }).where("workspace_id", "=", workspaceId).where("id", "=", batchId).execute();
    await tx.deleteFrom("jobs").where("workspace_id", "=", workspaceId).where("id", "=", batchId).execute();
  }
}

