import { sql } from "kysely";
import type { Read, Write } from "../../store/store.ts";
import type { ConnectorCallRow, ConnectorRow, ConnectorStateRow } from "../../store/tables-connectors.ts";

export type Known = ConnectorRow & Omit<ConnectorStateRow, "workspace_id" | "connector_id">;

const known = (db: Read | Write, workspaceId: string) =>
  db
    .selectFrom("connectors")
    .innerJoin("connector_states", (join) => join.onRef("connector_states.workspace_id", "=", "connectors.workspace_id").onRef("connector_states.connector_id", "=", "connectors.id"))
    .selectAll("connectors")
    .select(["failures", "alarmed", "not_before", "open_until", "last_success_at", "last_error_at", "last_error_kind", "last_error"])
    .where("connectors.workspace_id", "=", workspaceId);

/** A connector with what is known of its far side. */
export async function findConnector(db: Read | Write, workspaceId: string, id: string): Promise<Known | undefined> {
  return known(db, workspaceId).where("connectors.id", "=", id).executeTakeFirst();
}

/** As `findConnector`, and nobody else changes the connector until the transaction ends. */
export async function lockConnector(tx: Write, workspaceId: string, id: string): Promise<Known | undefined> {
  await tx.updateTable("connectors").set((eb) => ({ enabled: eb.ref("enabled") })).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
  return findConnector(tx, workspaceId, id);
}

export async function selectConnectors(db: Read, page: { workspaceId: string; limit: number; before: string | undefined; integration: string | undefined; includeArchived: boolean }): Promise<Known[]> {
  let query = known(db, page.workspaceId);
  if (page.before !== undefined) query = query.where("connectors.id", "<", page.before);
  if (page.integration !== undefined) query = query.where("integration", "=", page.integration);
  if (!page.includeArchived) query = query.where("archived_at", "is", null);
  return query.orderBy("connectors.id", "desc").limit(page.limit).execute();
}

export async function selectConnectorsByIds(db: Read | Write, workspaceId: string, ids: readonly string[]): Promise<Pick<ConnectorRow, "id" | "integration" | "enabled" | "archived_at">[]> {
  if (ids.length === 0) return [];
  return db.selectFrom("connectors").select(["id", "integration", "enabled", "archived_at"]).where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
}

export async function insertConnector(tx: Write, row: ConnectorRow): Promise<void> {
  await tx.insertInto("connectors").values(row).execute();
  await tx.insertInto("connector_states").values({ workspace_id: row.workspace_id, connector_id: row.id, failures: 0, alarmed: 0, not_before: null, open_until: null, last_success_at: null, last_error_at: null, last_error_kind: null, last_error: null }).execute();
}

export async function updateConnector(tx: Write, workspaceId: string, id: string, change: Partial<ConnectorRow>): Promise<void> {
  await tx.updateTable("connectors").set(change).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
}

export async function updateState(tx: Write, workspaceId: string, connectorId: string, change: Partial<ConnectorStateRow>): Promise<void> {
  await tx.updateTable("connector_states").set(change).where("workspace_id", "=", workspaceId).where("connector_id", "=", connectorId).execute();
}

/** Takes the one try that a circuit allows once its time is over, and opens it again until `until`. False when another process has it. */
export async function takeTry(tx: Write, workspaceId: string, connectorId: string, seen: number, until: number): Promise<boolean> {
  const result = await tx.updateTable("connector_states").set({ open_until: until }).where("workspace_id", "=", workspaceId).where("connector_id", "=", connectorId).where("open_until", "=", seen).executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function insertCall(tx: Write, row: ConnectorCallRow): Promise<void> {
  await tx.insertInto("connector_calls").values(row).execute();
}

export interface CallCount {
  connector_id: string;
  kind: string | null;
  calls: number;
}

/** Calls and probes since a moment, by what came of them. */
export async function countCalls(db: Read, workspaceId: string, connectorIds: readonly string[], sinceId: string): Promise<CallCount[]> {
  if (connectorIds.length === 0) return [];
  const rows = await db
    .selectFrom("connector_calls")
    .select(["connector_id", "kind", (eb) => eb.fn.countAll().as("calls")])
    .where("workspace_id", "=", workspaceId)
    .where("connector_id", "in", connectorIds)
    .where("id", ">=", sinceId)
    .groupBy(["connector_id", "kind"])
    .execute();
  return rows.map((row) => ({ ...row, calls: Number(row.calls) }));
}

export async function selectConnectorKeys(db: Read): Promise<{ workspace_id: string; id: string }[]> {
  return db.selectFrom("connectors").select(["workspace_id", "id"]).execute();
}

/** The oldest id of a connector's newest `keep` calls; undefined when it has no more than those. */
export async function findOldestKept(db: Read, workspaceId: string, connectorId: string, keep: number): Promise<string | undefined> {
  const row = await db.selectFrom("connector_calls").select("id").where("workspace_id", "=", workspaceId).where("connector_id", "=", connectorId).orderBy("id", "desc").offset(keep).limit(1).executeTakeFirst();
  return row?.id;
}

export async function deleteAllCalls(tx: Write, workspaceId: string, connectorId: string): Promise<void> {
  await tx.deleteFrom("connector_calls").where("workspace_id", "=", workspaceId).where("connector_id", "=", connectorId).execute();
}

/** Deletes up to `max` of a connector's calls with an id up to `last`; answers how many. */
export async function deleteCalls(tx: Write, workspaceId: string, connectorId: string, last: string, max: number): Promise<number> {
  const result = await sql`DELETE FROM connector_calls WHERE workspace_id = ${workspaceId} AND connector_id = ${connectorId} AND id IN
    (SELECT id FROM connector_calls WHERE workspace_id = ${workspaceId} AND connector_id = ${connectorId} AND id <= ${last} ORDER BY id LIMIT ${max})`.execute(tx);
  return Number(result.numAffectedRows ?? 0n);
}
