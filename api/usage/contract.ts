import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, id, limit, pageFields } from "../../core/query-words.ts";

const epochMs = z.coerce.number().int().min(0).max(8.64e15);
const capability = z.string().max(100).regex(/^[\w.-]+$/, "is a capability like api.contacts.list").optional();
const sums = { calls: z.number(), credits: z.number() };

export const Cap = z.object({
  credits: z.number(),
  period: z.enum(["month", "total"]),
  used: z.number(),
  remaining: z.number(),
  /** Epoch ms; null for a cap that never begins anew. */
  resetsAt: z.number().nullable(),
});

export const UsageFilter = z.object({ from: epochMs.optional(), to: epochMs.optional(), keyId: id.optional(), capability });
export type UsageFilter = z.infer<typeof UsageFilter>;

export const getUsage = endpoint({
  key: "usage.get", method: "GET", path: "/usage", access: "usage:read", credits: 0,
  summary: "Calls and credits by capability, key and day",
  description: "from is included, to is not (epoch ms; the last 30 days unless said, 400 days at most). Days are those of UTC; at is their start, and days without use are zero. Refunds are taken off. cap is the workspace's cap on credits, null where there is none.",
  query: UsageFilter,
  answers: {
    200: z.object({
      from: z.number(),
      to: z.number(),
      total: z.object(sums),
      byCapability: z.array(z.object({ capability: z.string(), ...sums })),
      byKey: z.array(z.object({ keyId: z.string(), name: z.string().nullable(), ...sums })),
      series: z.array(z.object({ at: z.number(), ...sums })),
      cap: Cap.nullable(),
    }),
  },
  examples: [{ query: { capability: "api.contacts.list" } }],
});

export const LedgerFilter = UsageFilter.extend({ limit: limit(100, 50), cursor });
export type LedgerFilter = z.infer<typeof LedgerFilter>;

export const listLedger = endpoint({
  key: "usage.ledger", method: "GET", path: "/usage/ledger", access: "usage:read", credits: 0,
  summary: "The credit ledger, newest first",
  description: "One entry for the calls of a key to a capability that were written together. A refund is an entry without calls and with negative credits. Their sum is what the answers' credits.used said.",
  query: LedgerFilter,
  answers: { 200: z.object({ entries: z.array(z.object({ id: z.string(), at: z.number(), keyId: z.string(), capability: z.string(), ...sums })), ...pageFields }) },
});
