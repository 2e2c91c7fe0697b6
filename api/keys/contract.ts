import { z } from "zod";
import { allScopes, endpoint } from "../../core/endpoint.ts";
import { originProblem } from "../../core/origin-words.ts";
import { cursor, limit, pageFields, params } from "../../core/query-words.ts";
import { line } from "../../core/text-words.ts";

export const keyTypes = ["secret", "publishable"] as const;
export const keyStatuses = ["active", "expired", "revoked"] as const;
export const privacyModes = ["anonymous", "consent", "identified"] as const;
export const overlaps = ["0", "1h", "24h", "7d"] as const;

export const Key = z.object({
  id: z.string(),
  type: z.enum(keyTypes),
  name: z.string(),
  /** The first characters and the last four: they tell keys apart. */
  prefix: z.string(),
  last4: z.string(),
  /** The whole text of a publishable key, which is public by design; null for secret keys. */
  publicKey: z.string().nullable(),
  scopes: z.array(z.string()),
  allowedOrigins: z.array(z.string()),
  privacyMode: z.enum(privacyModes),
  status: z.enum(keyStatuses),
  expiresAt: z.number().nullable(),
  revokedAt: z.number().nullable(),
  /** The key that replaced it. */
  rotatedTo: z.string().nullable(),
  /** To the minute; null when it never was. */
  lastUsedAt: z.number().nullable(),
  createdAt: z.number(),
});
export type Key = z.infer<typeof Key>;
/** `key` is shown here and never again. */
const WithText = Key.extend({ key: z.string() });

const origin = z.string().max(255).superRefine((text, context) => {
  const problem = originProblem(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});
const authored = {
  name: line(200),
  scopes: z.array(z.enum(allScopes)).max(100),
  /** Epoch ms; null = never. */
  expiresAt: z.number().int().min(0).max(8.64e15).nullable(),
  allowedOrigins: z.array(origin).max(100),
  privacyMode: z.enum(privacyModes),
};
export const KeyInput = z.strictObject({ type: z.enum(keyTypes), ...z.strictObject(authored).partial().shape });
export type KeyInput = z.infer<typeof KeyInput>;
export const KeyPatch = z.strictObject(authored).partial();
export type KeyPatch = z.infer<typeof KeyPatch>;
export const Rotation = z.strictObject({ overlap: z.enum(overlaps).default("24h"), expiresAt: authored.expiresAt.optional() });
export type Rotation = z.infer<typeof Rotation>;

const manage = { access: "keys:manage", credits: 0 } as const;
const site = { type: "publishable", name: "Website", allowedOrigins: ["https://www.example.com"] } as const;

export const listKeys = endpoint({
  key: "keys.list", method: "GET", path: "/keys", ...manage,
  summary: "List keys, newest first",
  query: z.object({ limit: limit(100, 50), cursor }),
  answers: { 200: z.object({ keys: z.array(Key), ...pageFields }) },
});
export const createKey = endpoint({
  key: "keys.create", method: "POST", path: "/keys", ...manage,
  summary: "Create a key; its text is shown once",
  description: "A key can't grant scopes that it does not hold, nor more time than it has. Without scopes a secret key gets the default set; publishable keys always hold signals:write only.",
  showsSecret: true,
  body: KeyInput,
  answers: { 201: WithText },
  examples: [{ body: { type: "secret", name: "Nightly report", scopes: ["signals:read", "contacts:read"] } }, { body: site }],
});
export const getKeyById = endpoint({ key: "keys.get", method: "GET", path: "/keys/:id", ...manage, summary: "One key", params, answers: { 200: Key } });
export const updateKey = endpoint({
  key: "keys.update", method: "PATCH", path: "/keys/:id", ...manage,
  summary: "Change a key's name, scopes, expiry, allowed origins or privacy mode",
  description: "Holds from the next request. Lists are replaced. What is added has to be held by the key that asks.",
  params,
  body: KeyPatch,
  answers: { 200: Key },
  examples: [{ params: { id: "j57d..." }, body: { name: "Nightly report", scopes: ["signals:read"] } }],
});
export const rotateKey = endpoint({
  key: "keys.rotate", method: "POST", path: "/keys/:id/rotate", ...manage,
  summary: "A new key with the same rights; its text is shown once",
  description: "The old one works on for the overlap. The new one keeps its expiry unless expiresAt says another. With overlap 0 the old one ends at once, so don't lose the answer.",
  showsSecret: true,
  params,
  body: Rotation.optional(),
  answers: { 201: WithText },
  examples: [{ params: { id: "j57d..." }, body: { overlap: "24h" } }],
});
export const revokeKey = endpoint({
  key: "keys.revoke", method: "POST", path: "/keys/:id/revoke", ...manage,
  summary: "End a key at once, for good",
  description: "Revoking twice changes nothing. A key can't revoke itself: rotate it, or use another key.",
  params,
  answers: { 200: Key },
});
