import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, flag, limit, pageFields, params } from "../../core/query-words.ts";
import { line } from "../../core/text-words.ts";

export const Integration = z.object({
  slug: z.string(),
  name: z.string(),
  category: z.string(),
  /** JSON Schema of `config`. */
  configSchema: z.record(z.string(), z.unknown()),
  /** Fields that are sealed, and shown as "[redacted]". */
  secretFields: z.array(z.string()),
  /** What workflows and sequences can have it do. */
  calls: z.array(z.string()),
  docsUrl: z.string(),
});

const Health = z.object({
  status: z.enum(["healthy", "degraded", "failing", "needs_reauth", "disabled", "unknown"]),
  reasons: z.array(z.string()),
  lastSuccessAt: z.number().nullable(),
  lastErrorAt: z.number().nullable(),
  consecutiveFailures: z.number(),
  checkedAt: z.number().nullable(),
});

export const Connector = z.object({
  id: z.string(),
  integrationSlug: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  /** Where it leads, without anything secret; null where nothing leaves the server. */
  target: z.string().nullable(),
  /** Secret fields read "[redacted]"; sent back so, they are kept. */
  config: z.record(z.string(), z.unknown()),
  health: Health,
  createdAt: z.number(),
  updatedAt: z.number(),
  archivedAt: z.number().nullable(),
});

/** Its form is the integration's: `configSchema` of GET /integrations. */
const config = z.record(z.string().max(100), z.unknown()).meta({ description: "By the integration's configSchema, see GET /integrations" });
const read = { access: "connectors:read", credits: 0 } as const;
const write = { access: "connectors:write", credits: 0 } as const;
const slack = { integrationSlug: "slack", name: "Sales channel", config: { webhookUrl: "https://hooks.slack.com/services/T000/B000/XXXX" } };

export const listIntegrations = endpoint({
  key: "integrations.list", method: "GET", path: "/integrations", ...read,
  summary: "What can be plugged in, and what each needs to be told",
  answers: { 200: z.object({ integrations: z.array(Integration) }) },
});
export const listConnectors = endpoint({
  key: "connectors.list", method: "GET", path: "/connectors", ...read,
  summary: "List connectors with computed health, newest first",
  query: z.object({ integrationSlug: z.string().max(64).optional(), includeArchived: flag.default(false), limit: limit(100, 50), cursor }),
  answers: { 200: z.object({ connectors: z.array(Connector), ...pageFields }) },
});
export const createConnector = endpoint({
  key: "connectors.create", method: "POST", path: "/connectors", ...write,
  summary: "Plug something in",
  description: "Secrets are sealed and never shown again. Nothing is sent to the other side: POST /connectors/:id/test does that.",
  body: z.strictObject({ integrationSlug: z.string().max(64), name: line(200), config }),
  answers: { 201: Connector },
  examples: [{ body: slack }],
});
export const getConnector = endpoint({ key: "connectors.get", method: "GET", path: "/connectors/:id", ...read, summary: "One connector with its redacted configuration and computed health", params, answers: { 200: Connector } });
export const updateConnector = endpoint({
  key: "connectors.update", method: "PATCH", path: "/connectors/:id", ...write,
  summary: "Change a connector, or switch it off and on",
  description: "Fields of `config` that are absent or redacted are kept, null clears one. Whoever changes where the connector leads has to send its secrets again.",
  params,
  body: z.strictObject({ name: line(200), enabled: z.boolean(), config }).partial(),
  answers: { 200: Connector },
  examples: [{ params: { id: "conn123" }, body: { name: "Sales alerts", enabled: false } }],
});
export const archiveConnector = endpoint({
  key: "connectors.archive", method: "DELETE", path: "/connectors/:id", ...write,
  summary: "Archive a connector and forget its secrets",
  description: "Doing it again changes nothing. Reconnecting brings it back.",
  params,
  answers: { 200: Connector },
});
export const testConnector = endpoint({
  key: "connectors.test", method: "POST", path: "/connectors/:id/test", ...write,
  summary: "Ask the other side, right now",
  description: "A failed test is an answer: 200 with ok false and the reason. A dry run asks nobody.",
  params,
  answers: {
    200: z.object({
      /** Null on a dry run. */
      ok: z.boolean().nullable(),
      /** Of a failure: retry, rate_limited, auth, refused, bad_request, unavailable. */
      kind: z.string().nullable(),
      reason: z.string().nullable(),
      /** What the other side told of itself. */
      detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      health: Health,
    }),
  },
});
export const reconnectConnector = endpoint({
  key: "connectors.reconnect", method: "POST", path: "/connectors/:id/reconnect", ...write,
  summary: "New credentials under the same id",
  description: "What failed with the old ones is forgotten: health is unknown until the next call or test. An archived connector comes back.",
  params,
  body: z.strictObject({ config }),
  answers: { 200: Connector },
  examples: [{ params: { id: "conn123" }, body: { config: { webhookUrl: "https://hooks.slack.com/services/T000/B000/XXXX" } } }],
});
