import type { PrivacyMode, SignalType } from "../../collector/wire.ts";

/** What the console's own endpoints answer (`/console/api/*`, cookie session, same origin). */

export interface FeedItem {
  id: string;
  type: SignalType;
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
  person: { contactId: string; name: string | null; email: string | null } | null;
  browser: string | null;
  os: string | null;
  device: string | null;
  fileName: string | null;
  source: string;
  priority: "high" | "medium" | "low";
  /** Why it counts as a bot; null for people. */
  bot: string | null;
}

export interface InstallProblem {
  /** A code of the one error table. */
  code: string;
  origin: string | null;
  message: string;
  at: number;
  count: number;
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

/** Something that the owner has to look at, of the last 24 hours. */
export interface Warning {
  kind: "key.exposed" | "counts.mismatch";
  at: number;
  /** What the kind needs: ids and words, no secrets. */
  detail: Record<string, unknown>;
}

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
