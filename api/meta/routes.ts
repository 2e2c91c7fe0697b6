import { ApiError } from "../../core/errors.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import { type Call, route, type Route } from "../http/context.ts";
import { apiVersion, getCapabilities, getHealth, getKey, getMe, getOpenapi, getReady, getRoot } from "./contract.ts";
import { openapiOf } from "./openapi.ts";
import { proveWrite } from "./service.ts";

/** The endpoints that describe the others. `all` is the server's one table, these included. */
export function metaRoutes(all: () => readonly Endpoint[]): Route[] {
  return [
    route(getRoot, () => Promise.resolve(rootOf(all()))),
    route(getHealth, ({ parts }) => Promise.resolve({ status: "operational" as const, timestamp: new Date(parts.clock.now()).toISOString(), version: apiVersion })),
    route(getReady, async ({ parts }) => {
      const lastWriteAt = await proveWrite(parts.store, parts.clock.now());
      if (lastWriteAt === undefined) throw new ApiError("STORE_UNAVAILABLE");
      return {
        status: "ready" as const,
        timestamp: new Date(parts.clock.now()).toISOString(),
        version: apiVersion,
        lastWriteAt: new Date(lastWriteAt).toISOString(),
        walBytes: parts.store.health().walBytes,
      };
    }),
    route(getMe, whoami),
    route(getKey, whoami),
    route(getCapabilities, () => Promise.resolve({ capabilities: all().map(capabilityOf) })),
    route(getOpenapi, ({ parts }) => Promise.resolve(openapiOf(all(), parts.publicUrl()))),
  ];
}

async function whoami({ key, parts, addressBucket }: Pick<Call, "key" | "parts" | "addressBucket">) {
  const windows = await parts.limiter.windows(key, addressBucket);
  return {
    workspace: key.workspace,
    apiKey: { id: key.id, type: key.type, name: key.name, prefix: key.prefix, scopes: [...key.scopes], expiresAt: key.expiresAt },
    rateLimits: windows.map((w) => ({ windowSeconds: w.windowMs / 1000, limit: w.limit, remaining: w.remaining, resetAt: Math.ceil(w.resetAtMs / 1000) })),
  };
}

const scopeOf = (endpoint: Endpoint) => (endpoint.access === "none" || endpoint.access === "key" ? null : endpoint.access);

function rootOf(endpoints: readonly Endpoint[]) {
  return {
    name: "Owlbound API",
    version: apiVersion,
    endpoints: Object.fromEntries(endpoints.map((e) => [e.key, { path: `/api/v1${e.path}`, method: e.method, scope: scopeOf(e) }])),
    authentication: {
      methods: ["X-API-Key header", "Authorization: Bearer <key>"],
      keyFormat: "gtm_sk_* (secret) or gtm_pk_* (publishable)",
    },
  };
}

function capabilityOf(e: Endpoint) {
  return { id: `api.${e.key}`, method: e.method, path: `/v1${e.path}`, scope: scopeOf(e), credits: e.credits, summary: e.summary, publishable: e.collector === true };
}
