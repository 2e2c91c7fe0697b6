import type Database from "better-sqlite3";
import type { VisitorDelta, VisitorState } from "../ingest.ts";
import type { SignalRow } from "../tables.ts";
import { prepareBehind } from "./behind-statements.ts";

/** Over this many signals a second rows wait; under it every commit writes everything itself. */
const busyPerSecond = 400;
/** Visitors with rows that wait; the more, the more neighbours share a page. */
const waitingMax = 12_000;
/** What waits when the load ends is written in pieces of this size. */
const drainSize = 500;
const drainDelayMs = 20;
/** A start reads the signals after the mark: it moves on at least this often. */
const markEvery = 5_000;

/** What of one visitor is not written yet. */
interface Entry {
  visitor: VisitorDelta;
  signalIds: string[];
}

export interface Behind {
  /** Inside the commit of a group: writes its visitors' rows, or neighbours of those that wait. */
  write(visitors: Iterable<VisitorDelta>, rows: readonly SignalRow[], lastRowid: number): void;
  /** Inside a commit: the next piece of what waits. */
  drain(): void;
  committed(): void;
  rolledBack(): void;
  /** What a visitor's row will say, if it waits; the person as of then. */
  stateOf(workspaceId: string, visitorId: string): VisitorState | undefined;
  /** Inside any transaction of the writer: the rows of these visitors are complete. */
  settle(workspaceId: string, visitorIds: readonly string[]): void;
  waits(workspaceId: string, visitorIds: readonly string[]): boolean;
  isEmpty(): boolean;
  close(): void;
}

/**
 * The visitors' rows and the way from a visitor to its signals lie all over their tables: written at once, each signal
 * would dirty two more pages of its commit, most of its cost. Under load they wait in memory and are written in the order of
 * their keys, so that neighbours share a page. Nothing is lost with them: signals and sessions say it all, and what a crash
 * left out is read from the signals after the mark at the next start. When it is quiet nothing waits.
 */
export function createBehind(db: Database.Database, drainNow: () => void): Behind {
  const sql = prepareBehind(db);
  const waiting = new Map<string, Entry>();
  const load = loadMeter();
  let sweep: string[] = [];
  let swept = 0;
  /** All signals up to here are written once the running sweep ends. */
  let sweepMark = 0;
  let lastRowid = sql.lastRowid();
  let mark = sql.recover(lastRowid);
  let timer: NodeJS.Timeout | undefined;
  // What the open transaction has done; holds after its commit only.
  let written: string[] = [];
  let added: Entry[] = [];
  let nextRowid = lastRowid;
  let nextMark = mark;

  function begin(): void {
    written = [];
    added = [];
    nextRowid = lastRowid;
    nextMark = mark;
  }

  function put({ visitor, signalIds }: Entry): void {
    if (visitor.sessionStarted) sql.upsertVisitor(visitor);
    for (const id of signalIds) sql.addSignal.run(visitor.workspace_id, visitor.id, id);
  }

  /** Writes up to `count` of what waits, in the order of the keys; stops where a sweep over all of them ends. */
  function putNext(count: number): void {
    if (count <= 0) return;
    if (swept >= sweep.length) {
      sweep = [...waiting.keys()].toSorted();
      swept = 0;
      sweepMark = lastRowid;
    }
    for (; swept < sweep.length && written.length < count; swept++) {
      const key = sweep[swept] ?? "";
      const entry = waiting.get(key);
      if (!entry) continue;
      put(entry);
      written.push(key);
    }
    if (swept >= sweep.length) moveMark(sweepMark);
  }

  function moveMark(to: number): void {
    if (to <= mark) return;
    sql.setMark.run(to);
    nextMark = to;
  }

  return {
    write(visitors, rows, rowid) {
      begin();
      nextRowid = rowid;
      const entries = entriesOf(visitors, rows);
      if (load.isOver(busyPerSecond, rows.length) || waiting.size > 0) {
        added = entries;
        putNext(waiting.size + entries.length - waitingMax);
        return;
      }
      for (const entry of entries) put(entry);
      if (rowid - mark >= markEvery) moveMark(rowid);
    },
    drain() {
      begin();
      putNext(drainSize);
    },
    committed() {
      for (const key of written) waiting.delete(key);
      for (const entry of added) add(waiting, entry);
      lastRowid = nextRowid;
      mark = nextMark;
      begin();
      clearTimeout(timer);
      timer = waiting.size === 0 ? undefined : setTimeout(drainNow, drainDelayMs);
    },
    rolledBack() {
      begin();
      // What was swept in vain still waits: a new sweep finds it.
      sweep = [];
      swept = 0;
    },
    stateOf: (workspaceId, visitorId) => waiting.get(workspaceId + visitorId)?.visitor.state,
    settle(workspaceId, visitorIds) {
      for (const id of visitorIds) {
        const entry = waiting.get(workspaceId + id);
        // It keeps waiting, since the transaction may yet fail; all may be written twice.
        if (entry) put(entry);
      }
    },
    waits: (workspaceId, visitorIds) => waiting.size > 0 && visitorIds.some((id) => waiting.has(workspaceId + id)),
    isEmpty: () => waiting.size === 0,
    close: () => clearTimeout(timer),
  };
}

function entriesOf(visitors: Iterable<VisitorDelta>, rows: readonly SignalRow[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const visitor of visitors) entries.set(visitor.workspace_id + visitor.id, { visitor, signalIds: [] });
  for (const row of rows) if (row.visitor_id !== null) entries.get(row.workspace_id + row.visitor_id)?.signalIds.push(row.id);
  return [...entries.values()];
}

function add(waiting: Map<string, Entry>, next: Entry): void {
  const key = next.visitor.workspace_id + next.visitor.id;
  const entry = waiting.get(key);
  if (!entry) {
    waiting.set(key, next);
    return;
  }
  entry.signalIds.push(...next.signalIds);
  const { sessionStarted, first_seen_at } = entry.visitor;
  entry.visitor = sessionStarted ? { ...next.visitor, sessionStarted, first_seen_at } : next.visitor;
}

/** Signals of the running second and, fading, of those before; `count` are added. */
export function loadMeter(): { isOver(perSecond: number, count: number): boolean } {
  let second = 0;
  let sum = 0;
  return {
    isOver(perSecond, count) {
      const now = Math.floor(performance.now() / 1000);
      if (now !== second) sum = now === second + 1 ? sum / 2 : 0;
      second = now;
      sum += count;
      return sum > perSecond;
    },
  };
}
