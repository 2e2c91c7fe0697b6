import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { Mapping } from "../../core/mapping-words.ts";
import { cursor, limit, pageFields, params } from "../../core/query-words.ts";
import { line } from "../../core/text-words.ts";

const manage = { access: "webhooks:manage", credits: 0 } as const;
const headerName = z.string().max(100).regex(/^[A-Za-z0-9-]+$/, "is a header's name, like X-Signature").transform((name) => name.toLowerCase());

/** How requests prove where they come from. */
export const Verification = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("none") }),
  z.strictObject({ mode: z.literal("standard") }),
  z.strictObject({
    mode: z.literal("hmac"),
    header: headerName,
    algorithm: z.enum(["sha256", "sha512"]).default("sha256"),
    encoding: z.enum(["hex", "base64"]).default("hex"),
    /** What stands before the signature, e.g. `sha256=`. */
    prefix: z.string().max(20).default(""),
    timestampHeader: headerName.optional(),
    /** What is signed. */
    signed: z.string().max(60).regex(/^[^{}]*(\{timestamp\}[^{}]*)?\{body\}[^{}]*$/, "holds {body}, and {timestamp} before it where there is one").default("{body}"),
  }).refine(({ timestampHeader, signed }) => (timestampHeader !== undefined) === signed.includes("{timestamp}"), { path: ["signed"], message: "holds {timestamp} if and only if timestampHeader names where it stands" }),
]);
export type Verification = z.infer<typeof Verification>;

const secret = z.string().min(8).max(200).regex(/^[\x21-\x7e]+$/, "is one word of printable characters");
export const presetWords = ["visitor_identification", "form", "crm"] as const;
const statuses = ["enabled", "disabled"] as const;

