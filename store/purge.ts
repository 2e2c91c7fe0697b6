import { sql } from "kysely";
import { idFloor } from "../core/id.ts";
import type { Store, Write } from "./store.ts";

const chunk = 2000;
const chunksMax = 10_000;

/** Forgets messageIds of days before `day`. */
export function purgeMessageKeys(store: Store, day: number): Promise<void> {
  return inChunks(store, async (tx) => {
    const result = await sql`DELETE FROM message_keys WHERE (workspace_id, message_id) IN
      (SELECT workspace_id, message_id FROM message_keys WHERE day < ${day} LIMIT ${chunk})`.execute(tx);
    return result.numAffectedRows ?? 0n;
  });
}

/** Deletes a workspace's signals received before `before` (epoch ms). */
export function purgeSignals(store: Store, workspaceId: string, before: number): Promise<void> {
  return inChunks(store, async (tx) => {
    const old = sql`(SELECT id FROM signals WHERE workspace_id = ${workspaceId} AND id < ${idFloor(before)} ORDER BY id LIMIT ${chunk})`;
    // A view on PostgreSQL.
    if (store.dialect === "sqlite") {
      await sql`DELETE FROM visitor_signals WHERE (workspace_id, visitor_id, signal_id) IN
        (SELECT workspace_id, visitor_id, id FROM signals WHERE workspace_id = ${workspaceId} AND id IN ${old})`.execute(tx);
    }
    await sql`DELETE FROM signal_actions WHERE workspace_id = ${workspaceId} AND signal_id IN ${old}`.execute(tx);
    await sql`DELETE FROM social_keys WHERE workspace_id = ${workspaceId} AND signal_id IN ${old}`.execute(tx);
    const result = await sql`DELETE FROM signals WHERE workspace_id = ${workspaceId} AND id IN ${old}`.execute(tx);
    return result.numAffectedRows ?? 0n;
  });
}

/** Deletes which companies sessions were of, from before `before` (epoch ms). */
export function purgeCompanyMatches(store: Store, workspaceId: string, before: number): Promise<void> {
  return inChunks(store, async (tx) => {
    const result = await sql`DELETE FROM company_matches WHERE workspace_id = ${workspaceId} AND id IN
      (SELECT id FROM company_matches WHERE workspace_id = ${workspaceId} AND id < ${idFloor(before)} ORDER BY id LIMIT ${chunk})`.execute(tx);
    return result.numAffectedRows ?? 0n;
  });
}

/** Each chunk is its own short transaction, so that ingest never waits for a big delete. */
export async function inChunks(store: Store, one: (tx: Write) => Promise<bigint>): Promise<void> {
  for (let round = 0; round < chunksMax; round++) {
    if ((await store.write(one)) < BigInt(chunk)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
