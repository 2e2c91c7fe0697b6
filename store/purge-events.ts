import { sql } from "kysely";
import { idFloor } from "../core/id.ts";
import { inChunks } from "./purge.ts";
import type { Store } from "./store.ts";

const chunk = 2000;

/** Deletes a workspace's events of before `before` (epoch ms) that were handed out; the feed's cursors from then on are told so. */
export function purgeEvents(store: Store, workspaceId: string, before: number): Promise<void> {
  return inChunks(store, async (tx) => {
    const old = await tx.selectFrom("events").select(["id", "seq"]).where("workspace_id", "=", workspaceId).where("id", "<", idFloor(before)).where("seq", "is not", null).orderBy("id").limit(chunk).execute();
    if (old.length === 0) return 0n;
    await tx.deleteFrom("events").where("workspace_id", "=", workspaceId).where("id", "in", old.map(({ id }) => id)).execute();
    const last = Math.max(...old.map(({ seq }) => Number(seq)));
    await tx.updateTable("event_heads").set({ purged_seq: last }).where("workspace_id", "=", workspaceId).where("purged_seq", "<", last).execute();
    return BigInt(old.length);
  });
}

/** Deletes a workspace's deliveries of before `before` that are over, with their tries. */
export function purgeDeliveries(store: Store, workspaceId: string, before: number): Promise<void> {
  return inChunks(store, async (tx) => {
    const old = await tx.selectFrom("webhook_deliveries").select("id").where("workspace_id", "=", workspaceId).where("id", "<", idFloor(before)).where("next_at", "is", null).orderBy("id").limit(chunk).execute();
    if (old.length === 0) return 0n;
    const ids = old.map(({ id }) => id);
    await tx.deleteFrom("webhook_attempts").where("workspace_id", "=", workspaceId).where("delivery_id", "in", ids).execute();
    await tx.deleteFrom("webhook_deliveries").where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
    return BigInt(old.length);
  });
}

/** Deletes a workspace's raw inbound payloads of before `before`, with what waits of them in quarantine: they are personal data. */
export function purgeInbound(store: Store, workspaceId: string, before: number): Promise<void> {
  return inChunks(store, async (tx) => {
    const old = await tx.selectFrom("inbound_payloads").select("id").where("workspace_id", "=", workspaceId).where("id", "<", idFloor(before)).orderBy("id").limit(chunk).execute();
    if (old.length === 0) return 0n;
    const ids = old.map(({ id }) => id);
    await tx.deleteFrom("inbound_rows").where("workspace_id", "=", workspaceId).where("payload_id", "in", ids).execute();
    await tx.deleteFrom("inbound_payloads").where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
    return BigInt(old.length);
  });
}

/** Forgets which inbound messages were taken in before `before`. */
export function purgeInboundSeen(store: Store, before: number): Promise<void> {
  return inChunks(store, async (tx) => {
    const result = await sql`DELETE FROM inbound_seen WHERE (workspace_id, hook_id, key) IN
      (SELECT workspace_id, hook_id, key FROM inbound_seen WHERE at < ${before} LIMIT ${chunk})`.execute(tx);
    return result.numAffectedRows ?? 0n;
  });
}
