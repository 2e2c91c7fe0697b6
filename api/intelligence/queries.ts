import type { Read, Write } from "../../store/store.ts";
import type { WebsiteAnalysisRow } from "../../store/tables-intel.ts";

type Db = Read | Write;

export async function findAnalysis(db: Db, workspaceId: string, id: string): Promise<WebsiteAnalysisRow | undefined> {
  return db.selectFrom("website_analyses").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

/** The one of this address that waits or runs. */
export async function findOpen(db: Db, workspaceId: string, url: string): Promise<WebsiteAnalysisRow | undefined> {
  return db.selectFrom("website_analyses").selectAll().where("workspace_id", "=", workspaceId).where("url", "=", url).where("status", "in", ["queued", "running"]).executeTakeFirst();
}

/** False when another call of the same address came first. */
export async function insertAnalysis(tx: Write, row: WebsiteAnalysisRow): Promise<boolean> {
  const result = await tx.insertInto("website_analyses").values(row).onConflict((on) => on.doNothing()).executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Whether `max` of them wait or run. */
export async function isFull(db: Db, workspaceId: string, max: number): Promise<boolean> {
  const row = await db.selectFrom("website_analyses").select("url").where("workspace_id", "=", workspaceId).where("status", "in", ["queued", "running"]).orderBy("url").offset(max - 1).limit(1).executeTakeFirst();
  return row !== undefined;
}
