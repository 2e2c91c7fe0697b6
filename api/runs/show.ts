import { selectByIds } from "../../store/by-ids.ts";
import type { Read, Write } from "../../store/store.ts";
import { toRun } from "./service.ts";

/** Runs by id, without their steps. */
export async function showRuns(db: Read | Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, ReturnType<typeof toRun>>> {
  return new Map((await selectByIds(db, "workflow_runs", workspaceId, ids)).map((row) => [row.id, toRun(row)]));
}
