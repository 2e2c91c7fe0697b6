import { insertAudit } from "../api/keys/index.ts";
import { purgeIdempotencyKeys, purgeWindows } from "../api/usage/index.ts";
import type { Clock } from "../core/clock.ts";
import { idFloor } from "../core/id.ts";
import type { Log } from "../core/log.ts";
import { purgeMessageKeys, purgeSignals } from "../store/purge.ts";
import type { Store } from "../store/store.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** One day more than promised, since keys are kept by UTC day. */
const dedupeDays = 8;
const retentionDays = 395;

export interface Job {
  name: string;
  /** What it is for, in a line. */
  what: string;
  everyMs: number;
  run(store: Store, now: number, log: Log): Promise<void>;
}

/** THE list of background jobs. Each is safe to run twice, on several nodes, and to be killed anywhere. */
export const jobs: readonly Job[] = [
  { name: "purge-dedupe", what: "messageIds are remembered for 7 days at least", everyMs: 6 * hourMs, run: (store, now) => purgeMessageKeys(store, Math.floor(now / dayMs) - dedupeDays) },
  { name: "purge-idempotency", what: "Idempotency-Keys hold for 24 h", everyMs: hourMs, run: (store, now) => store.write((tx) => purgeIdempotencyKeys(tx, now - dayMs)) },
  { name: "purge-windows", what: "rate windows that have passed", everyMs: hourMs, run: purgeWindows },
  { name: "purge-salts", what: "salts of anonymous visitors are gone within 48 h", everyMs: hourMs, run: purgeSalts },
  { name: "purge-signals", what: "raw signals are kept for 13 months", everyMs: 6 * hourMs, run: purgeOldSignals },
  { name: "check-counts", what: "received = stored + duplicate + dropped, per key and hour", everyMs: 10 * 60_000, run: checkCounts },
];

/** Runs the list until stopped; `stop` waits for what is running. */
export function startJobs(store: Store, clock: Clock, log: Log): { stop(): Promise<void> } {
  const running = new Set<Promise<void>>();
  const timers = jobs.map((job) => {
    const run = () => {
      const done: Promise<void> = job
        .run(store, clock.now(), log)
        .catch((error: unknown) => log.error({ err: error, job: job.name }, "a background job failed; it runs again"))
        .finally(() => running.delete(done));
      running.add(done);
    };
    const first = setTimeout(run, 5000).unref();
    const timer = setInterval(run, job.everyMs).unref();
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  });
  return {
    stop: async () => {
      for (const stop of timers) stop();
      await Promise.all(running);
    },
  };
}

async function purgeOldSignals(store: Store, now: number): Promise<void> {
  const workspaces = await store.read.selectFrom("workspaces").select("id").execute();
  for (const { id } of workspaces) await purgeSignals(store, id, now - retentionDays * dayMs);
}

async function purgeSalts(store: Store, now: number): Promise<void> {
  const today = Math.floor(now / dayMs);
  await store.write(async (tx) => {
    await tx.deleteFrom("visitor_salts").where("day", "<", today).execute();
    await tx.deleteFrom("setup_tokens").where("expires_at", "<", now).execute();
    await tx.deleteFrom("console_sessions").where("created_at", "<", now - 30 * dayMs).execute();
  });
}

/** The alarm of a key and hour is kept once; the console shows it. */
async function keepAlarm(store: Store, now: number, alarm: { workspaceId: string; keyId: string; hour: number; received: number; decided: number; stored: number; rows: number }): Promise<void> {
  const { workspaceId, ...detail } = alarm;
  const text = JSON.stringify(detail);
  await store.write(async (tx) => {
    const kept = await tx.selectFrom("audit").select("id").where("workspace_id", "=", workspaceId).where("action", "=", "counts.mismatch").where("detail", "=", text).executeTakeFirst();
    if (!kept) await insertAudit(tx, { workspaceId, at: now, actor: "system:check-counts", action: "counts.mismatch", detail });
  });
}

/** Compares the counters of closed hours with each other and with the rows themselves. */
async function checkCounts(store: Store, now: number, log: Log): Promise<void> {
  const until = now - (now % hourMs);
  const from = until - 2 * hourMs;
  const counted = await store.slow
    .selectFrom("ingest_hours")
    .select(["workspace_id", "key_id", "hour", "outcome", "count"])
    .where("hour", ">=", from)
    .where("hour", "<", until)
    .execute();
  const sums = new Map<string, { workspaceId: string; keyId: string; hour: number; received: number; decided: number; stored: number }>();
  for (const row of counted) {
    const key = `${row.workspace_id} ${row.key_id} ${row.hour}`;
    const sum = sums.get(key) ?? { workspaceId: row.workspace_id, keyId: row.key_id, hour: row.hour, received: 0, decided: 0, stored: 0 };
    sums.set(key, sum);
    if (row.outcome === "received") sum.received += row.count;
    else sum.decided += row.count;
    if (row.outcome === "stored") sum.stored += row.count;
  }
  for (const sum of sums.values()) {
    const raw = await store.slow
      .selectFrom("signals")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .where("workspace_id", "=", sum.workspaceId)
      .where("id", ">=", idFloor(sum.hour))
      .where("id", "<", idFloor(sum.hour + hourMs))
      .where("key_id", "=", sum.keyId)
      .executeTakeFirstOrThrow();
    if (sum.received !== sum.decided || Number(raw.n) !== sum.stored) {
      log.error({ ...sum, rows: Number(raw.n) }, "ALARM: received, decided and stored signals do not add up");
      await keepAlarm(store, now, { ...sum, rows: Number(raw.n) });
    }
  }
}
