import type Database from "better-sqlite3";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { boundedCache } from "../../core/lru.ts";
import { takeCredits } from "../credit-caps.ts";
import { dayOf, emptyGroup, type NewSignal, type PlannedGroup, planDuplicate, planSignal, routeLeaseMs, type Stored, type VisitorState } from "../ingest.ts";
import type { StoredGroup, StoreLimits } from "../store.ts";
import type { SignalRow } from "../tables.ts";
import { createBehind } from "./behind.ts";
import { prepareIngest } from "./ingest-statements.ts";
import { unavailable } from "./writer.ts";

const visitorsCached = 50_000;

interface Routed {
  workspaceId: string;
  batchId: string;
}

interface Waiting {
  item: NewSignal;
  resolve: (stored: Stored) => void;
  reject: (error: unknown) => void;
}

/** Marks that found no commit to join are written on their own after this. */
const routedDelayMs = 25;

export interface Ingest {
  append(item: NewSignal): Promise<Stored>;
  /** Joins the next commit; costs no fsync of its own under load. */
  markRouted(batches: readonly Routed[]): void;
  flush(): void;
  forgetVisitor(workspaceId: string, visitorId: string): void;
  forgetAllVisitors(): void;
  /** Inside a write: what waits of these visitors is written. */
  settle(workspaceId: string, visitorIds: readonly string[]): void;
  waits(workspaceId: string, visitorIds: readonly string[]): boolean;
  lastWriteAt(): number;
  /** Before the store closes: what waits for company is written now. */
  finish(): void;
}

/**
 * Group commit of signals: everything that arrived in one turn of the event loop is one transaction with one fsync,
 * and each caller is answered after it. A signal that fails takes only itself down.
 */
