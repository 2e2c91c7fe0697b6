import { purgeConnectorCalls } from "../api/connectors/index.ts";
import { writeMissingKeys } from "../api/contacts/index.ts";
import { purgeImports } from "../api/imports/index.ts";
import { refreshActivity } from "../api/scoring/index.ts";
import { checkCounts, purgeIdempotencyKeys, purgeWindows, sumDays } from "../api/usage/index.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { purgeDeliveries, purgeEvents, purgeInbound, purgeInboundSeen } from "../store/purge-events.ts";
import { purgeCompanyMatches, purgeMessageKeys, purgeSignals } from "../store/purge.ts";
import type { Store } from "../store/store.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** One day more than promised, since keys are kept by UTC day. */
const dedupeDays = 8;
const retentionDays = 395;
/** Events, deliveries and raw inbound payloads; the API's descriptions say so too. */
const eventDays = 30;

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
  { name: "purge-signals", what: "raw signals are kept for 13 months", everyMs: 6 * hourMs, run: eachWorkspace(purgeSignals, retentionDays) },
  { name: "purge-company-matches", what: "which companies visits were of is kept as long", everyMs: 6 * hourMs, run: eachWorkspace(purgeCompanyMatches, retentionDays) },
  { name: "contact-keys", what: "contacts of an older version get what finds their duplicates", everyMs: hourMs, run: writeMissingKeys },
  { name: "purge-events", what: "events of the feed are kept for 30 days", everyMs: 6 * hourMs, run: eachWorkspace(purgeEvents, eventDays) },
  { name: "purge-deliveries", what: "webhook deliveries and their payloads are kept for 30 days", everyMs: 6 * hourMs, run: eachWorkspace(purgeDeliveries, eventDays) },
  { name: "purge-inbound", what: "raw inbound payloads are personal data: 30 days", everyMs: 6 * hourMs, run: eachWorkspace(purgeInbound, eventDays) },
  { name: "purge-inbound-seen", what: "what an inbound hook took in is known again for 30 days", everyMs: 6 * hourMs, run: (store, now) => purgeInboundSeen(store, now - eventDays * dayMs) },
  { name: "purge-imports", what: "rows of imported files are kept for 7 days", everyMs: hourMs, run: purgeImports },
  { name: "refresh-activity", what: "activity scores of contacts follow their signals and fade", everyMs: 10 * 60_000, run: refreshActivity },
  { name: "purge-connector-calls", what: "calls of connectors are kept for the day that health looks at", everyMs: hourMs, run: purgeConnectorCalls },
  { name: "check-counts", what: "received = stored + duplicate + dropped, per key and hour", everyMs: 10 * 60_000, run: checkCounts },
  { name: "merge-words", what: "a search looks through few pieces of its index", everyMs: minuteMs, run: (store) => store.mergeWords() },
  { name: "sum-usage", what: "the ledger's days that are over, summed up for GET /usage", everyMs: hourMs, run: sumDays },
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

/** A purge of what is older than so many days, workspace by workspace. */
function eachWorkspace(purge: (store: Store, workspaceId: string, before: number) => Promise<void>, days: number): Job["run"] {
  return async (store, now) => {
    const workspaces = await store.read.selectFrom("workspaces").select("id").execute();
    for (const { id } of workspaces) await purge(store, id, now - days * dayMs);
  };
}

async function purgeSalts(store: Store, now: number): Promise<void> {
  const today = Math.floor(now / dayMs);
  await store.write(async (tx) => {
    await tx.deleteFrom("visitor_salts").where("day", "<", today).execute();
    await tx.deleteFrom("setup_tokens").where("expires_at", "<", now).execute();
    await tx.deleteFrom("console_sessions").where("created_at", "<", now - 30 * dayMs).execute();
  });
}
