import type { Kysely, Transaction } from "kysely";
import { ApiError } from "../../core/errors.ts";
import { emptyGroup, type NewSignal, type PlannedGroup, planDuplicate, planSignal, type Stored, type VisitorState } from "../ingest.ts";
import type { StoredGroup, StoreLimits } from "../store.ts";
import type { SignalRow, Tables } from "../tables.ts";
import { isConnectionLost, unavailable } from "./errors.ts";
import { claimMessages, insertSignals, lockVisitors, visitorKey, writeSums } from "./ingest-statements.ts";

/** PostgreSQL takes 65,535 values a statement; a signal has 28. */
const groupMax = 1000;

interface Waiting {
  item: NewSignal;
  resolve: (stored: Stored) => void;
  reject: (error: unknown) => void;
}

export interface Ingest {
  append(item: NewSignal): Promise<Stored>;
  lastWriteAt(): number;
  /** Resolves when nothing waits. */
  drain(): Promise<void>;
}

export type Announce = (tx: Transaction<Tables>, group: StoredGroup) => Promise<void>;

/**
 * Group commit: while one group's transaction runs, the next one gathers. Each caller is answered after its commit.
 * A signal that fails takes only itself down.
 */
export function createIngest(db: Kysely<Tables>, now: () => number, limits: StoreLimits, announce: Announce, onStored: (group: StoredGroup) => void): Ingest {
  let queue: Waiting[] = [];
  let queueBytes = 0;
  let running: Promise<void> | undefined;
  let lastWrite = 0;

  function append(item: NewSignal): Promise<Stored> {
    if (queue.length >= limits.queueCountMax || queueBytes + item.bytes > limits.queueBytesMax) {
      return Promise.reject(new ApiError("STORE_UNAVAILABLE", { message: "The ingest queue is full. Try again after the Retry-After seconds." }));
    }
    queueBytes += item.bytes;
    return new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (queue.length === 1 && !running) setImmediate(start);
    });
  }

  function start(): void {
    if (running || queue.length === 0) return;
    const group = queue.slice(0, groupMax);
    queue = queue.slice(groupMax);
    queueBytes = queue.reduce((sum, w) => sum + w.item.bytes, 0);
    running = commitGroup(group).finally(() => {
      running = undefined;
      start();
    });
  }

  async function commitGroup(group: Waiting[]): Promise<void> {
    const error = await tryCommit(group);
    if (error === undefined) return;
    const refusal = unavailable(error);
    if (group.length === 1 || (refusal instanceof ApiError && refusal.code === "STORE_UNAVAILABLE")) {
      for (const w of group) w.reject(refusal);
      return;
    }
    // One of them is poison: alone, each fails or succeeds for itself.
    for (const w of group) {
      const own = await tryCommit([w]);
      if (own !== undefined) w.reject(unavailable(own));
    }
  }

  /** Answers what went wrong, or undefined after the commit, with every caller resolved. */
  async function tryCommit(group: Waiting[]): Promise<unknown> {
    let outcome: Outcome | undefined;
    try {
      await db.transaction().execute(async (tx) => {
        outcome = await storeGroup(tx, group.map((w) => w.item));
        await announce(tx, { batches: outcome.plan.batches, signals: outcome.rows });
      });
    } catch (error) {
      // Lost while committing: the rows themselves tell whether it happened.
      if (!isConnectionLost(error) || !outcome || !(await wasCommitted(outcome.rows))) return error ?? new Error("the commit failed");
    }
    if (!outcome) return new Error("the transaction ended without an outcome");
    lastWrite = now();
    for (const [i, w] of group.entries()) {
      const result = outcome.results[i];
      if (result) w.resolve(result);
    }
    if (outcome.rows.length > 0) onStored({ batches: outcome.plan.batches, signals: outcome.rows });
    return undefined;
  }

  async function wasCommitted(rows: readonly SignalRow[]): Promise<boolean> {
    const first = rows[0];
    if (!first) return false;
    const found = await db.selectFrom("signals").select("id").where("workspace_id", "=", first.workspace_id).where("id", "=", first.id).executeTakeFirst().catch(() => undefined);
    return found !== undefined;
  }

  return {
    append,
    lastWriteAt: () => lastWrite,
    drain: async () => {
      while (running || queue.length > 0) {
        start();
        await running;
      }
    },
  };
}

interface Outcome {
  plan: PlannedGroup;
  rows: SignalRow[];
  results: Stored[];
}

async function storeGroup(tx: Transaction<Tables>, items: readonly NewSignal[]): Promise<Outcome> {
  const plan = emptyGroup();
  const rows: SignalRow[] = [];
  // A retry plans anew: what an earlier try filled in must not stay.
  const owners = await claimMessages(tx, items);
  const visitors = await lockVisitors(tx, items);
  const results = items.map((item): Stored => {
    const { row } = item;
    const owner = row.message_id === null ? row.id : (owners.get(`${row.workspace_id} ${row.message_id}`) ?? row.id);
    if (owner !== row.id) {
      planDuplicate(plan, item);
      return { signalId: owner, duplicate: true };
    }
    const state: VisitorState | undefined = row.visitor_id === null ? undefined : visitors.get(visitorKey(row.workspace_id, row.visitor_id));
    planSignal(plan, item, state);
    rows.push(row);
    return { signalId: row.id, duplicate: false };
  });
  await insertSignals(tx, rows);
  await writeSums(tx, plan);
  return { plan, rows, results };
}
