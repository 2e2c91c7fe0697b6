import type { Log } from "../../core/log.ts";
import type { Read, Store } from "../../store/store.ts";
import { insertAudit, listWorkspaces, selectAudit } from "../keys/index.ts";
import { countRowsByKey, selectHourOutcomes } from "./queries.ts";

const hourMs = 3_600_000;
/** So late a request of a closed hour may still be on its way into the store. */
const settleMs = 60_000;
const closedHours = 2;
const rememberMs = 7 * 86_400_000;
const entriesMax = 5000;

/** Audit actions: an hour's counts stopped or began to add up. Their detail is `HourCounts`. */
const differ = "counts.mismatch";
const agree = "counts.match";

/** What is known of one key's hour. It adds up when received = decided and stored = rows. */
export interface HourCounts {
  keyId: string;
  /** Its start, epoch ms. */
  hour: number;
  received: number;
  /** Stored, duplicate or dropped. */
  decided: number;
  /** Counted as stored. */
  stored: number;
  /** Signals that are there. */
  rows: number;
}

/** The hours of the last 7 days that did not add up when they were last checked, the latest found first; `at` is when (epoch ms). */
export async function findAlarms(db: Read, workspaceId: string, now: number): Promise<(HourCounts & { at: number })[]> {
  const latest = new Map<string, { action: string; alarm: HourCounts & { at: number } }>();
  for (const entry of await selectAudit(db, workspaceId, [differ, agree], now - rememberMs, entriesMax)) {
    const counts = JSON.parse(entry.detail) as HourCounts;
    const subject = subjectOf(counts);
    if (!latest.has(subject)) latest.set(subject, { action: entry.action, alarm: { ...counts, at: entry.at } });
  }
  return [...latest.values()].filter(({ action }) => action === differ).map(({ alarm }) => alarm);
}

/**
 * Compares the counts of the hours closed last, and of those that did not add up before, with each other and with the rows
 * (reliability 7). Leaves an audit entry and a line in the log whenever the result is another than before.
 */
export async function checkCounts(store: Store, now: number, log: Log): Promise<void> {
  for (const workspace of await listWorkspaces(store.read)) await checkWorkspace(store, workspace.id, now, log);
}

async function checkWorkspace(store: Store, workspaceId: string, now: number, log: Log): Promise<void> {
  const until = now - settleMs - ((now - settleMs) % hourMs);
  const alarms = new Map((await findAlarms(store.slow, workspaceId, now)).map((alarm) => [subjectOf(alarm), alarm]));
  const closed = Array.from({ length: closedHours }, (_, i) => until - (i + 1) * hourMs);
  for (const hour of new Set([...closed, ...[...alarms.values()].map((alarm) => alarm.hour)])) {
    for (const counts of await countsOf(store.slow, workspaceId, hour)) {
      const addsUp = counts.received === counts.decided && counts.stored === counts.rows;
      if (addsUp !== alarms.has(subjectOf(counts))) continue;
      await store.write((tx) => insertAudit(tx, { workspaceId, at: now, actor: "system", action: addsUp ? agree : differ, detail: { ...counts } }));
      if (addsUp) log.info({ workspaceId, ...counts }, "the counts of an hour add up again");
      else log.error({ workspaceId, ...counts }, "ALARM: received, decided and stored signals do not add up");
    }
  }
}

/** One hour, by key. */
async function countsOf(db: Read, workspaceId: string, hour: number): Promise<HourCounts[]> {
  const sums = new Map<string, HourCounts>();
  const sumOf = (keyId: string) => {
    const sum = sums.get(keyId) ?? { keyId, hour, received: 0, decided: 0, stored: 0, rows: 0 };
    sums.set(keyId, sum);
    return sum;
  };
  for (const { key_id, outcome, count } of await selectHourOutcomes(db, workspaceId, hour)) {
    const sum = sumOf(key_id);
    if (outcome === "received") sum.received += count;
    else sum.decided += count;
    if (outcome === "stored") sum.stored += count;
  }
  for (const [keyId, rows] of await countRowsByKey(db, workspaceId, hour, hour + hourMs)) sumOf(keyId).rows = rows;
  return [...sums.values()];
}

const subjectOf = ({ keyId, hour }: Pick<HourCounts, "keyId" | "hour">) => `${keyId} ${hour}`;
