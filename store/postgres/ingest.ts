import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { boundedCache } from "../../core/lru.ts";
import { batchRows, dayOf, emptyGroup, type NewSignal, type PlannedGroup, planDuplicate, planSignal, type Stored } from "../ingest.ts";
import type { StoredGroup, StoreLimits } from "../store.ts";
import type { SignalRow, Tables } from "../tables.ts";
import { type CommitMark, commitOutcome } from "./commit-outcome.ts";
import type { Database, Session } from "./database.ts";
import { CommitUnknown, ConnectionLost, isConflict, isUnavailable, unavailable } from "./failures.ts";
import { spendCaps } from "./ingest-caps.ts";
import { claimMessages, lockVisitors, markRows, writeRows } from "./ingest-statements.ts";
import { newVisitor, saidOf } from "./planned-rows.ts";

/** One statement's JSON stays small enough for any server. */
const groupMax = 5000;
const conflictTries = 3;
const lostTries = 2;
const routedDelayMs = 25;
const ownBatchesKept = 10_000;

interface Routed {
  workspaceId: string;
  batchId: string;
}

interface Waiting {
  item: NewSignal;
  resolve: (stored: Stored) => void;
  reject: (error: unknown) => void;
}

interface Written {
  results: (Stored | ApiError)[];
  plan: PlannedGroup;
  rows: SignalRow[];
  mark: CommitMark | undefined;
}

export interface Ingest {
  append(item: NewSignal): Promise<Stored>;
  /** Joins the next commit; costs no fsync of its own under load. */
  markRouted(batches: readonly Routed[]): void;
  /** Whether this node made a batch; known before its commit, since the news of it may come before the answer. */
  isOwn(batchId: string): boolean;
  /** A batch that this node stores past `append`; said before its commit. */
  own(batchId: string): void;
  lastWriteAt(): number;
  /** Commits what waits; afterwards appends are refused. */
  close(): Promise<void>;
}

/**
 * Group commit of signals: all that wait when the commit before is done share one transaction, one at a time per node,
 * and each caller is answered after it. A signal that fails takes only itself down.
 */
export function createIngest(db: Database, now: () => number, limits: StoreLimits, onStored: (group: StoredGroup) => void): Ingest {
  const own = boundedCache<string, true>(ownBatchesKept);
  let queue: Waiting[] = [];
  // Queued and in flight: both wait for their commit.
  let held = 0;
  let heldBytes = 0;
  let lastWrite = 0;
  let routed: Routed[] = [];
  let routedTimer: NodeJS.Timeout | undefined;
  let routedDue = false;
  let running: Promise<void> | undefined;
  let closed = false;

  function append(item: NewSignal): Promise<Stored> {
    if (closed) return Promise.reject(new ApiError("STORE_UNAVAILABLE", { message: "The server is stopping. Try again after the Retry-After seconds." }));
    if (held >= limits.queueCountMax || heldBytes + item.bytes > limits.queueBytesMax) {
      return Promise.reject(new ApiError("STORE_UNAVAILABLE", { message: "The ingest queue is full. Try again after the Retry-After seconds." }));
    }
    held += 1;
    heldBytes += item.bytes;
    return new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      wake();
    });
  }

  function wake(): void {
    running ??= drain().finally(() => {
      running = undefined;
      if (queue.length > 0 || routedDue) wake();
    });
  }

  /** Starts at the end of this turn of the event loop, with all that arrived in it. */
  async function drain(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0 || routedDue) {
      routedDue = false;
      const group = queue.slice(0, groupMax);
      queue = queue.slice(groupMax);
      await commitGroup(group);
      held -= group.length;
      for (const { item } of group) heldBytes -= item.bytes;
    }
  }

  /** A poison signal is found by halving: the others are stored, it fails alone. */
  async function commitGroup(group: Waiting[]): Promise<void> {
    const failure = await tryCommit(group);
    if (failure === undefined) return;
    const refusal = unavailable(failure);
    if (group.length <= 1 || isUnavailable(refusal)) {
      for (const w of group) w.reject(refusal);
      return;
    }
    const half = group.length >> 1;
    await commitGroup(group.slice(0, half));
    await commitGroup(group.slice(half));
  }

  /** Answers what went wrong, or undefined after the commit, with every caller resolved. */
  async function tryCommit(group: Waiting[]): Promise<unknown> {
    const marks = routed;
    let written: Written | undefined;
    for (let tries = 1; ; tries++) {
      try {
        written = undefined;
        await db.transaction(async (session) => {
          written = await writeGroup(session, group.map((w) => w.item));
          for (const batch of written.plan.batches) own.set(batch.batchId, true);
          await markRows(session, marks, now());
        });
        break;
      } catch (error) {
        const mark = written?.mark;
        if (error instanceof CommitUnknown && mark && (await commitOutcome(db, mark)) === true) break;
        const triesMax = error instanceof ConnectionLost ? lostTries : isConflict(error) ? conflictTries : 1;
        if (tries >= triesMax) return error ?? new Error("the commit failed");
        await delay(10);
      }
    }
    lastWrite = now();
    routed = routed.slice(marks.length);
    if (written) answer(group, written);
    return undefined;
  }

  function answer(group: Waiting[], { results, plan, rows }: Written): void {
    for (const [i, result] of results.entries()) {
      if (result instanceof ApiError) group[i]?.reject(result);
      else group[i]?.resolve(result);
    }
    if (rows.length > 0) onStored({ batches: plan.batches, signals: rows });
  }

  return {
    append,
    markRouted: (batches) => {
      routed = routed.concat(batches);
      routedTimer ??= setTimeout(() => {
        routedTimer = undefined;
        routedDue = routed.length > 0;
        if (routedDue) wake();
      }, routedDelayMs);
    },
    isOwn: (batchId) => own.get(batchId) === true,
    own: (batchId) => own.set(batchId, true),
    lastWriteAt: () => lastWrite,
    close: async () => {
      closed = true;
      clearTimeout(routedTimer);
      // What is stored meanwhile may still be marked by its listeners.
      while (running) await running;
      routedDue = routed.length > 0;
      if (routedDue) wake();
      await running;
    },
  };
}

