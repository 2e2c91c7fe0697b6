import { createHash } from "node:crypto";
import type { z } from "zod";
import { resolveContact } from "../api/contacts/index.ts";
import { type ActiveKey, checkOrigin, type KeyRing, type KeySources, keyText, type NoteExposure, type NoteUse } from "../api/keys/index.ts";
import { type Answer, type Idempotency, type Ledger, type Limiter, type LimitHeaders } from "../api/usage/index.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { ApiError, detailsOf, invalid } from "../core/errors.ts";
import type { Clock } from "../core/clock.ts";
import type { News } from "../core/news.ts";
import type { Log } from "../core/log.ts";
import type { Ctx } from "../store/context.ts";
import type { NewSignal } from "../store/ingest.ts";
import type { Store } from "../store/store.ts";
import { limitBucket } from "../core/address.ts";
import { buildSignal, type Visit } from "./build-signal.ts";
import { BatchInput, type BatchResult, createSignal, createSignals, EngagementInput, IdentifyInput, identifyVisitor, recordEngagement, SignalInput } from "./contract.ts";
import type { DailyCap } from "./daily-cap.ts";
import { receiveIdentify } from "./identify.ts";
import { checkShape } from "../core/json-guard.ts";
import { unclearDryRun } from "../core/query-words.ts";
import { completeTagData } from "./tag-data.ts";
import { companyOfSignal } from "./signal-company.ts";
import type { NetworkLookup } from "./network-lookup.ts";
import type { Problems } from "./problems.ts";
import { refusalOf } from "./problems.ts";
import { raiseEngagement } from "./queries.ts";
import type { SaltOfDay } from "./salts.ts";

export interface CollectorParts {
  store: Store;
  clock: Clock;
  log: Log;
  keys: KeyRing;
  limiter: Limiter;
  ledger: Ledger;
  problems: Problems;
  noteExposure: NoteExposure;
  noteUse: NoteUse;
  idempotency: Idempotency;
  news: News;
  salts: SaltOfDay;
  dailyCap: DailyCap;
  /** Absent unless the operator asked for it. */
  networks: NetworkLookup | undefined;
  /** The instance's own; never used as it is. */
  secret: string;
  /** The secret that proves identify calls of a key. */
  identitySecret(keyId: string): string;
}

/** A request, read but not believed. */
export interface Incoming extends Omit<KeySources, "body"> {
  body: string;
  origin: string | undefined;
  userAgent: string | undefined;
  address: string;
  gpc: boolean;
  country: string | null;
  idempotencyKey: string | undefined;
  /** undefined = it was asked for in a word that says neither yes nor no. */
  dryRun: boolean | undefined;
  requestId: string;
}

export interface Received {
  answer: Answer;
  limits: LimitHeaders | undefined;
}

/** A request whose key, origin and limits are in order. */
interface Admitted {
  parts: CollectorParts;
  from: Incoming;
  key: ActiveKey;
  body: unknown;
  now: number;
}

type Handle = (call: Admitted) => Answer | Promise<Answer>;

/** The collector's endpoints; `api/http` mounts them under both base paths. */
export const collectorRoutes: readonly { endpoint: Endpoint; handle: Handle }[] = [
  { endpoint: createSignal, handle: receiveSignal },
  { endpoint: createSignals, handle: receiveBatch },
  { endpoint: recordEngagement, handle: receiveEngagement },
  { endpoint: identifyVisitor, handle: receiveIdentification },
];

/**
 * The ingest path, top to bottom: key → origin → limits → scope → shape → bot → append → 201 after the commit.
 * Whatever is refused throws an ApiError and is counted by key, hour and reason.
 */
