import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, limit, pageFields } from "../../core/query-words.ts";

const epochMs = z.coerce.number().int().min(0).max(8.64e15);

export const AuditEntry = z.object({
  id: z.string(),
  at: z.number(),
  /** `key:<id>`, `console:<id>`, `cli`, or `system` for the machine itself. */
  actor: z.string(),
  /** What was done, e.g. `contact.created`. */
  action: z.string(),
  /** Ids and words; never a secret, nor the values of fields. */
  detail: z.record(z.string(), z.unknown()),
});

export const AuditFilter = z.object({
  limit: limit(100, 50),
  cursor,
  /** An action like key.created, or all of a kind: key.* */
  action: z.string().max(100).regex(/^[a-z][\w-]*(\.[\w-]+)*(\.\*)?$/i, "is an action like key.created, or key.*").optional(),
  actor: z.string().min(1).max(100).refine((text) => !text.includes("\0"), "holds a NUL character").optional(),
  from: epochMs.optional(),
  to: epochMs.optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

export const listAudit = endpoint({
  key: "audit.list", method: "GET", path: "/audit", access: "audit:read", credits: 0,
  summary: "Who did what, newest first",
  description: "from is included, to is not; both are epoch ms.",
  query: AuditFilter,
  answers: { 200: z.object({ entries: z.array(AuditEntry), ...pageFields }) },
  examples: [{ query: { action: "key.*", limit: 20 } }],
});
