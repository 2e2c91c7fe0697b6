import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";

export const apiVersion = "1.0.0";

const workspace = z.object({ id: z.string(), name: z.string(), plan: z.string(), status: z.string() });
const window = z.object({ windowSeconds: z.number(), limit: z.number(), remaining: z.number(), resetAt: z.number() });
const apiKey = z.object({
  id: z.string(),
  type: z.enum(["secret", "publishable"]),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.number().nullable(),
});

export const getRoot = endpoint({
  key: "root.get",
  method: "GET",
  path: "",
  access: "none",
  credits: 0,
  bare: true,
  summary: "API root",
  description: "Version, every endpoint with its scope, and how to authenticate.",
  answers: {
    200: z.object({
      name: z.string(),
      version: z.string(),
      endpoints: z.record(z.string(), z.object({ path: z.string(), method: z.string(), scope: z.string().nullable() })),
      authentication: z.object({ methods: z.array(z.string()), keyFormat: z.string() }),
    }),
  },
});

export const getHealth = endpoint({
  key: "health.get",
  method: "GET",
  path: "/health",
  access: "none",
  credits: 0,
  bare: true,
  summary: "Health check",
  description: "Cheap: the process answers. For load balancers ask /health/ready.",
  answers: { 200: z.object({ status: z.literal("operational"), timestamp: z.string(), version: z.string() }) },
});

export const getReady = endpoint({
  key: "health.ready",
  method: "GET",
  path: "/health/ready",
  access: "none",
  credits: 0,
  bare: true,
  summary: "Readiness",
  description: "Proves a real write within the last seconds; 503 STORE_UNAVAILABLE when writes fail.",
  answers: { 200: z.object({ status: z.literal("ready"), timestamp: z.string(), version: z.string(), lastWriteAt: z.string(), walBytes: z.number().nullable() }) },
});

export const getMe = endpoint({
  key: "me.get",
  method: "GET",
  path: "/me",
  access: "contacts:read",
  credits: 0,
  summary: "The key, its workspace and limits",
  answers: { 200: z.object({ workspace, apiKey, rateLimits: z.array(window) }) },
});

export const getKey = endpoint({
  key: "key.get",
  method: "GET",
  path: "/key",
  access: "key",
  credits: 0,
  summary: "The same as /me, for any valid key",
  answers: { 200: z.object({ workspace, apiKey, rateLimits: z.array(window) }) },
});

export const getCapabilities = endpoint({
  key: "capabilities.list",
  method: "GET",
  path: "/capabilities",
  // The reference's example sends no key.
  access: "none",
  credits: 0,
  summary: "Every public action with its scope and credits",
  answers: {
    200: z.object({
      capabilities: z.array(
        z.object({ id: z.string(), method: z.string(), path: z.string(), scope: z.string().nullable(), credits: z.number(), summary: z.string(), publishable: z.boolean() }),
      ),
    }),
  },
});

export const getOpenapi = endpoint({
  key: "openapi.get",
  method: "GET",
  path: "/openapi.json",
  access: "none",
  credits: 0,
  bare: true,
  summary: "This API as OpenAPI 3.1",
  answers: { 200: z.record(z.string(), z.unknown()) },
});
