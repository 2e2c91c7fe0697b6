import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { idFloor, newId } from "../../core/id.ts";
import { createSchemas } from "../../core/json-schema.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { ConnectorRow } from "../../store/tables-connectors.ts";
import { type CallParts, probeConnector } from "./call.ts";
import { type ConnectorCall, ConnectorError } from "./call-words.ts";
import { configure } from "./configure.ts";
import { healthOf } from "./health.ts";
import type { Provider } from "./provider.ts";
import { findProvider, providers } from "./providers.ts";
import * as queries from "./queries.ts";
import { closeConfig, openConfig, redactConfig } from "./secrets.ts";

const dayMs = 24 * 3_600_000;

export function listIntegrations() {
  return { integrations: providers.map((p) => ({ slug: p.slug, name: p.name, category: p.category, configSchema: createSchemas("#/$defs/").of(p.config, "sent", p.slug), secretFields: [...p.secrets], calls: [...p.calls], docsUrl: p.docs })) };
}

export async function listConnectors(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined; integrationSlug?: string | undefined; includeArchived: boolean }) {
  const bound = [ctx.workspace.id, "connectors", query.integrationSlug, query.includeArchived];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await queries.selectConnectors(ctx.store.slow, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before, integration: query.integrationSlug, includeArchived: query.includeArchived });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { connectors: await shown(ctx, ctx.store.slow, page), ...more };
}

export async function getConnector(ctx: Ctx, id: string) {
  return one(ctx, ctx.store.read, found(await queries.findConnector(ctx.store.read, ctx.workspace.id, id)));
}

/**
 * Of these ids those of the workspace's own connectors that can be asked to `call` and are not archived, each with whether it is switched
 * on. Missing, foreign and unfit ones are left out.
 */
export async function connectorsFor(db: Read | Write, workspaceId: string, call: ConnectorCall["do"], ids: readonly string[]): Promise<Map<string, { enabled: boolean }>> {
  const rows = await queries.selectConnectorsByIds(db, workspaceId, ids);
  const fit = rows.filter((row) => row.archived_at === null && findProvider(row.integration)?.calls.includes(call) === true);
  return new Map(fit.map((row) => [row.id, { enabled: row.enabled === 1 }]));
}

export async function createConnector(ctx: Ctx, tx: Write, parts: CallParts, input: { integrationSlug: string; name: string; config: Record<string, unknown> }) {
  const provider = findProvider(input.integrationSlug);
  if (!provider) throw invalid("integrationSlug", "unknown", `is one of ${providers.map(({ slug }) => slug).join(", ")}`);
  const now = ctx.clock.now();
  const where = { workspace_id: ctx.workspace.id, id: newId(now) };
  const config = configure(provider, parts, input.config);
  await queries.insertConnector(tx, { ...where, integration: provider.slug, name: input.name, enabled: 1, ...closeConfig(parts.secret, provider, where, config), credentials_at: now, created_at: now, updated_at: now, archived_at: null });
  await tell(ctx, tx, "connector.created", where.id, provider, Object.keys(config));
  return again(ctx, tx, where.id);
}

export async function updateConnector(ctx: Ctx, tx: Write, parts: CallParts, id: string, input: { name?: string | undefined; enabled?: boolean | undefined; config?: Record<string, unknown> | undefined }) {
  const row = found(await queries.lockConnector(tx, ctx.workspace.id, id));
  if (row.archived_at !== null && (input.config !== undefined || input.enabled !== undefined)) throw invalid("", "archived", "The connector is archived. Reconnect it first.");
  const change: Partial<ConnectorRow> = { updated_at: ctx.clock.now() };
  if (input.name !== undefined) change.name = input.name;
  if (input.enabled !== undefined) change.enabled = input.enabled ? 1 : 0;
  const provider = providerOf(row);
  if (input.config !== undefined) Object.assign(change, await reconfigure(ctx, tx, parts, row, input.config));
  await queries.updateConnector(tx, ctx.workspace.id, id, change);
  await tell(ctx, tx, "connector.updated", id, provider, [...Object.keys(input), ...Object.keys(input.config ?? {}).map((field) => `config.${field}`)]);
  return again(ctx, tx, id);
}

