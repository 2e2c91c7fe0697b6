import { selectByIds } from "../../store/by-ids.ts";
import type { Read, Write } from "../../store/store.ts";
import { toSummary } from "./service.ts";

/** Workflows by id, without their definitions: those may hold addresses that are secrets. */
export async function showWorkflows(db: Read | Write, workspaceId: string, ids: readonly string[]): Promise<Map<string, ReturnType<typeof toSummary>>> {
  return new Map((await selectByIds(db, "workflows", workspaceId, ids)).map((row) => [row.id, toSummary(row)]));
}
