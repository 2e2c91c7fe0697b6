import type { PrivacyMode } from "../../collector/wire.ts";
import type { StoredType } from "../../core/signal-words.ts";

/** What the console's own endpoints answer (`/console/api/*`, cookie session, same origin). */

export interface Person {
  contactId: string;
  name: string | null;
  email: string | null;
}

/** A step of a run as the live screen shows it. */
export interface StepMark {
  path: string;
  /** As in the workflow: `tag`, `notify` … */
  do: string;
  status: "running" | "waiting" | "completed" | "failed" | "skipped";
  error: string | null;
}

/** A workflow run that a signal started. */
export interface RunMark {
  runId: string;
  signalId: string;
  workflow: string;
  status: "queued" | "running" | "waiting" | "completed" | "failed" | "stopped";
  error: string | null;
  /** Those that began, in that order. */
  steps: StepMark[];
}

export interface FeedItem {
  id: string;
  type: StoredType;
  /** Epoch ms, server clock. */
  receivedAt: number;
  pageUrl: string | null;
  path: string | null;
  title: string | null;
  referrer: string | null;
  referrerKind: "direct" | "internal" | "search" | "social" | "email" | "campaign" | "referral" | "ai" | null;
  referrerName: string | null;
  /** ISO 3166 alpha-2, when a trusted proxy or a lookup file told. */
  country: string | null;
  visitorId: string | null;
  sessionId: string | null;
  known: boolean;
  person: Person | null;
  browser: string | null;
  os: string | null;
  device: string | null;
  fileName: string | null;
  source: string;
  priority: "high" | "medium" | "low";
  /** Why it counts as a bot; null for people. */
  bot: string | null;
  /** What it started, oldest first. */
  runs: RunMark[];
}

/** A visitor who became known: the person of all their signals that had none. */
export interface Identified {
  visitorId: string;
  person: Person;
}

export interface InstallProblem {
  /** A code of the one error table. */
  code: string;
  origin: string | null;
  message: string;
  at: number;
  count: number;
  /** The key that was sent, where it is one of this workspace's. */
  key: { id: string; name: string; allowedOrigins: string[] } | null;
}

export interface InstallStatus {
  state: "waiting" | "receiving" | "problem";
  firstSignalAt: number | null;
  lastSignalAt: number | null;
  problems: InstallProblem[];
}

export interface TagInfo {
  html: string;
  /** The same with an immutable file name and its SRI hash. */
  pinnedHtml: string;
  scriptUrl: string;
  integrity: string;
  key: string;
  keyName: string;
  allowedOrigins: string[];
  mode: PrivacyMode;
}

/** A secret key that still works was seen where everybody can read it. Gone once the key is rotated or revoked. */
export interface KeyWarning {
  kind: "secret_key_exposed";
  keyId: string;
  keyName: string;
  /** `gtm_sk_abcd…wxyz`. */
  keyHint: string;
  place: "browser" | "url" | "body";
  /** Of the page that sent it; the sender's to invent. */
  origin: string | null;
  at: number;
}

/** Counts of a key's hours contradict each other or the signals that are there. Gone once a check finds that they add up, or after 7 days. */
export interface CountsWarning {
  kind: "counts_differ";
  keyId: string;
  keyName: string;
  /** How many hours are concerned; the figures are those of the one found last. */
  hours: number;
  /** Its start, epoch ms. */
  hour: number;
  received: number;
  decided: number;
  stored: number;
  rows: number;
  database: "sqlite" | "postgres";
  at: number;
}

/** A webhook's receiver keeps failing, or the webhook was switched off for it. Gone once something arrives, or a person switches it on. */
export interface WebhookWarning {
  kind: "webhook_failing" | "webhook_disabled";
  webhookId: string;
  /** Of its url; what follows may hold secrets. */
  host: string;
  /** Why it was switched off; null while it is on. */
  reason: string | null;
  failures: number;
  /** Since when tries fail, or when it was switched off. */
  at: number;
}

/** What needs a person's hand besides the tag. */
export type Warning = KeyWarning | CountsWarning | WebhookWarning;

export interface Overview {
  workspace: { id: string; name: string; plan: string };
  tag: TagInfo | null;
  today: {
    total: number;
    known: number;
    visitors: number;
    downloads: number;
    /** Last 24 hours; `at` is the start of the hour, epoch ms UTC. */
    series: { at: number; visits: number; downloads: number }[];
  };
  install: InstallStatus;
  warnings: Warning[];
  counts: { received: number; stored: number; duplicate: number; dropped: Record<string, number> };
}

export interface FeedPage {
  signals: FeedItem[];
  nextCursor: string | null;
}