export function createIngest(db: Database.Database, now: () => number, limits: StoreLimits, wake: () => void, onCommit: () => void, onStored: (group: StoredGroup) => void): Ingest {
  const sql = prepareIngest(db);
  const known = boundedCache<string, VisitorState>(visitorsCached);
  let queue: Waiting[] = [];
  let queueBytes = 0;
  let lastWrite = 0;
  let routed: Routed[] = [];
  let routedTimer: NodeJS.Timeout | undefined;
  let routedDue = false;
  let drainDue = false;
  let lastRowid = 0;
  const behind = createBehind(db, () => {
    drainDue = true;
    wake();
  });

  function append(item: NewSignal): Promise<Stored> {
    if (queue.length >= limits.queueCountMax || queueBytes + item.bytes > limits.queueBytesMax) {
      return Promise.reject(new ApiError("STORE_UNAVAILABLE", { message: "The ingest queue is full. Try again after the Retry-After seconds." }));
    }
    queueBytes += item.bytes;
    return new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      wake();
    });
  }

  function markRouted(batches: readonly Routed[]): void {
    routed.push(...batches);
    routedTimer ??= setTimeout(() => {
      routedTimer = undefined;
      routedDue = routed.length > 0;
      if (routedDue) wake();
    }, routedDelayMs);
  }

  function flush(): void {
    if (queue.length === 0 && !routedDue && !drainDue) return;
    routedDue = false;
    drainDue = false;
    const group = queue;
    queue = [];
    queueBytes = 0;
    const error = tryCommit(group);
    if (error === undefined) return;
    const refusal = unavailable(error);
    if (group.length === 1 || (refusal instanceof ApiError && refusal.code === "STORE_UNAVAILABLE")) {
      for (const w of group) w.reject(refusal);
      return;
    }
    // One of them is poison: alone, each fails or succeeds for itself.
    for (const w of group) {
      const own = tryCommit([w]);
      if (own !== undefined) w.reject(unavailable(own));
    }
  }

  /** Answers what went wrong, or undefined after the commit, with every caller resolved. */
  function tryCommit(group: Waiting[]): unknown {
    const plan = emptyGroup();
    const results: (Stored | ApiError)[] = [];
    const rows: SignalRow[] = [];
    try {
      sql.begin.run();
      for (const { item } of group) results.push(store(plan, rows, item));
      writeSums(plan);
      if (group.length > 0) behind.write(plan.visitors.values(), rows, lastRowid);
      else behind.drain();
      for (const batch of routed) {
        sql.markBatch.run(now(), batch.workspaceId, batch.batchId);
        sql.finishJob.run(batch.workspaceId, batch.batchId);
      }
      sql.commit.run();
      onCommit();
      routed = [];
    } catch (error) {
      if (db.inTransaction) sql.rollback.run();
      behind.rolledBack();
      return error ?? new Error("the commit failed");
    }
    behind.committed();
    lastWrite = now();
    for (const [key, visitor] of plan.visitors) known.set(key, visitor.state);
    for (let i = 0; i < group.length; i++) {
      const result = results[i];
      if (result instanceof ApiError) group[i]?.reject(result);
      else if (result) group[i]?.resolve(result);
    }
    if (rows.length > 0) onStored({ batches: plan.batches, signals: rows });
    return undefined;
  }

  function store(plan: PlannedGroup, rows: SignalRow[], item: NewSignal): Stored | ApiError {
    const row = item.row;
    if (row.message_id !== null) {
      const { changes } = sql.claimMessage.run(row.workspace_id, row.message_id, row.id, dayOf(row.received_at));
      if (changes === 0) {
        planDuplicate(plan, item);
        return { signalId: sql.messageOwner.get(row.workspace_id, row.message_id) ?? row.id, duplicate: true };
      }
    }
    const refusal = item.capped ? spend(item) : undefined;
    if (refusal) {
      if (row.message_id !== null) sql.dropMessage.run(row.workspace_id, row.message_id);
      return refusal;
    }
    planSignal(plan, item, row.visitor_id === null ? undefined : visitorState(plan, row.workspace_id, row.visitor_id));
    lastRowid = Number(sql.insertSignal(row).lastInsertRowid);
    rows.push(row);
    return { signalId: row.id, duplicate: false };
  }

  /** Charges it to the workspace's cap, or answers why it does not fit. */
  function spend({ row, credits }: NewSignal): ApiError | undefined {
    const cap = sql.cap.get(row.workspace_id);
    if (!cap) return undefined;
    try {
      const after = takeCredits(cap, credits, row.received_at);
      sql.saveCap.run(after.period_start, after.used, row.workspace_id);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  function visitorState(plan: PlannedGroup, workspaceId: string, visitorId: string): VisitorState | undefined {
    const key = workspaceId + visitorId;
    if (plan.visitors.has(key)) return undefined;
    const cached = known.get(key);
    if (cached) return cached;
    const stored = sql.visitor.get(workspaceId, visitorId);
    const waiting = behind.stateOf(workspaceId, visitorId);
    if (!waiting) return stored;
    const company = stored?.session_id === waiting.session_id ? stored.company_id : null;
    return { ...waiting, contact_id: stored?.contact_id ?? null, company_id: company };
  }

  function writeSums(plan: PlannedGroup): void {
    for (const s of plan.sessions) sql.insertSession(s);
    for (const h of plan.hours.values()) sql.addHour.run(h.workspace_id, h.hour, h.type, h.priority, h.count);
    for (const o of plan.outcomes.values()) sql.addOutcome.run(o.workspace_id, o.hour, o.key_id, o.outcome, o.count);
    for (const u of plan.usage.values()) sql.addUsage.run(u.workspace_id, newId(u.at), u.at, u.key_id, u.capability, u.calls, u.credits);
    for (const b of plan.batches) {
      sql.addBatch.run(b.workspaceId, b.batchId, b.storedAt, b.signalIds.length);
      sql.addRouteJob.run(b.workspaceId, b.batchId, JSON.stringify(b.signalIds), b.storedAt, b.storedAt + routeLeaseMs, b.storedAt);
    }
  }

  return {
    append,
    markRouted,
    flush,
    forgetVisitor: (workspaceId, visitorId) => known.delete(workspaceId + visitorId),
    forgetAllVisitors: () => known.clear(),
    settle: behind.settle,
    waits: behind.waits,
    lastWriteAt: () => lastWrite,
    finish: () => {
      clearTimeout(routedTimer);
      routedDue = routed.length > 0;
      flush();
      while (!behind.isEmpty()) if (tryCommit([]) !== undefined) break;
      behind.close();
    },
  };
}
