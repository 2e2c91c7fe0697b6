import { newId } from "../core/id.ts";
import type { Store, Write } from "./store.ts";
import type { JobRow } from "./tables.ts";

/** A claimed job belongs to its process this long; then another may take it over. */
export const leaseMs = 60_000;
const attemptsMax = 10;

/** Adds a durable job in the caller's transaction: it runs if and only if that commits. */
export async function enqueue(tx: Write, job: { workspaceId: string; kind: string; payload: unknown; runAt: number; now: number }): Promise<string> {
  const id = newId(job.now);
  await tx
    .insertInto("jobs")
    .values({
      workspace_id: job.workspaceId,
      id,
      kind: job.kind,
      payload: JSON.stringify(job.payload),
      state: "ready",
      run_at: job.runAt,
      attempts: 0,
      lease_until: null,
      last_error: null,
      created_at: job.now,
    })
    .execute();
  return id;
}

/**
 * Takes up to `max` due jobs of a kind under a lease: ready ones, and leased ones whose holder went silent. Two
 * processes never get the same one.
 */
export async function claim(store: Store, kind: string, now: number, max: number): Promise<JobRow[]> {
  return store.write(async (tx) => {
    let due = tx
      .selectFrom("jobs")
      .selectAll()
      .where("kind", "=", kind)
      .where((eb) =>
        eb.or([eb.and([eb("state", "=", "ready"), eb("run_at", "<=", now)]), eb.and([eb("state", "=", "leased"), eb("run_at", "<=", now), eb("lease_until", "<", now)])]),
      )
      .orderBy("run_at")
      .limit(max);
    if (store.dialect === "postgres") due = due.forUpdate().skipLocked();
    const jobs = await due.execute();
    for (const job of jobs) {
      await tx
        .updateTable("jobs")
        .set({ state: "leased", lease_until: now + leaseMs, attempts: job.attempts + 1 })
        .where("workspace_id", "=", job.workspace_id)
        .where("id", "=", job.id)
        .execute();
    }
    return jobs;
  });
}

/**
 * Done: the row goes. In the transaction of the job's effect where it has one in the store.
 * @internal used by tests, and by the engines that come next.
 */
export async function finish(tx: Write, job: Pick<JobRow, "workspace_id" | "id">): Promise<void> {
  await tx.deleteFrom("jobs").where("workspace_id", "=", job.workspace_id).where("id", "=", job.id).execute();
}

/**
 * Failed: tried again later with doubling delay, then kept as dead with its reason.
 * @internal used by tests, and by the engines that come next.
 */
export async function fail(tx: Write, job: JobRow, error: string, now: number): Promise<void> {
  const attempts = job.attempts + 1;
  const dead = attempts >= attemptsMax;
  await tx
    .updateTable("jobs")
    .set({ state: dead ? "dead" : "ready", run_at: now + Math.min(3_600_000, 1000 * 2 ** attempts), lease_until: null, last_error: error.slice(0, 1000) })
    .where("workspace_id", "=", job.workspace_id)
    .where("id", "=", job.id)
    .execute();
}

/** Batches whose router died before it marked them. A routing job's id is its batch's. */
export async function claimRouteJobs(store: Store, now: number, max: number): Promise<{ workspaceId: string; batchId: string }[]> {
  const jobs = await claim(store, "route", now, max);
  return jobs.map((job) => ({ workspaceId: job.workspace_id, batchId: job.id }));
}