export const InboundHook = z.object({
  id: z.string(),
  name: z.string(),
  /** Where the other side posts to. Whoever knows it can send: treat it like a password. */
  /** Null once the key of the instance's secrets was lost: senders that know it still reach the hook. */
  url: z.string().nullable(),
  status: z.enum(statuses),
  verification: Verification,
  mapping: Mapping,
  oldSecretUntil: z.number().nullable(),
  received: z.number(),
  /** Requests whose signature or time was wrong. */
  rejected: z.number(),
  lastReceivedAt: z.number().nullable(),
  lastRejectedAt: z.number().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
/** `secret` is shown here and never again; null where requests are not signed. */
const WithSecret = InboundHook.extend({ secret: z.string().nullable() });

const Reason = z.object({ path: z.string(), code: z.string(), message: z.string() });
export const payloadStatuses = ["queued", "done", "quarantined"] as const;
const Payload = z.object({
  id: z.string(),
  inboundHookId: z.string(),
  status: z.enum(payloadStatuses),
  rows: z.number(),
  stored: z.number(),
  quarantined: z.number(),
  receivedAt: z.number(),
  processedAt: z.number().nullable(),
});
const MappedRow = z.object({
  row: z.number(),
  ok: z.boolean(),
  signal: z.record(z.string(), z.unknown()).nullable(),
  contact: z.record(z.string(), z.unknown()).nullable(),
  reasons: z.array(Reason),
});

export const listInboundHooks = endpoint({
  key: "inboundHooks.list", method: "GET", path: "/inbound-hooks", ...manage,
  summary: "List inbound hooks, newest first",
  query: z.object({ limit: limit(100, 50), cursor }),
  answers: { 200: z.object({ inboundHooks: z.array(InboundHook), ...pageFields }) },
});
export const createInboundHook = endpoint({
  key: "inboundHooks.create", method: "POST", path: "/inbound-hooks", ...manage,
  summary: "Add an inbound hook; its signing secret is shown once",
  description:
    "Other systems POST JSON or a urlencoded form of at most 256 KB to its url, outside of /v1 and without an API key, and are answered 200 {received, id} once it is stored. A job maps it afterwards: each row becomes a signal, a contact, or both; what can't be mapped waits in quarantine with its reasons until the mapping is mended and POST /inbound-hooks/:id/replay. Without `mapping` the preset's is taken. Raw payloads are kept for 30 days.",
  showsSecret: true,
  body: z.strictObject({ name: line(100), preset: z.enum(presetWords).optional(), mapping: Mapping.optional(), verification: Verification.default({ mode: "none" }), secret: secret.optional() }).refine(({ preset, mapping }) => preset !== undefined || mapping !== undefined, { path: ["mapping"], message: "is needed, or a preset: see GET /inbound-presets" }),
  answers: { 201: WithSecret },
  examples: [{ body: { name: "Form on the landing page", preset: "form" } }],
});
export const getInboundHook = endpoint({ key: "inboundHooks.get", method: "GET", path: "/inbound-hooks/:id", ...manage, summary: "One inbound hook", params, answers: { 200: InboundHook } });
export const updateInboundHook = endpoint({
  key: "inboundHooks.update", method: "PATCH", path: "/inbound-hooks/:id", ...manage,
  summary: "Change an inbound hook's name or mapping, or switch it off and on",
  description: "How it is signed can't be changed: create another, move the sender, delete this one.",
  params,
  body: z.strictObject({ name: line(100), mapping: Mapping, status: z.enum(statuses) }).partial(),
  answers: { 200: InboundHook },
  examples: [{ params: { id: "i15c..." }, body: { status: "disabled" } }],
});
export const deleteInboundHook = endpoint({ key: "inboundHooks.delete", method: "DELETE", path: "/inbound-hooks/:id", ...manage, summary: "Remove an inbound hook and its raw payloads", params, answers: { 200: InboundHook } });
export const rotateInboundHook = endpoint({
  key: "inboundHooks.rotate", method: "POST", path: "/inbound-hooks/:id/rotate", ...manage,
  summary: "Another signing secret, shown once",
  description: "Yours, where the other side makes it. The one before is accepted as well for the overlap.",
  params,
  showsSecret: true,
  body: z.strictObject({ secret: secret.optional(), overlap: z.enum(["0", "1h", "24h", "7d"]).default("24h") }),
  answers: { 200: WithSecret },
  examples: [{ params: { id: "i15c..." }, body: { overlap: "1h" } }],
});
export const renewInboundUrl = endpoint({
  key: "inboundHooks.renewUrl", method: "POST", path: "/inbound-hooks/:id/renew-url", ...manage,
  summary: "Another url; the one before is unknown from then on",
  params,
  answers: { 200: InboundHook },
});
export const previewInboundHook = endpoint({
  key: "inboundHooks.preview", method: "POST", path: "/inbound-hooks/:id/preview", ...manage,
  summary: "What the last ten payloads become by a mapping; nothing is written",
  description: "By the mapping that is sent, or the saved one. Of each payload the first 20 rows are shown.",
  params,
  body: z.strictObject({ mapping: Mapping.optional() }),
  answers: { 200: z.object({ payloads: z.array(z.object({ id: z.string(), receivedAt: z.number(), rows: z.number(), error: Reason.nullable(), mapped: z.array(MappedRow) })) }) },
  examples: [{ params: { id: "i15c..." }, body: {} }],
});
export const replayInboundHook = endpoint({
  key: "inboundHooks.replay", method: "POST", path: "/inbound-hooks/:id/replay", ...manage,
  summary: "Map what is in quarantine once more, by the mapping as it is now",
  description: "Rows that were stored before are not stored again.",
  params,
  body: z.strictObject({ from: z.number().int().min(0).max(8.64e15).optional(), to: z.number().int().min(0).max(8.64e15).optional() }),
  answers: { 202: z.object({ inboundHookId: z.string() }) },
  examples: [{ params: { id: "i15c..." }, body: { from: 1_705_312_200_000 } }],
});
export const listInboundPayloads = endpoint({
  key: "inboundPayloads.list", method: "GET", path: "/inbound-payloads", ...manage,
  summary: "What inbound hooks received, newest first",
  query: z.object({ limit: limit(100, 50), cursor, inboundHookId: z.string().min(1).max(64).regex(/^[^\0]*$/).optional(), status: z.enum(payloadStatuses).optional() }),
  answers: { 200: z.object({ payloads: z.array(Payload), ...pageFields }) },
});
export const getInboundPayload = endpoint({
  key: "inboundPayloads.get", method: "GET", path: "/inbound-payloads/:id", ...manage,
  summary: "One payload as it came, and why its rows are in quarantine",
  params,
  answers: { 200: Payload.extend({ contentType: z.string(), body: z.string(), quarantine: z.array(z.object({ row: z.number(), reasons: z.array(Reason) })) }) },
});
export const listInboundPresets = endpoint({
  key: "inboundPresets.list", method: "GET", path: "/inbound-presets", ...manage,
  summary: "Ready mappings to begin with",
  answers: { 200: z.object({ presets: z.array(z.object({ name: z.enum(presetWords), description: z.string(), mapping: Mapping })) }) },
});
