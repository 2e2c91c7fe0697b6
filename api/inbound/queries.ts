import { sql, type SqlBool } from "kysely";
import { idFloor } from "../../core/id.ts";
import type { Read, Write } from "../../store/store.ts";
import type { InboundHookRow, InboundPayloadRow, InboundRowRow } from "../../store/tables-events.ts";

type Db = Read | Write;

export async function insertHook(tx: Write, row: InboundHookRow, tokenDigest: string): Promise<void> {
  await tx.insertInto("inbound_hooks").values(row).execute();
  await tx.insertInto("inbound_tokens").values({ digest: tokenDigest, workspace_id: row.workspace_id, hook_id: row.id }).execute();
}

export async function countHooks(tx: Write, workspaceId: string): Promise<number> {
  const row = await tx.selectFrom("inbound_hooks").select((eb) => eb.fn.countAll<number>().as("n")).where("workspace_id", "=", workspaceId).executeTakeFirst();
  return Number(row?.n ?? 0);
}

export async function findHook(db: Db, workspaceId: string, id: string): Promise<InboundHookRow | undefined> {
  return db.selectFrom("inbound_hooks").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function findHookByToken(db: Db, tokenDigest: string): Promise<InboundHookRow | undefined> {
  const known = await db.selectFrom("inbound_tokens").selectAll().where("digest", "=", tokenDigest).executeTakeFirst();
  return known && findHook(db, known.workspace_id, known.hook_id);
}

export async function selectHooks(db: Read, page: { workspaceId: string; limit: number; before: string | undefined }): Promise<InboundHookRow[]> {
  const query = db.selectFrom("inbound_hooks").selectAll().where("workspace_id", "=", page.workspaceId).orderBy("id", "desc").limit(page.limit);
  return (page.before === undefined ? query : query.where("id", "<", page.before)).execute();
}

/** Changes a hook and answers it as it is then; undefined when there is none. */
export async function updateHook(tx: Write, workspaceId: string, id: string, change: Partial<InboundHookRow>): Promise<InboundHookRow | undefined> {
  return tx.updateTable("inbound_hooks").set(change).where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

/** The url of before is unknown from then on. */
export async function replaceToken(tx: Write, workspaceId: string, id: string, tokenDigest: string): Promise<void> {
  await tx.deleteFrom("inbound_tokens").where("workspace_id", "=", workspaceId).where("hook_id", "=", id).execute();
  await tx.insertInto("inbound_tokens").values({ digest: tokenDigest, workspace_id: workspaceId, hook_id: id }).execute();
}

/** With its url and all that it received. */
export async function deleteHook(tx: Write, workspaceId: string, id: string): Promise<InboundHookRow | undefined> {
  for (const table of ["inbound_tokens", "inbound_seen", "inbound_rows", "inbound_payloads"] as const) {
    await tx.deleteFrom(table).where("workspace_id", "=", workspaceId).where("hook_id", "=", id).execute();
  }
  return tx.deleteFrom("inbound_hooks").where("workspace_id", "=", workspaceId).where("id", "=", id).returningAll().executeTakeFirst();
}

/** Counts requests; several at once, since they come in bursts. */
export async function countRequests(tx: Write, workspaceId: string, id: string, outcome: "received" | "rejected", at: number): Promise<void> {
  const counted = outcome === "received" ? { last_received_at: at } : { last_rejected_at: at };
  await tx
    .updateTable("inbound_hooks")
    .set((eb) => ({ [outcome]: eb(outcome, "+", 1), ...counted }))
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .execute();
}

/** Notes what shows that a message came; answers those keys that were not there before. */
export async function noteSeen(tx: Write, workspaceId: string, hookId: string, keys: readonly string[], at: number): Promise<Set<string>> {
  const fresh = new Set<string>();
  const all = [...new Set(keys)];
  for (let from = 0; from < all.length; from += 500) {
    const rows = await tx
      .insertInto("inbound_seen")
      .values(all.slice(from, from + 500).map((key) => ({ workspace_id: workspaceId, hook_id: hookId, key, at })))
      .onConflict((on) => on.doNothing())
      .returning("key")
      .execute();
    for (const { key } of rows) fresh.add(key);
  }
  return fresh;
}

export async function insertPayload(tx: Write, row: InboundPayloadRow): Promise<void> {
  await tx.insertInto("inbound_payloads").values(row).execute();
}

export async function findPayload(db: Db, workspaceId: string, id: string): Promise<InboundPayloadRow | undefined> {
  return db.selectFrom("inbound_payloads").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function selectPayloads(db: Read, page: { workspaceId: string; limit: number; before?: string | undefined; hookId: string | undefined; status?: InboundPayloadRow["status"] | undefined }): Promise<InboundPayloadRow[]> {
  let query = db.selectFrom("inbound_payloads").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.hookId !== undefined) query = query.where("hook_id", "=", page.hookId);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export async function selectQuarantine(db: Read, workspaceId: string, payloadId: string): Promise<InboundRowRow[]> {
  return db.selectFrom("inbound_rows").selectAll().where("workspace_id", "=", workspaceId).where("payload_id", "=", payloadId).orderBy("idx").execute();
}

/** Writes down what became of a queued payload's rows; false when that was done already. */
export async function savePayload(tx: Write, payload: InboundPayloadRow, change: Partial<InboundPayloadRow>, bad: readonly InboundRowRow[]): Promise<boolean> {
  const saved = await tx.updateTable("inbound_payloads").set(change).where("workspace_id", "=", payload.workspace_id).where("id", "=", payload.id).where("status", "=", "queued").executeTakeFirst();
  if (saved.numUpdatedRows === 0n) return false;
  await tx.deleteFrom("inbound_rows").where("workspace_id", "=", payload.workspace_id).where("payload_id", "=", payload.id).execute();
  for (let from = 0; from < bad.length; from += 500) await tx.insertInto("inbound_rows").values(bad.slice(from, from + 500)).execute();
  return true;
}

/** Puts payloads that are in quarantine back to work, oldest first; answers their ids. */
export async function requeue(tx: Write, workspaceId: string, hookId: string, how: { from: number; to: number; after: string; limit: number }): Promise<string[]> {
  const ids = (
    await tx
      .selectFrom("inbound_payloads")
      .select("id")
      .where("workspace_id", "=", workspaceId)
      .where("hook_id", "=", hookId)
      .where("status", "=", "quarantined")
      .where("id", ">=", idFloor(how.from))
      .where("id", "<", idFloor(how.to))
      .where("id", ">", how.after)
      .orderBy("id")
      .limit(how.limit)
      .execute()
  ).map(({ id }) => id);
  if (ids.length === 0) return [];
  const back = await tx.updateTable("inbound_payloads").set({ status: "queued" }).where("workspace_id", "=", workspaceId).where("id", "in", ids).where("status", "=", "quarantined").returning("id").execute();
  return back.map(({ id }) => id).toSorted();
}

/**
 * Raw payloads that hold one of these texts (e-mail addresses), in any case, are gone with what waits of them in quarantine.
 * @internal used by tests, and by the erasure of a person that comes next.
 */
export async function deletePayloadsWith(tx: Write, workspaceId: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    const theirs = await tx
      .selectFrom("inbound_payloads")
      .select("id")
      .where("workspace_id", "=", workspaceId)
      .where(sql<SqlBool>`lower(body) LIKE ${pattern} ESCAPE ${"\\"}`)
      .execute();
    for (const { id } of theirs) {
      await tx.deleteFrom("inbound_rows").where("workspace_id", "=", workspaceId).where("payload_id", "=", id).execute();
      await tx.deleteFrom("inbound_payloads").where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
    }
  }
}