export async function receive(parts: CollectorParts, endpoint: Endpoint, handle: Handle, from: Incoming): Promise<Received> {
  const now = parts.clock.now();
  const body = parseJson(from.body);
  let key: ActiveKey | undefined;
  try {
    key = await parts.keys(keyText({ ...from, body: bodyKey(body) }));
    parts.noteUse(key);
    if (from.origin !== undefined) parts.noteExposure(key, "browser", from.origin);
    checkOrigin(key, from.origin);
    const limits = await parts.limiter.take(key, limitBucket(from.address));
    if (!key.scopes.has(endpoint.access)) throw new ApiError("INSUFFICIENT_SCOPE", { message: `This endpoint needs the scope ${endpoint.access}.` });
    if (body === notJson) throw invalid("", "invalid_json", "The body is not valid JSON.");
    if (from.dryRun === undefined) throw unclearDryRun();
    const call: Admitted = { parts, from, key, body, now };
    const answer =
      from.idempotencyKey === undefined || from.dryRun
        ? await handle(call)
        : await parts.idempotency.once({ workspaceId: key.workspace.id, scope: `POST ${endpoint.path}`, key: from.idempotencyKey, bodyText: from.body, now }, async () => handle(call));
    return { answer, limits };
  } catch (error) {
    if (!key && error instanceof ApiError && error.code === "API_KEY_INVALID") parts.limiter.takeFailure(limitBucket(from.address));
    if (!from.dryRun) parts.problems.refused({ workspaceId: key?.workspace.id ?? "", keyId: key?.id ?? "", origin: from.origin ?? "", ...refusalOf(error) }, now);
    throw forSender(key, error);
  }
}

/** What a publishable key is answered everybody can read: how much the workspace used and may use is not for them. */
function forSender(key: ActiveKey | undefined, error: unknown): unknown {
  return key?.type === "publishable" && error instanceof ApiError && error.code === "INSUFFICIENT_CREDITS" ? new ApiError("INSUFFICIENT_CREDITS") : error;
}

async function receiveSignal(call: Admitted): Promise<Answer> {
  const sent = parse(SignalInput, call.body);
  // The key in the body is the tag's way: no header, so no preflight.
  const input = call.key.type === "publishable" && sent.key !== undefined ? completeTagData(sent) : sent;
  // Between the tag and us only (`data.check`), and so not in the published contract.
  if (!input) return enveloped(call, 200, { signalId: null, ignored: "not_a_file" }, 0);
  const stored = await storeSignal(call, input);
  return enveloped(call, 201, stored.duplicate ? { signalId: stored.signalId, duplicate: true } : { signalId: stored.signalId }, stored.duplicate ? 0 : createSignal.credits);
}

async function receiveBatch(call: Admitted): Promise<Answer> {
  const { signals, sentAt } = parse(BatchInput, call.body);
  const results = await Promise.all(signals.map((signal) => receiveOne(call, signal, sentAt)));
  const accepted = results.filter((result) => result.status === "accepted").length;
  if (!call.from.dryRun) recordFree(call, createSignals.key);
  return enveloped(call, 200, { results }, accepted * createSignal.credits);
}

/**
 * One of a batch: its refusal is its own, also when the store can't hold just this one. A store that can't write at all
 * fails the whole request, so that all is sent again.
 */
async function receiveOne(call: Admitted, signal: unknown, sentAt: number | undefined): Promise<BatchResult> {
  try {
    const input = parse(SignalInput, signal);
    const { signalId, duplicate } = await storeSignal(call, { ...input, sentAt: input.sentAt ?? sentAt });
    return { status: duplicate ? "duplicate" : "accepted", signalId };
  } catch (error) {
    if (error instanceof ApiError && error.status >= 500) throw error;
    if (!(error instanceof ApiError)) call.parts.log.error({ err: error, requestId: call.from.requestId }, "one signal of a batch could not be stored");
    call.parts.problems.refused({ workspaceId: call.key.workspace.id, keyId: call.key.id, origin: call.from.origin ?? "", ...refusalOf(error) }, call.now);
    const told = forSender(call.key, error);
    const refusal = told instanceof ApiError ? told : new ApiError("INTERNAL_ERROR");
    return { status: "rejected", error: { code: refusal.code, message: refusal.message, ...(refusal.details ? { details: [...refusal.details] } : {}) } };
  }
}

