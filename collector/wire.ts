/**
 * What travels between the tag and the collector. The tag imports these types only; the
 * collector's zod schemas (contract.ts) are checked against them, so the two cannot drift.
 * Field names of a signal are the published ones (POST /v1/signals); the rest is additive.
 */

import type { SignalType } from "../core/signal-words.ts";

export type { SignalType };

/** Privacy mode of a key. GPC means `anonymous` at most, whatever the key says. */
export type PrivacyMode = "anonymous" | "consent" | "identified";

/** `data` of a `website_visit`. */
export interface VisitData {
  pageUrl: string;
  referrer?: string;
  title?: string;
  /** BCP 47, `navigator.language`. */
  language?: string;
  /** CSS pixels, `innerWidth x innerHeight`. */
  viewport?: string;
}

/** `data` of a `content_download`. */
export interface DownloadData {
  pageUrl: string;
  fileUrl: string;
  /** As the page names it; else the server makes it out of the address. */
  fileName: string;
  /** Lower case, without the dot; the server makes it out of the name. */
  fileExtension?: string;
  linkText?: string;
  /** The tag is not sure that this is a file: the server decides, and drops it if not. */
  check?: boolean;
}

/** `data` of an outbound click, sent as `custom_webhook` with `source: "website_tracker"`. */
export interface OutboundData {
  event: "outbound_click";
  pageUrl: string;
  targetUrl: string;
}

/** Body of POST /v1/signals as the tag sends it (text/plain, JSON text). Answer: 201 `{data:{signalId, duplicate?}, meta}`. */
export interface SignalWire {
  /** Publishable key. */
  key?: string;
  type: SignalType;
  data: Record<string, unknown>;
  contactId?: string;
  priority?: "high" | "medium" | "low";
  source?: string;
  notes?: string;
  /** Dedupe key, 8–64 chars of [A-Za-z0-9_-]; the same on every retry. */
  messageId?: string;
  /** Only in mode `identified`: first-party id from localStorage, 8–64 chars of [A-Za-z0-9_-]. */
  visitorId?: string;
  sessionId?: string;
  /** Epoch ms by the browser's clock when it happened / when this attempt was sent. */
  occurredAt?: number;
  sentAt?: number;
  /** True when `navigator.globalPrivacyControl` is set: the server then treats the signal as anonymous. */
  gpc?: boolean;
  /** True when `data-force` let an automated or local page through; the bot check still runs. */
  forced?: boolean;
}

/** Body of POST /v1/engagement: cumulative; the server keeps the maximum of each, in any order. Answer: 202 `{data:{accepted:true}}`. */
export interface EngagementWire {
  key?: string;
  /** messageId of the visit. */
  messageId: string;
  /** Visible and focused time so far. */
  engagedMs?: number;
  /** Maximum scroll depth so far, percent; over 100 counts as 100. */
  scrollDepth?: number;
  /** Web vitals: ms, ms, unitless. */
  lcp?: number;
  inp?: number;
  cls?: number;
  sentAt?: number;
}

/** What `identify(person)` may say of somebody. */
export interface PersonWire {
  email?: string;
  contactId?: string;
  firstName?: string;
  lastName?: string;
  company?: string;
  title?: string;
  phone?: string;
}

/** Body of POST /v1/identify. Answer: 202 `{data:{accepted:true}}` for a browser, whoever the person is. */
export interface IdentifyWire {
  key?: string;
  visitorId?: string;
  /** Absent when a link in a mail says who it is. */
  person?: PersonWire;
  /** Hex HMAC-SHA-256(identity secret of the key, lower-cased trimmed email or contactId): proves the claim. With `via: "click"` the link's token. */
  proof?: string;
  /** Set when an opted-in form (`data-gtm-form`) sent it, or a link in a mail (`?owlbound_token=`) led here. */
  via?: "form" | "api" | "click";
  messageId?: string;
  sentAt?: number;
  gpc?: boolean;
}