async function writeGroup(session: Session, items: readonly NewSignal[]): Promise<Written> {
  const plan = emptyGroup();
  const owners = await claimMessages(session, firstClaims(items));
  const refused = await spendCaps(session, items, owners);
  const results = items.map(({ row }): Stored | ApiError => {
    const owner = row.message_id === null ? row.id : (owners.get(row.workspace_id + row.message_id) ?? row.id);
    return refused.get(owner) ?? { signalId: owner, duplicate: owner !== row.id };
  });
  const isFresh = (i: number) => {
    const result = results[i];
    return result !== undefined && !(result instanceof ApiError) && !result.duplicate;
  };
  const fresh = items.filter((_, i) => isFresh(i));
  const known = await lockVisitors(session, newVisitors(fresh));
  for (const [i, item] of items.entries()) {
    if (results[i] instanceof ApiError) continue;
    if (!isFresh(i)) planDuplicate(plan, item);
    else planSignal(plan, item, item.row.visitor_id === null ? undefined : known.get(item.row.workspace_id + item.row.visitor_id));
  }
  const rows = fresh.map((item) => item.row);
  if (items.length === 0) return { results, plan, rows, mark: undefined };
  const usage = [...plan.usage.values()].map((u) => ({ ...u, id: newId(u.at) }));
  const sums = { sessions: plan.sessions, hours: plan.hours.values(), outcomes: plan.outcomes.values() };
  const where = await writeRows(session, { signals: rows, visitors: [...plan.visitors.values()], ...sums, usage, ...batchRows(plan), said: saidOf(plan) });
  const first = usage[0];
  return { results, plan, rows, mark: first && { ...where, workspaceId: first.workspace_id, usageId: first.id } };
}

/** Of a messageId that is in the group twice, the first claims it. */
function firstClaims(items: readonly NewSignal[]): Iterable<Tables["message_keys"]> {
  const claims = new Map<string, Tables["message_keys"]>();
  for (const { row } of items) {
    if (row.message_id === null || claims.has(row.workspace_id + row.message_id)) continue;
    claims.set(row.workspace_id + row.message_id, { workspace_id: row.workspace_id, message_id: row.message_id, signal_id: row.id, day: dayOf(row.received_at) });
  }
  return claims.values();
}

function newVisitors(items: readonly NewSignal[]): Iterable<Tables["visitors"]> {
  const visitors = new Map<string, Tables["visitors"]>();
  for (const item of items) {
    const visitor = newVisitor(item);
    if (visitor && !visitors.has(visitor.workspace_id + visitor.id)) visitors.set(visitor.workspace_id + visitor.id, visitor);
  }
  return visitors.values();
}
