import type { Read, Write } from "./store.ts";
import type { Tables } from "./tables.ts";

type WithId = "contacts" | "companies" | "signals" | "workflows" | "workflow_runs" | "sequences" | "enrollments";

/** Rows of a workspace by their ids, in no order; ids without a row are left out. */
export async function selectByIds<T extends WithId>(db: Read | Write, table: T, workspaceId: string, ids: readonly string[]): Promise<Tables[T][]> {
  if (ids.length === 0) return [];
  // All of them have these two columns; Kysely can't say so of a union of tables.
  const rows = await db.selectFrom(table as "contacts").selectAll().where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
  return rows as unknown as Tables[T][];
}
