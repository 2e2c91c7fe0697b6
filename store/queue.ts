import { newId } from "../core/id.ts";
import type { Read, Store, Write } from "./store.ts";
import type { JobRow } from "./tables.ts";
import type { Again } from "./work.ts";

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

/** Ready, or held by somebody who went silent. */
const due = (db: Read | Write, kind: string, now: number) =>
  db
    .selectFrom("jobs")
    .where("kind", "=", kind)
    .where("run_at", "<=", now)
    // So that the index without the dead ones serves.
    .where("state", "<>", "dead")
    .where((eb) => eb.or([eb("state", "=", "ready"), eb("lease_until", "<", now)]));

/** Of these kinds, those of which a job could be claimed; a read, so that looking costs no write. */
export async function claimableKinds(store: Store, now: number, kinds: readonly string[]): Promise<Set<string>> {
  const [first, ...others] = kinds.map((kind) => store.read.selectFrom(due(store.read, kind, now).select("kind").limit(1).as("one")).select("kind"));
  if (!first) return new Set();
  const rows = await others.reduce((all, one) => all.unionAll(one), first).execute();
  return new Set(rows.map((row) => row.kind));
}

/**
 * Takes up to `max` due jobs of a kind under a lease: ready ones, and leased ones whose holder went silent. Two
 * processes never get the same one.
 */
export async function claim(store: Store, kind: string, now: number, max: number): Promise<JobRow[]> {
  return store.write(async (tx) => {
    let query = due(tx, kind, now).selectAll().orderBy("run_at").limit(max);
    if (store.dialect === "postgres") query = query.forUpdate().skipLocked();
    const jobs = await query.execute();
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

/** Another lease for a job that takes long. Throws when somebody else has it by now. */
export async function renewLease(store: Store, job: JobRow, now: number): Promise<void> {
  const result = await store.write((tx) =>
    tx
      .updateTable("jobs")
      .set({ lease_until: now + leaseMs })
      .where("workspace_id", "=", job.workspace_id)
      .where("id", "=", job.id)
      .where("state", "=", "leased")
      .where("attempts", "=", job.attempts + 1)
      .executeTakeFirst(),
  );
  if (result.numUpdatedRows === 0n) throw new Error("the job's lease was lost");
}

/** Not done yet: ready again later, as if never tried. */
export async function postpone(tx: Write, job: JobRow, again: Again): Promise<void> {
  await tx
    .updateTable("jobs")
    .set({ state: "ready", run_at: again.runAt, attempts: 0, lease_until: null, ...(again.payload === undefined ? {} : { payload: JSON.stringify(again.payload) }), last_error: null })
    .where("workspace_id", "=", job.workspace_id)
    .where("id", "=", job.id)
    .execute();
}

/** Done: the row goes. In the transaction of the job's effect where it has one in the store. */
export async function finish(tx: Write, job: Pick<JobRow, "workspace_id" | "id">): Promise<void> {
  await tx.deleteFrom("jobs").where("workspace_id", "=", job.workspace_id).where("id", "=", job.id).execute();
}

/** Failed: tried again later with doubling delay, then kept as dead with its reason. Answers whether it is dead. */
export async function fail(tx: Write, job: JobRow, error: string, now: number): Promise<boolean> {
  const attempts = job.attempts + 1;
  const dead = attempts >= attemptsMax;
  await tx
    .updateTable("jobs")
    .set({ state: dead ? "dead" : "ready", run_at: now + Math.min(3_600_000, 1000 * 2 ** attempts), lease_until: null, last_error: error.slice(0, 1000) })
    .where("workspace_id", "=", job.workspace_id)
    .where("id", "=", job.id)
    .execute();
  return dead;
}

/** Batches whose router died before it marked them, with their signals' ids. A routing job's id is its batch's. */
export async function claimRouteJobs(store: Store, now: number, max: number): Promise<{ workspaceId: string; batchId: string; signalIds: string[] }[]> {
  const jobs = await claim(store, "route", now, max);
  return jobs.map((job) => ({ workspaceId: job.workspace_id, batchId: job.id, signalIds: JSON.parse(job.payload) as string[] }));
}

/** As `store.markRouted`, in the transaction of what routing them did. */
export async function finishRouting(tx: Write, batches: readonly { workspaceId: string; batchId: string }[], now: number): Promise<void> {
  for (const [workspaceId, ids] of idsByWorkspace(batches)) {
    await tx.updateTable("signal_batches").set({ routed_at: now }).where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
    await tx.deleteFrom("jobs").where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
  }
}

function idsByWorkspace(batches: readonly { workspaceId: string; batchId: string }[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { workspaceId, batchId } of batches) ids.set(workspaceId, [...(ids.get(workspaceId) ?? []), batchId]);
  return ids;
}