export async function archiveConnector(ctx: Ctx, tx: Write, id: string) {
  const row = found(await queries.lockConnector(tx, ctx.workspace.id, id));
  if (row.archived_at === null) {
    const now = ctx.clock.now();
    await queries.updateConnector(tx, ctx.workspace.id, id, { secrets: "{}", archived_at: now, updated_at: now });
    await tell(ctx, tx, "connector.archived", id, providerOf(row), []);
  }
  return again(ctx, tx, id);
}

/** Other credentials for the same connector; nothing that failed before is held against them. */
export async function reconnectConnector(ctx: Ctx, tx: Write, parts: CallParts, id: string, config: Record<string, unknown>) {
  const row = found(await queries.lockConnector(tx, ctx.workspace.id, id));
  const provider = providerOf(row);
  if (provider.secrets.length > 0 && !provider.secrets.some((field) => Object.hasOwn(config, field))) throw invalid("config", "secret_needed", `Send new credentials: ${provider.secrets.join(", ")}.`);
  const now = ctx.clock.now();
  await queries.updateConnector(tx, ctx.workspace.id, id, { ...(await reconfigure(ctx, tx, parts, row, config)), enabled: 1, updated_at: now, archived_at: null });
  await tell(ctx, tx, "connector.reconnected", id, provider, Object.keys(config).map((field) => `config.${field}`));
  return again(ctx, tx, id);
}

/** Asks the far side over the network; what came of it is an answer. */
export async function testConnector(ctx: Ctx, parts: CallParts, id: string, dryRun: boolean) {
  const row = found(await queries.findConnector(ctx.store.read, ctx.workspace.id, id));
  const outcome = dryRun ? { ok: null, kind: null, reason: null, detail: {} } : await probe(ctx, parts, row);
  const { health } = await getConnector(ctx, id);
  return { ...outcome, health };
}

async function probe(ctx: Ctx, parts: CallParts, row: queries.Known) {
  try {
    return { ok: true, kind: null, reason: null, detail: await probeConnector(parts, ctx, row, providerOf(row)) };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { ok: false, kind: error.kind, reason: error.message, detail: {} };
  }
}

/** What failed with another configuration says nothing of this one: what is known of the far side begins anew. */
async function reconfigure(ctx: Ctx, tx: Write, parts: CallParts, row: ConnectorRow, given: Record<string, unknown>): Promise<Partial<ConnectorRow>> {
  const provider = providerOf(row);
  const closed = closeConfig(parts.secret, provider, row, configure(provider, parts, given, openConfig(parts.secret, row)));
  await queries.updateState(tx, row.workspace_id, row.id, { failures: 0, not_before: null, open_until: null, last_error_kind: null, last_error: null });
  await queries.deleteAllCalls(tx, row.workspace_id, row.id);
  // Later than before in any case, so that a call under way is known to have used the old one.
  return { ...closed, credentials_at: Math.max(ctx.clock.now(), row.credentials_at + 1) };
}

async function tell(ctx: Ctx, tx: Write, what: string, connectorId: string, provider: Provider, fields: readonly string[]): Promise<void> {
  await recordAudit(tx, ctx, what, { connectorId, integrationSlug: provider.slug, fields });
  await recordEvent(tx, ctx, what, { connectorId, integrationSlug: provider.slug });
}

const again = async (ctx: Ctx, tx: Write, id: string) => one(ctx, tx, found(await queries.findConnector(tx, ctx.workspace.id, id)));

async function one(ctx: Ctx, db: Read | Write, row: queries.Known) {
  const [connector] = await shown(ctx, db, [row]);
  if (!connector) throw new ApiError("NOT_FOUND");
  return connector;
}

async function shown(ctx: Ctx, db: Read | Write, rows: readonly queries.Known[]) {
  const now = ctx.clock.now();
  const counts = await queries.countCalls(db, ctx.workspace.id, rows.map(({ id }) => id), idFloor(now - dayMs));
  return rows.map((row) => {
    const provider = providerOf(row);
    return {
      id: row.id,
      integrationSlug: row.integration,
      name: row.name,
      enabled: row.enabled === 1,
      target: row.target,
      config: redactConfig(provider, row),
      health: healthOf(row, counts, now),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      archivedAt: row.archived_at,
    };
  });
}

function providerOf(row: ConnectorRow): Provider {
  const provider = findProvider(row.integration);
  if (!provider) throw new Error(`the integration ${row.integration} of connector ${row.id} is gone`);
  return provider;
}

function found(row: queries.Known | undefined): queries.Known {
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}
