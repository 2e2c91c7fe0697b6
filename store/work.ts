import type { Clock } from "../core/clock.ts";
import type { Config } from "../core/config.ts";
import type { Log } from "../core/log.ts";
import type { News, RunNews } from "../core/news.ts";
import type { SafeFetch } from "../core/safe-fetch.ts";
import type { Actor, Ctx, Workspace } from "./context.ts";
import type { Read, Store, Write } from "./store.ts";
import type { JobRow } from "./tables.ts";

/** What background work is handed. */
export interface Work {
  store: Store;
  clock: Clock;
  log: Log;
  config: Config;
  /** The instance's own; derive from it, never use it as it is. */
  secret: string;
  outbound: SafeFetch;
  news: News;
  runNews: RunNews;
  /** Says that a job was queued: it is claimed now instead of at the next look. */
  wakeJobs(): void;
}

/** When to go on with a job that is not done: it is ready again at `runAt` (epoch ms), as if never tried. */
export interface Again {
  runAt: number;
  payload?: unknown;
}

/** One kind of durable job: exactly one process at a time has a job, each job at least once. */
export interface QueueHandler {
  kind: string;
  /** What it is for, in a line. */
  what: string;
  /** How many of the kind run at once in this process. */
  concurrency: number;
  /**
   * Does the job. Returning ends it (the row goes), `Again` puts it back, throwing tries it again with doubling delay until it is
   * dead. `renew` asks for another 60 s; where it throws, somebody else has the job.
   */
  handle(work: Work, job: JobRow, renew: () => Promise<void>): Promise<Again | void>;
  /** Told once the last try has failed, to leave a trace where people look. */
  dead?(work: Work, job: JobRow, error: string): Promise<void>;
}

const machine: Actor = { kind: "system", id: "worker" };

/** The ctx in which background work calls verbs. Undefined when the workspace is gone. Inside a transaction, pass it as `db`. */
export async function contextOf(work: Pick<Work, "store" | "clock" | "log">, workspaceId: string, actor: Actor = machine, db: Read | Write = work.store.read): Promise<Ctx | undefined> {
  const row = await db.selectFrom("workspaces").selectAll().where("id", "=", workspaceId).executeTakeFirst();
  if (!row) return undefined;
  const workspace: Workspace = { id: row.id, name: row.name, plan: row.plan, status: row.status };
  return { workspace, actor, store: work.store, clock: work.clock, log: work.log };
}
