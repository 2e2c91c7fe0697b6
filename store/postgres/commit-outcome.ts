import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "./database.ts";
import { ConnectionLost } from "./failures.ts";

/** A row that the transaction wrote, and the transaction itself. */
export interface CommitMark {
  xid: string;
  pid: number;
  workspaceId: string;
  usageId: string;
}

const limitMs = 15_000;
const pollMs = 50;

/**
 * Whether a commit whose answer was lost took place. A transaction that still runs is ended first, so that `false` stays
 * true. Undefined when the server can't be asked within 15 s.
 */
export async function commitOutcome(db: Database, mark: CommitMark): Promise<boolean | undefined> {
  for (const from = Date.now(); Date.now() - from < limitMs; await delay(pollMs)) {
    try {
      if (await stillRuns(db, mark)) continue;
      // After a fail-over transaction numbers may be used anew: only the row itself tells.
      const found = await db.query("SELECT 1 FROM usage_ledger WHERE workspace_id = $1 AND id = $2", [mark.workspaceId, mark.usageId]);
      return found.rows.length > 0;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) return undefined;
    }
  }
  return undefined;
}

async function stillRuns(db: Database, mark: CommitMark): Promise<boolean> {
  const { rows } = await db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_xid = $2::xid8::xid", [mark.pid, mark.xid]);
  return rows.length > 0;
}
