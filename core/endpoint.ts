import type { z } from "zod";

/** Every scope of a secret key's default set, as published. */
export const defaultScopes = [
  "intelligence:read",
  "enrichment:read",
  "enrichment:write",
  "messages:read",
  "signals:read",
  "signals:write",
  "contacts:read",
  "contacts:write",
  "sequences:read",
  "sequences:write",
  "workflows:read",
  "workflows:write",
  "connectors:read",
  "connectors:write",
] as const;

/** Scopes that are granted by name only. */
export const optInScopes = [
  "sequences:manage",
  "workflows:manage",
  "intelligence:write",
  "messages:write",
  "webhooks:manage",
  "usage:read",
  "audit:read",
  "privacy:manage",
  "keys:manage",
] as const;

export const allScopes = [...defaultScopes, ...optInScopes];
export type Scope = (typeof allScopes)[number];

/**
 * Who may call: a scope; `key` = any valid key; `none` = nobody is asked.
 * `collector` marks the endpoints that publishable keys may use; all others refuse them in code.
 */
export type Access = Scope | "key" | "none";

/** One worked call, as a reader would try it: documented as it stands, and carried out by a test. */
export interface Example {
  params?: Record<string, string>;
  query?: Record<string, string | number | boolean>;
  body?: unknown;
  /** `data` of the success answer; the whole body when bare. */
  answer?: unknown;
}

export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  /** `contacts.list`: names the ledger's capability `api.contacts.list`, the root's entry and the operationId. */
  key: string;
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below the base path, e.g. `/signals/:id`. */
  path: string;
  access: Access;
  /** Credits of a successful call; where `creditsOf` says what this one costs, of the dearest. */
  credits: number;
  /** What a call with this body costs at most; what it does not use of that, its handler gives back. */
  creditsOf?(body: z.output<Body>): number;
  summary: string;
  description?: string;
  /** Publishable keys may call it, CORS is answered, text/plain is read. */
  collector?: true;
  /** The answer shows a secret once: its Idempotency-Key is the calling key's own, so that no other key is shown it. */
  showsSecret?: true;
  /** Bare answer (no envelope), as the published examples of these show. */
  bare?: true;
  /** The success answer is a file of one of these content types, instead of the envelope. */
  files?: readonly string[];
  /** The body is a file of one of these content types, read as it comes; more bytes than `bytesMax` are refused. */
  upload?: { types: readonly string[]; bytesMax: number };
  params?: Params;
  query?: Query;
  body?: Body;
  /** Success status → schema of `data` (or of the whole body when bare). */
  answers: Record<number, Answer>;
  examples?: readonly Example[];
}

/** Declares an endpoint; fails at start when it could run without a decision about access. */
export function endpoint<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(e: Endpoint<P, Q, B, A>): Endpoint<P, Q, B, A> {
  if (!e.access) throw new Error(`endpoint ${e.key} has no access rule: name a scope, "key" or "none"`);
  if (!e.path.startsWith("/") && e.path !== "") throw new Error(`endpoint ${e.key}: path must start with /`);
  if (e.upload && e.body) throw new Error(`endpoint ${e.key} takes a file: what else it has to know belongs into its query`);
  return e;
}
