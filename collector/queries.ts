import { sql } from "kysely";
import type { Read, Write } from "../store/store.ts";
import type { EngagementRow } from "../store/tables.ts";

/** Keeps the larger of each figure, so that reports may arrive in any order and twice. */
export async function raiseEngagement(db: Write, row: EngagementRow): Promise<void> {
  const larger = (column: "engaged_ms" | "scroll_depth" | "lcp" | "inp" | "cls", value: number | null) =>
    sql<number>`CASE WHEN engagement.${sql.ref(column)} IS NULL OR engagement.${sql.ref(column)} < ${value} THEN ${value} ELSE engagement.${sql.ref(column)} END`;
  await db
    .insertInto("engagement")
    .values(row)
    .onConflict((on) =>
      on.columns(["workspace_id", "message_id"]).doUpdateSet({
        engaged_ms: larger("engaged_ms", row.engaged_ms),
        scroll_depth: larger("scroll_depth", row.scroll_depth),
        ...(row.lcp === null ? {} : { lcp: larger("lcp", row.lcp) }),
        ...(row.inp === null ? {} : { inp: larger("inp", row.inp) }),
        ...(row.cls === null ? {} : { cls: larger("cls", row.cls) }),
        updated_at: row.updated_at,
      }),
    )
    .execute();
}

/** Signals of a key stored since an hour. */
export async function countStored(db: Read, workspaceId: string, keyId: string, sinceHour: number): Promise<number> {
  const row = await db
    .selectFrom("ingest_hours")
    .select((eb) => eb.fn.sum<number | null>("count").as("n"))
    .where("workspace_id", "=", workspaceId)
    .where("key_id", "=", keyId)
    .where("hour", ">=", sinceHour)
    .where("outcome", "=", "stored")
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}
