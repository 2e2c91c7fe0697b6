import { z } from "zod";
import { endpoint } from "../../core/endpoint.ts";
import { cursor, flag, id, limit, pageFields, params } from "../../core/query-words.ts";
import { priorities, storedTypes } from "../../core/signal-words.ts";
import { line, text } from "../../core/text-words.ts";

/** Query text to number; a known parameter with a bad value is refused, unknown ones are ignored. */
const epochMs = z.coerce.number().int().min(0).max(8.64e15);

const signalKinds = ["intent", "social"] as const;

export const Signal = z.object({
  id: z.string(),
  /** `intent` came in by the API or the tag, `social` was read from a social network. */
  kind: z.enum(signalKinds),
  type: z.enum(storedTypes),
  priority: z.enum(priorities),
  source: z.string(),
  notes: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  contactId: z.string().nullable(),
  /** What a browser said and nobody proved; nothing acts on it. */
  claimedContactId: z.string().nullable(),
  /** The company that it is of: by its own `data.company`, or by the network of its session. */
  companyId: z.string().nullable(),
  visitorId: z.string().nullable(),
  sessionId: z.string().nullable(),
  messageId: z.string().nullable(),
  /** Epoch ms by the server's clock. */
  receivedAt: z.number(),
  /** Epoch ms, the browser's clock corrected. */
  occurredAt: z.number(),
  createdAt: z.number(),
  clockFlag: z.string().nullable(),
  page: z.object({ host: z.string().nullable(), path: z.string() }).nullable(),
  referrer: z.object({ kind: z.string(), name: z.string().nullable() }).nullable(),
  campaign: z.record(z.string(), z.string()).nullable(),
  browser: z.string().nullable(),
  os: z.string().nullable(),
  device: z.string().nullable(),
  country: z.string().nullable(),
  /** Why it counts as a bot; null for people. */
  bot: z.string().nullable(),
  actioned: z.boolean(),
  actionedAt: z.number().nullable(),
});
export type Signal = z.infer<typeof Signal>;

const Action = z.object({
  note: z.string().nullable(),
  outcome: z.string().nullable(),
  /** Who marked it, e.g. `key:<id>`. */
  by: z.string(),
  at: z.number(),
});

export const SignalDetail = Signal.extend({
  /** Null until the router has seen it. */
  routedAt: z.number().nullable(),
  engagement: z
    .object({ engagedMs: z.number(), scrollDepth: z.number(), lcp: z.number().nullable(), inp: z.number().nullable(), cls: z.number().nullable() })
    .nullable(),
  action: Action.nullable(),
});

export const SignalFilter = z.object({
  kind: z.enum(signalKinds).optional(),
  type: z.enum(storedTypes).optional(),
  priority: z.enum(priorities).optional(),
  limit: limit(100, 50),
  cursor,
  unactioned_only: flag.default(false),
  include_bots: flag.default(false),
  from: epochMs.optional(),
  to: epochMs.optional(),
  contactId: id.optional(),
  companyId: id.optional(),
  visitorId: id.optional(),
});
export type SignalFilter = z.infer<typeof SignalFilter>;

export const listSignals = endpoint({
  key: "signals.list",
  method: "GET",
  path: "/signals",
  access: "signals:read",
  credits: 1,
  summary: "List signals, newest first",
  description: "Signals of bots are left out unless include_bots is true. companyId means those of the company itself and those of its contacts.",
  query: SignalFilter,
  answers: { 200: z.object({ signals: z.array(Signal), ...pageFields }) },
});

export const timeRanges = ["day", "week", "month"] as const;
const counts = (names: readonly string[]) => z.object(Object.fromEntries(names.map((name) => [name, z.number()])));

export const getSignalStats = endpoint({
  key: "signals.stats",
  method: "GET",
  path: "/signals/stats",
  access: "signals:read",
  credits: 0,
  summary: "Signals by type and priority",
  description: "day = the last 24 h, week = 7 days, month = 30 days. Bots are not counted.",
  query: z.object({ time_range: z.enum(timeRanges).default("week") }),
  answers: {
    200: z.object({
      timeRange: z.enum(timeRanges),
      since: z.number(),
      total: z.number(),
      unactioned: z.number(),
      byType: counts(storedTypes),
      byPriority: counts(priorities),
      /** Per hour (day) or per UTC day (week, month); `at` is the start, epoch ms; gaps are zero. */
      series: z.array(z.object({ at: z.number(), total: z.number() })),
    }),
  },
});

export const getSignal = endpoint({
  key: "signals.get",
  method: "GET",
  path: "/signals/:id",
  access: "signals:read",
  credits: 0,
  summary: "One signal",
  params,
  answers: { 200: SignalDetail },
});

const marked = z.object({ signalId: z.string(), actioned: z.boolean(), actionedAt: z.number().nullable(), action: Action.nullable() });

export const actionSignal = endpoint({
  key: "signals.action",
  method: "POST",
  path: "/signals/:id/action",
  access: "signals:write",
  credits: 0,
  summary: "Mark a signal actioned",
  description: "Who did it first, and when, stays; a note or outcome that is sent again replaces the one before.",
  params,
  body: z.strictObject({ note: text(2000).optional(), outcome: line(100).optional() }).optional(),
  answers: { 200: marked },
  examples: [{ params: { id: "s41c..." }, body: { note: "Called, wants a demo", outcome: "meeting" } }],
});

export const unactionSignal = endpoint({
  key: "signals.unaction",
  method: "DELETE",
  path: "/signals/:id/action",
  access: "signals:write",
  credits: 0,
  summary: "Take the mark back; note and outcome go with it",
  params,
  answers: { 200: marked },
});

export const traceSignal = endpoint({
  key: "signals.trace",
  method: "GET",
  path: "/signals/:id/trace",
  access: "signals:read",
  credits: 0,
  summary: "What became of a signal: received, stored, linked, routed, and each workflow run with its steps",
  params,
  answers: {
    200: z.object({
      signalId: z.string(),
      received: z.object({ at: z.number(), occurredAt: z.number(), source: z.string(), keyId: z.string(), clockFlag: z.string().nullable() }),
      /** The commit that made it durable. */
      stored: z.object({ at: z.number().nullable(), batchId: z.string() }),
      linked: z.object({
        contactId: z.string().nullable(),
        claimedContactId: z.string().nullable(),
        visitorId: z.string().nullable(),
        sessionId: z.string().nullable(),
        /** `sent`: a secret key named the contact; `signature`, `form`, `api`: how the visitor was proved to be somebody; null: nobody known. */
        by: z.enum(["sent", "signature", "form", "click", "api"]).nullable(),
        /** When the visitor was linked. */
        at: z.number().nullable(),
      }),
      routed: z.object({ at: z.number() }).nullable(),
      /** Why no run started; null when one did. */
      nothingStarted: z.object({ reason: z.enum(["bot", "not_routed", "unverified", "anonymous", "no_workflow"]), detail: z.string() }).nullable(),
      /** The first 100, in the order in which they were queued. */
      runs: z.array(
        z.object({
          runId: z.string(),
          workflowId: z.string(),
          workflowName: z.string().nullable(),
          workflowVersion: z.number(),
          cause: z.string(),
          status: z.string(),
          error: z.string().nullable(),
          queuedAt: z.number(),
          startedAt: z.number().nullable(),
          finishedAt: z.number().nullable(),
          steps: z.array(z.object({ path: z.string(), do: z.string(), status: z.string(), attempts: z.number(), error: z.string().nullable(), startedAt: z.number(), finishedAt: z.number().nullable() })),
        }),
      ),
    }),
  },
});
