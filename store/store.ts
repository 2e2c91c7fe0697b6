import type { Kysely, Transaction } from "kysely";
import type { PlannedGroup, NewSignal, Stored } from "./ingest.ts";
import type { SignalRow, Tables } from "./tables.ts";
import type { WordMatch } from "./word-match.ts";

export type Read = Kysely<Tables>;
export type Write = Kysely<Tables> | Transaction<Tables>;

/** What listeners hear after the commit of a group. */
export interface StoredGroup {
  /** What this process stored, and so routes; empty when another node did. */
  batches: PlannedGroup["batches"];
  signals: readonly SignalRow[];
}

export interface StoreHealth {
  /** Epoch ms of the last commit that reached the disk. */
  lastWriteAt: number;
  walBytes: number | null;
}

/** Texts about contacts, each kept in memory until anything is committed that could make it another. */
export interface ContactCache {
  get(workspaceId: string, contactId: string): string | undefined;
  /** Ask for it before the reads that a text is made of, and hand it to `keep`. */
  moment(): number;
  /** Keeps what was made of the contact's own row, its company, enrichment, scores and signals; not if something was committed since `moment`. */
  keep(workspaceId: string, contactId: string, text: string, moment: number): void;
}

/** The one door to the database: the same promises on SQLite and PostgreSQL. */
export interface Store {
  readonly dialect: "sqlite" | "postgres";
  /** Point reads and keyset pages: short, on this thread (SQLite) or the pool. */
  readonly read: Read;
  /**
   * Reads that may take long (stats over raw rows, search, export). They never hold ingest up and are
   * ended after `slowReadLimitMs` with STORE_UNAVAILABLE.
   */
  readonly slow: Read;
  /** What the search for contacts is written in. */
  readonly wordMatch: WordMatch;
  /** One transaction, durable when the promise resolves. No network inside `work`, which may run again after a deadlock. */
  write<T>(work: (tx: Write) => Promise<T>): Promise<T>;
  /**
   * Appends a signal. Resolves after the commit that holds it was fsynced; rejects with STORE_UNAVAILABLE when
   * that commit failed or the queue is full: the signal then never appears later.
   */
  append(signal: NewSignal): Promise<Stored>;
  /**
   * Stores a signal inside a write, with the effect that belongs to it; counted and routed like any other, but charged to
   * nobody: its call has a ledger entry. Call `announce` once the write is durable: it is routed and shown at once then, else
   * when the lease of its job has run out. For signals without messageId and visitor; writes sums that ingest writes too, so let it come last.
   */
  appendIn(tx: Write, signal: NewSignal): Promise<{ signalId: string; announce(): void }>;
  /** Marks batches routed and finishes their jobs; durable soon (joins the next group commit). */
  markRouted(batches: readonly { workspaceId: string; batchId: string }[]): Promise<void>;
  /** Writes that may wait some ms and share a commit with others (counters, window states). */
  later(work: (tx: Write) => Promise<void>): void;
  /** Called after each commit that stored signals, in commit order; on PostgreSQL also after those of other nodes. */
  onStored(listener: (group: StoredGroup) => void): () => void;
  /** Called after each commit of this process that recorded events. */
  onEvents(listener: () => void): () => void;
  /**
   * A number that changes whenever another process may have changed keys or visitors; caches compare it.
   * On PostgreSQL `undefined`: nothing may be cached there.
   */
  foreignVersion(): number | undefined;
  /** Undefined where other nodes write as well (PostgreSQL). */
  readonly contactCache?: ContactCache;
  health(): StoreHealth;
  /** Drops what is cached of visitors (after an identification changed them). */
  forgetVisitor(workspaceId: string, visitorId: string): void;
  /**
   * Under load a visitor's row and `visitor_signals` may lag behind the signals by seconds: they are complete for these
   * visitors once this resolves. Inside a write, pass its transaction.
   */
  settleVisitors(workspaceId: string, visitorIds: readonly string[], tx?: Write): Promise<void>;
  /** Tidies the index of words, a little at a time; PostgreSQL does so by itself. */
  mergeWords(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreLimits {
  /** Signals waiting for their commit; over it appends are refused at once. */
  queueCountMax: number;
  queueBytesMax: number;
  slowReadLimitMs: number;
}

export const storeLimits: StoreLimits = { queueCountMax: 20_000, queueBytesMax: 64 * 1024 * 1024, slowReadLimitMs: 10_000 };