async function storeSignal({ parts, from, key, now }: Admitted, input: SignalInput): Promise<{ signalId: string; duplicate: boolean }> {
  const contact = key.type === "secret" && input.contactId !== undefined ? await resolveContact(parts.store.read, key.workspace.id, input.contactId) : undefined;
  if (key.type === "secret" && input.contactId !== undefined && !contact) throw new ApiError("NOT_FOUND", { message: "There is no contact with this contactId." });
  const salt = await parts.salts(now);
  const visit: Visit = { key, receivedAt: now, userAgent: from.userAgent, address: from.address, gpc: from.gpc, country: from.country, salt };
  const signal = buildSignal(input, visit);
  // One that was merged is who it is part of now.
  if (contact) signal.row.contact_id = contact.id;
  // A crash between the commit and the stored answer must not store it twice under the same Idempotency-Key.
  if (from.idempotencyKey !== undefined && signal.row.message_id === null) {
    signal.row.message_id = `idem-${createHash("sha256").update(`${from.idempotencyKey} ${from.body}`).digest("base64url").slice(0, 32)}`;
  }
  if (from.dryRun) return { signalId: signal.row.id, duplicate: false };
  signal.capped = key.capped;
  await parts.dailyCap(key, now);
  if (input.data["company"] !== undefined && signal.row.bot === null) signal.row.company_id = await companyOfSignal(ctxOf(parts, key), key, input.data);
  const stored = await parts.store.append(signal);
  if (parts.networks && key.type === "publishable") seeVisit(parts.networks, ctxOf(parts, key), signal, from.address);
  return stored;
}

/** A duplicate has no session, and bots' networks say nothing. */
function seeVisit(networks: NetworkLookup, ctx: Ctx, { row, visitorMode }: NewSignal, address: string): void {
  const { visitor_id: visitorId, session_id: sessionId } = row;
  if (visitorId !== null && sessionId !== null && row.bot === null) networks.see({ ctx, visitorId, sessionId, address, anonymous: visitorMode === "anonymous" });
}

const ctxOf = (parts: CollectorParts, key: ActiveKey): Ctx => ({ workspace: key.workspace, actor: { kind: "key", id: key.id }, store: parts.store, clock: parts.clock, log: parts.log });

async function receiveEngagement(call: Admitted): Promise<Answer> {
  const input = parse(EngagementInput, call.body);
  if (!call.from.dryRun) {
    await call.parts.store.write((tx) =>
      raiseEngagement(tx, {
        workspace_id: call.key.workspace.id,
        message_id: input.messageId,
        engaged_ms: Math.round(input.engagedMs ?? 0),
        scroll_depth: Math.min(100, Math.round(input.scrollDepth ?? 0)),
        lcp: input.lcp ?? null,
        inp: input.inp ?? null,
        cls: input.cls ?? null,
        updated_at: call.now,
      }),
    );
    recordFree(call, recordEngagement.key);
  }
  return enveloped(call, 202, { accepted: true }, 0);
}

async function receiveIdentification(call: Admitted): Promise<Answer> {
  const { parts, key, from } = call;
  const input = parse(IdentifyInput, call.body);
  if (from.dryRun) return enveloped(call, 202, { accepted: true }, 0);
  const linked = await receiveIdentify(ctxOf(parts, key), key, input, { origin: from.origin, gpc: from.gpc, identitySecret: parts.identitySecret(key.id), secret: parts.secret });
  if (linked.linked) parts.news.tell(key.workspace.id);
  recordFree(call, identifyVisitor.key);
  // A browser learns nothing of who is known.
  if (key.type === "publishable") return enveloped(call, 202, { accepted: true }, 0);
  return enveloped(call, 200, { accepted: true, contactId: linked.contactId, linked: linked.linked }, 0);
}

function recordFree(call: Admitted, capability: string): void {
  call.parts.ledger.record({ workspaceId: call.key.workspace.id, keyId: call.key.id, capability: `api.${capability}`, credits: 0 }, call.now);
}

const notJson = Symbol("not JSON");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

const bodyKey = (body: unknown): unknown => (typeof body === "object" && body !== null && "key" in body ? body.key : undefined);

function parse<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const shape = checkShape(body);
  if (!shape.ok) throw invalid(shape.path.join("."), shape.code, shape.message);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ApiError("VALIDATION_ERROR", { details: detailsOf(result.error) });
}

function enveloped(call: Admitted, status: number, data: unknown, credits: number): Answer {
  const used = call.from.dryRun ? 0 : credits;
  const dryRun = call.from.dryRun ? ',"dryRun":true' : "";
  return { status, body: `{"data":${JSON.stringify(data)},"meta":{"requestId":"${call.from.requestId}","credits":{"used":${used}}${dryRun}}}` };
}
