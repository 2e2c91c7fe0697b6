import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../../core/errors.ts";
import { idFloor } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import type { Store } from "../../store/store.ts";
import type { ImportRow } from "../../store/tables-imports.ts";
import { contextOf, type QueueHandler } from "../../store/work.ts";
import { advanceImport, deleteKeys, deletePieces, deleteRows, findImport, selectExpired, selectOrphans, setPurged } from "./queries.ts";
import { importKind } from "./service.ts";
import { commitRows, failed, type Pace, previewRows, readRows, rest, turn } from "./steps.ts";

/** So long a job goes on before it lets others in: a server that is stopped does not wait for a whole file. */
const sliceMs = 2000;
/** Work of one transaction: on the database that has one writer, ingest waits for it. */
const transactionMs = 12;
/** Powers of two: a transaction's rows go in one statement a table then, or two (store/batches.ts); SQLite writes its full-text index after each. */
const rowsMin = 16;
const rowsMax = 128;
const dayMs = 86_400_000;
const conflictsMax = 20;

interface Payload {
  importId: string;
}

/** Reads, previews, commits and tidies up imports: whatever the status of one says. */
export const importJob: QueueHandler = {
  kind: importKind,
  what: "imports are read, previewed, committed and their rows deleted",
  concurrency: 1,
  handle: async (work, job) => {
    const ctx = await contextOf(work, job.workspace_id);
    const { importId } = JSON.parse(job.payload) as Payload;
    if (!ctx) return;
    const pace = createPace();
    const until = performance.now() + sliceMs;
    let conflicts = 0;
    while (performance.now() < until) {
      try {
        if (!(await step(ctx, importId, pace, until))) return;
        conflicts = 0;
      } catch (error) {
        // A contact came or went between the look and the write: the same rows are decided again.
        if (!isConflict(error) || ++conflicts > conflictsMax) throw error;
        await sleep(5);
      }
      await rest();
    }
    return { runAt: ctx.clock.now() };
  },
  dead: async ({ store, clock }, job) => {
    const { importId: id } = JSON.parse(job.payload) as Payload;
    await store.write(async (tx) => {
      const file = await findImport(tx, { workspaceId: job.workspace_id, id });
      const runs = file?.status === "reading" || file?.status === "previewing" || file?.status === "committing";
      if (!file || !runs) return;
      const fix = file.status === "committing" ? "Commit it again: it goes on where it stopped." : "Send the file again.";
      await advanceImport(tx, file, { ...failed("internal", `It failed unexpectedly, ten times. ${fix}`), finished_at: clock.now() });
    });
  },
};

const isConflict = (error: unknown) => error instanceof ApiError && ["DUPLICATE_CONTACT", "CONTACT_MERGED", "NOT_FOUND"].includes(error.code);

/** One short step; false once there is nothing left to do. */
async function step(ctx: Ctx, importId: string, pace: Pace, until: number): Promise<boolean> {
  const file = await findImport(ctx.store.read, { workspaceId: ctx.workspace.id, id: importId });
  if (!file) return false;
  if (file.status === "reading") await readRows(ctx, file, pace, until);
  else if (file.status === "previewing") await previewRows(ctx, file, pace);
  else if (file.status === "committing") await commitRows(ctx, file, pace);
  else return tidy(ctx, file);
  return true;
}

/** Deletes some of what is not needed any more. */
async function tidy(ctx: Ctx, file: ImportRow): Promise<boolean> {
  const of = { workspaceId: file.workspace_id, id: file.id };
  const revision = file.status === "ready" ? file.revision : file.revision + 1;
  const now = ctx.clock.now();
  return ctx.store.write(async (tx) => {
    if ((await deletePieces(tx, of)) || (await deleteKeys(tx, of, revision))) return true;
    if (file.expires_at > now || file.rows_purged_at !== null) return false;
    if (await deleteRows(tx, of)) return true;
    if (file.status === "ready" || file.status === "failed") await advanceImport(tx, file, { status: "expired", finished_at: now });
    await setPurged(tx, of, now);
    return false;
  });
}

/** Rows for a transaction, by the work of the last ones; time that other processes took does not count. */
function createPace(): Pace {
  let size = rowsMin;
  return {
    rows: () => size,
    timed: async (rows, work) => {
      const before = process.cpuUsage();
      const value = await work();
      const { user, system } = process.cpuUsage(before);
      const ms = (user + system) / 1000;
      if (rows > 0) size = 2 ** Math.floor(Math.log2(Math.min(rowsMax, size * 2, Math.max(rowsMin, (rows * transactionMs) / Math.max(0.1, ms)))));
      return value;
    },
  };
}

const purgedAtOnce = 200;

/** Rows of imports are kept for 7 days, uploads that belong to none for one. */
export async function purgeImports(store: Store, now: number): Promise<void> {
  for (const file of await selectExpired(store.read, now, purgedAtOnce)) {
    const of = { workspaceId: file.workspace_id, id: file.id };
    // What runs is left to end; it is looked at again.
    if (file.status === "committing") continue;
    const status = file.status === "committed" || file.status === "canceled" ? file.status : ("expired" as const);
    const mine = await store.write((tx) => advanceImport(tx, file, { status, finished_at: file.finished_at ?? now }));
    if (!mine) continue;
    while (await store.write(async (tx) => (await deletePieces(tx, of)) || (await deleteKeys(tx, of, file.revision + 1)) || (await deleteRows(tx, of)))) await turn();
    await store.write((tx) => setPurged(tx, of, now));
  }
  for (const of of await selectOrphans(store.read, idFloor(now - dayMs), purgedAtOnce)) while (await store.write((tx) => deletePieces(tx, of))) await turn();
}
