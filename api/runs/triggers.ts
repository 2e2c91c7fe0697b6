import type { News } from "../../core/news.ts";
import type { Read, Store, Write } from "../../store/store.ts";
import type { SignalRow } from "../../store/tables.ts";
import { matchesGlob } from "../conditions/index.ts";
import { type Definition, definitionOf, findMark, selectActive, type Trigger } from "../workflows/index.ts";
import { type Needs, needsOfWhere } from "./needs.ts";

/** An active workflow, ready to be asked. */
export interface Active {
  id: string;
  version: number;
  definition: Definition;
  /** Of its condition. */
  needs: Needs;
}

/** The active workflows of a workspace, found by what happens. */
export interface TriggerIndex {
  /** Those that a signal may start: bots' never, a claim's only where claims are accepted. */
  ofSignal(signal: SignalRow): readonly Active[];
  on(event: Trigger["on"]): readonly Active[];
  byId: ReadonlyMap<string, Active>;
  /** None is started by signals: their workspace costs nothing. */
  quiet: boolean;
}

export interface Triggers {
  /** As of now: changes of other processes included. Inside a transaction it has to be read by that. */
  of(workspaceId: string, db?: Read | Write): Promise<TriggerIndex>;
  /** What was answered for a workspace turned out to be old. */
  forget(workspaceId: string): void;
  stop(): void;
}

interface Kept {
  index: TriggerIndex;
  mark: number;
  /** `store.foreignVersion` when it was last found to be right, and when that was (ms of this process). */
  foreign: number | undefined;
  checkedAt: number;
}

/** A change that nobody told of is found after this. */
const trustedMs = 1000;

/**
 * Keeps the active workflows of each workspace in memory. A change by this process is news; one by another process moves
 * `store.foreignVersion` (SQLite) and the workspace's mark, a row that is read for each round of routing on PostgreSQL.
 */
export function createTriggers(store: Store, news: News): Triggers {
  const kept = new Map<string, Kept>();
  const dirty = new Set<string>();
  const off = news.on((workspaceId) => void dirty.add(workspaceId));
  return {
    async of(workspaceId, db = store.read) {
      const foreign = store.foreignVersion();
      const old = kept.get(workspaceId);
      if (old && !dirty.has(workspaceId) && foreign !== undefined && foreign === old.foreign && performance.now() - old.checkedAt < trustedMs) return old.index;
      // Before the reads: what changes meanwhile makes it dirty again.
      dirty.delete(workspaceId);
      const mark = (await findMark(db, workspaceId))?.version ?? 0;
      if (old?.mark === mark) {
        Object.assign(old, { foreign, checkedAt: performance.now() });
        return old.index;
      }
      const rows = mark === 0 ? [] : await selectActive(db, workspaceId);
      const index = indexOf(rows.map((row) => toActive(row)));
      kept.set(workspaceId, { index, mark, foreign, checkedAt: performance.now() });
      return index;
    },
    forget: (workspaceId) => {
      kept.delete(workspaceId);
    },
    stop: off,
  };
}

export function toActive(row: { id: string; version: number; definition: string }): Active {
  const definition = definitionOf(row);
  return { id: row.id, version: row.version, definition, needs: needsOfWhere(definition) };
}

type SignalTrigger = Extract<Trigger, { on: "signal" }>;

/**
 * By type, priority and source, then by what a page's pattern begins with: what can't fit is never looked at, so that many
 * workflows cost what few do.
 */
export function indexOf(all: readonly Active[]): TriggerIndex {
  const places = new Map<string, Active[]>();
  const lengths = new Set<number>();
  for (const active of all) {
    const { trigger } = active.definition;
    if (trigger.on !== "signal") continue;
    const begin = beginOf(trigger.page);
    lengths.add(begin.length);
    for (const key of keysOf(trigger)) put(places, `${key}\n${begin}`, active);
  }
  const events = Map.groupBy(all, ({ definition }) => definition.trigger.on);
  const sorted = [...lengths].toSorted((a, b) => a - b);
  return {
    ofSignal(signal) {
      if (signal.bot !== null || (signal.contact_id === null && signal.claimed_contact_id === null)) return [];
      const page = signal.page_path?.slice(0, 2000).toLowerCase() ?? "";
      const found: Active[] = [];
      const keys = lookUps(signal);
      for (const length of sorted) {
        if (length > page.length) break;
        const begin = page.slice(0, length);
        for (const key of keys) for (const active of places.get(`${key}\n${begin}`) ?? []) if (fits(active, signal)) found.push(active);
      }
      return found;
    },
    on: (event) => events.get(event) ?? [],
    byId: new Map(all.map((active) => [active.id, active])),
    quiet: places.size === 0,
  };
}

const fits = ({ definition }: Active, signal: SignalRow): boolean => (signal.contact_id !== null || definition.acceptUnverified) && triggerFits(definition.trigger, signal) === true;

/** Whether a signal is one that a trigger waits for; null when it waits for something else. */
export function triggerFits(trigger: Trigger, signal: SignalRow): boolean | null {
  if (trigger.on !== "signal") return null;
  const among = (list: readonly string[], value: string) => list.length === 0 || list.includes(value);
  return (
    signal.bot === null &&
    among(trigger.types, signal.type) &&
    among(trigger.priorities, signal.priority) &&
    among(trigger.sources, signal.source) &&
    (trigger.page === undefined || (signal.page_path !== null && matchesGlob(trigger.page, signal.page_path.slice(0, 2000))))
  );
}

/** The part of a pattern before its first wildcard. */
const beginOf = (page: string | undefined): string => /^[^*?]*/.exec(page?.toLowerCase() ?? "")?.[0] ?? "";

const any = "";

function keysOf({ types, priorities, sources }: SignalTrigger): string[] {
  const or = (list: readonly string[]) => (list.length === 0 ? [any] : list);
  return or(types).flatMap((type) => or(priorities).flatMap((priority) => or([...new Set(sources)]).map((source) => `${type}\n${priority}\n${source}`)));
}

function lookUps({ type, priority, source }: SignalRow): string[] {
  return [type, any].flatMap((t) => [priority, any].flatMap((p) => (source === any ? [any] : [source, any]).map((s) => `${t}\n${p}\n${s}`)));
}

function put<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
