import { createHash } from "node:crypto";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { checkData } from "../../core/json-guard.ts";
import type { Priority, SocialType } from "../../core/signal-words.ts";
import type { Ctx } from "../../store/context.ts";
import type { NewSignal } from "../../store/ingest.ts";
import type { Write } from "../../store/store.ts";
import { claimSocialKey, contactExists } from "./queries.ts";

const textCharsMax = 2000;
const wordCharsMax = 100;
const urlCharsMax = 2000;

/** What a connector read from a social network; all of it is a stranger's text. */
export interface SocialSignal {
  type: SocialType;
  /** `linkedin`, `x`, … */
  network: string;
  /** The network's own id of it: what is read again is stored once. */
  externalId: string;
  /** Of this workspace; null when it is nobody known. */
  contactId: string | null;
  author?: string | undefined;
  url?: string | undefined;
  text?: string | undefined;
  priority?: Priority | undefined;
  /** Epoch ms; now when the network does not say. */
  occurredAt?: number | undefined;
}

/**
 * Stores a social signal in the caller's transaction, where it is listed, counted and routed like any other. It is charged to nobody.
 * The same network and externalId again answer the first one. Texts are cut, control characters and addresses that are not http(s) left out.
 * Let it come last in the transaction, and call `announce` once that is durable. Throws NOT_FOUND for a contact that is not there.
 * @internal used by tests, and by the connectors that come next.
 */
export async function recordSocialSignal(ctx: Ctx, tx: Write, social: SocialSignal): Promise<{ signalId: string; duplicate: boolean; announce(): void }> {
  if (social.externalId === "" || social.network === "") throw invalid("externalId", "required", "A social signal has a network and an id there.");
  if (social.contactId !== null && !(await contactExists(tx, ctx.workspace.id, social.contactId))) throw new ApiError("NOT_FOUND", { message: "There is no contact with this contactId." });
  const signal = signalOf(ctx, social);
  const owner = await claimSocialKey(tx, ctx.workspace.id, externalKey(social), signal.row.id);
  if (owner !== signal.row.id) return { signalId: owner, duplicate: true, announce: () => undefined };
  return { ...(await ctx.store.appendIn(tx, signal)), duplicate: false };
}

const externalKey = ({ network, externalId }: SocialSignal) => `${plain(network, wordCharsMax).toLowerCase()}:${createHash("sha256").update(externalId).digest("base64url")}`;

function signalOf(ctx: Ctx, social: SocialSignal): NewSignal {
  const now = ctx.clock.now();
  const network = plain(social.network, wordCharsMax).toLowerCase();
  const said = { network, author: optional(social.author, 200), url: webAddress(social.url), text: optional(social.text, textCharsMax) };
  const checked = checkData(Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)));
  if (!checked.ok) throw invalid(["data", ...checked.path].join("."), checked.code, checked.message);
  const none = { notes: null, claimed_contact_id: null, message_id: null, visitor_id: null, session_id: null, clock_flag: null, page_host: null, page_path: null, referrer_kind: null, referrer_name: null, utm: null, browser: null, os: null, device: null, country: null, bot: null, actioned_at: null, company_id: null };
  return {
    visitorMode: "identified",
    capability: "api.signals.create",
    credits: 0,
    bytes: checked.json.length,
    row: {
      workspace_id: ctx.workspace.id,
      id: newId(now),
      type: social.type,
      priority: social.priority ?? "medium",
      source: network,
      data: checked.json,
      contact_id: social.contactId,
      key_id: ctx.actor.id,
      batch_id: "",
      received_at: now,
      // Nothing has happened in the future.
      occurred_at: Math.min(now, Math.max(0, Math.trunc(social.occurredAt ?? now))),
      ...none,
    },
  };
}

const plain = (text: string, max: number) => text.replaceAll(/\p{Cc}+/gu, " ").slice(0, max).toWellFormed();

const optional = (text: string | undefined, max: number) => (text === undefined || text === "" ? undefined : plain(text, max));

function webAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > urlCharsMax) return undefined;
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" ? url.href : undefined;
}
