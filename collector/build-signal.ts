import type { ActiveKey } from "../api/keys/index.ts";
import { invalid } from "../core/errors.ts";
import { newId } from "../core/id.ts";
import type { NewSignal } from "../store/ingest.ts";
import type { VisitorRow } from "../store/tables.ts";
import { truncateAddress } from "../core/address.ts";
import { botReason, parseUserAgent } from "./client-hints.ts";
import { correctClock } from "./clock-skew.ts";
import type { SignalInput } from "./contract.ts";
import { checkData } from "../core/json-guard.ts";
import { parsePage } from "./page-url.ts";
import { referrerKind } from "./referrer.ts";
import { anonymousVisitor } from "./visitor-hash.ts";

/** What a request tells beside its body. */
export interface Visit {
  key: Pick<ActiveKey, "type" | "id" | "privacyMode" | "workspace">;
  receivedAt: number;
  userAgent: string | undefined;
  /** The visitor's address by the trusted proxies; truncated before anything is written. */
  address: string;
  /** `Sec-GPC: 1`. */
  gpc: boolean;
  country: string | null;
  salt: Buffer;
}

/** Turns a checked body into the row to store. Throws VALIDATION_ERROR for `data` that may not be stored. */
export function buildSignal(input: SignalInput, visit: Visit): NewSignal {
  const fromBrowser = visit.key.type === "publishable";
  const data = fromBrowser ? withoutSecrets(input.data) : input.data;
  const checked = checkData(data);
  if (!checked.ok) throw invalid(["data", ...checked.path].join("."), checked.code, checked.message);

  const page = textOf(data["pageUrl"]) === undefined ? undefined : parsePage(textOf(data["pageUrl"]) ?? "");
  const referrer = referrerKind(textOf(data["referrer"]), page?.host ?? null, page?.utm);
  const agent = fromBrowser ? parseUserAgent(visit.userAgent) : noAgent;
  const clock = correctClock(visit.receivedAt, input.occurredAt, input.sentAt);
  const visitor = visitorOf(input, visit, fromBrowser);
  const id = newId(visit.receivedAt);

  return {
    visitorMode: visitor.mode,
    capability: "api.signals.create",
    credits: 1,
    bytes: checked.json.length + 600,
    row: {
      workspace_id: visit.key.workspace.id,
      id,
      type: input.type,
      priority: input.priority ?? "medium",
      source: input.source ?? "api",
      notes: input.notes ?? null,
      data: checked.json,
      contact_id: fromBrowser ? null : (input.contactId ?? null),
      claimed_contact_id: fromBrowser ? (input.contactId ?? null) : null,
      message_id: input.messageId ?? null,
      visitor_id: visitor.id,
      session_id: null,
      key_id: visit.key.id,
      batch_id: "",
      received_at: visit.receivedAt,
      occurred_at: clock.occurredAt,
      clock_flag: clock.flag,
      page_host: page?.host ?? null,
      page_path: page?.path ?? null,
      referrer_kind: page === undefined && referrer.kind === "direct" ? null : referrer.kind,
      referrer_name: referrer.name,
      utm: page === undefined ? null : campaignOf(page),
      browser: agent.browser,
      os: agent.os,
      device: fromBrowser ? agent.device : null,
      country: visit.country,
      bot: fromBrowser ? botReason(visit.userAgent, "browser") : null,
      actioned_at: null,
      company_id: null,
    },
  };
}

const noAgent = { browser: null, os: null, device: null } as const;

/**
 * Whose visit it is. A first-party id counts only where the key's mode allows people to be known and the visitor did
 * not object (GPC); otherwise the visitor is today's keyed hash. Servers name the visitor themselves or nobody.
 */
function visitorOf(input: SignalInput, visit: Visit, fromBrowser: boolean): { id: string | null; mode: VisitorRow["mode"] } {
  if (!fromBrowser) return { id: input.visitorId ?? null, mode: "identified" };
  const mayKnow = visit.key.privacyMode !== "anonymous" && !visit.gpc && input.gpc !== true;
  if (mayKnow && input.visitorId !== undefined) return { id: input.visitorId, mode: "identified" };
  const id = anonymousVisitor({
    salt: visit.salt,
    keyId: visit.key.id,
    truncatedAddress: truncateAddress(visit.address),
    userAgent: visit.userAgent ?? "",
  });
  return { id, mode: "anonymous" };
}

const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

/** The tag strips secrets from URLs; copies of old tags and other senders do not. */
function withoutSecrets(data: Record<string, unknown>): Record<string, unknown> {
  let cleaned = data;
  for (const name of ["pageUrl", "referrer", "fileUrl", "targetUrl"]) {
    const url = data[name];
    if (typeof url !== "string") continue;
    const { cleanUrl } = parsePage(url);
    if (cleanUrl !== url) cleaned = { ...cleaned, [name]: cleanUrl };
  }
  return cleaned;
}

function campaignOf(page: ReturnType<typeof parsePage>): string | null {
  const { utm, clickId } = page;
  const found = Object.entries(utm).filter(([, value]) => value !== null);
  if (clickId) found.push(["clickId", clickId.kind]);
  return found.length === 0 ? null : JSON.stringify(Object.fromEntries(found));
}
