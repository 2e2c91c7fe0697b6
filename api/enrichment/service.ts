import type { z } from "zod";
import { type EnrichedValue, type EnrichmentField, type EnrichmentPriority, phases } from "../../core/enrichment-words.ts";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import { enqueue } from "../../store/queue.ts";
import type { Read, Write } from "../../store/store.ts";
import type { EnrichmentJobRow } from "../../store/tables-intel.ts";
import { contactExists, findLatestJob, insertJob, isFull, lockContact, selectValues, upsertValue } from "./queries.ts";

const hourMs = 3_600_000;
const freshMs = 30 * 24 * hourMs;
/** Jobs of a workspace that may wait: the queue stays bounded on a server that has nothing to run them. */
const waitingMax = 10_000;
/** The queue goes by time. A priority is a head start, so that nobody waits for ever behind those who came later. */
const headStartMs: Record<EnrichmentPriority, number> = { critical: 24 * hourMs, high: 4 * hourMs, medium: hourMs, low: 0 };
const valueBytesMax = 10_240;

/** The durable queue's kind of these jobs; payload `{ jobId }`. */
export const enrichmentJobKind = "enrich";

export interface Requested {
  jobId: string;
  contactId: string;
  status: EnrichmentJobRow["status"] | "skipped";
  priority: EnrichmentPriority;
  phases: (typeof phases)[number][];
}

/**
 * Queues a contact's enrichment, at most one at a time: while one waits or runs, that one is answered; data of the last 30 days is
 * `skipped` unless `forceRefresh`. `queued` says whether this call made a job (its caller wakes the consumers, or gives credits
 * back). Throws NOT_FOUND, CONTACT_ARCHIVED, QUEUE_FULL.
 */
export async function requestEnrichment(ctx: Ctx, tx: Write, contactId: string, how: { priority: EnrichmentPriority; forceRefresh: boolean }): Promise<{ answer: Requested; queued: boolean }> {
  const workspaceId = ctx.workspace.id;
  const contact = await lockContact(ctx.store, tx, workspaceId, contactId);
  if (!contact) throw new ApiError("NOT_FOUND");
  if (contact.archived_at !== null) throw new ApiError("CONTACT_ARCHIVED");
  const now = ctx.clock.now();
  const last = await findLatestJob(tx, workspaceId, contactId);
  if (last && (last.status === "queued" || last.status === "running")) return { answer: answerOf(last, last.status), queued: false };
  if (last?.status === "completed" && !how.forceRefresh && (last.finished_at ?? 0) > now - freshMs) return { answer: answerOf(last, "skipped"), queued: false };
  if (await isFull(tx, workspaceId, waitingMax)) throw new ApiError("QUEUE_FULL");
  const row: EnrichmentJobRow = {
    workspace_id: workspaceId,
    id: newId(now),
    contact_id: contactId,
    status: "queued",
    priority: how.priority,
    force_refresh: how.forceRefresh ? 1 : 0,
    current_phase: null,
    completed_phases: "[]",
    errors: "[]",
    created_at: now,
    started_at: null,
    finished_at: null,
  };
  await insertJob(tx, row);
  await enqueue(tx, { workspaceId, kind: enrichmentJobKind, payload: { jobId: row.id }, runAt: now - headStartMs[how.priority], now });
  await recordEvent(tx, ctx, "enrichment.queued", { contactId, jobId: row.id });
  return { answer: answerOf(row, "queued"), queued: true };
}

const answerOf = (row: EnrichmentJobRow, status: Requested["status"]): Requested => ({ jobId: row.id, contactId: row.contact_id, status, priority: row.priority, phases: [...phases] });

/** How far the latest job is. Throws NOT_FOUND. */
export async function getEnrichment(ctx: Ctx, contactId: string) {
  const db = ctx.store.read;
  const row = await findLatestJob(db, ctx.workspace.id, contactId);
  if (!row && !(await contactExists(db, ctx.workspace.id, contactId))) throw new ApiError("NOT_FOUND");
  return {
    contactId,
    jobId: row?.id ?? null,
    status: row?.status ?? ("none" as const),
    priority: row?.priority ?? null,
    currentPhase: (row?.current_phase ?? null) as (typeof phases)[number] | null,
    completedPhases: JSON.parse(row?.completed_phases ?? "[]") as (typeof phases)[number][],
    errors: JSON.parse(row?.errors ?? "[]") as { phase: (typeof phases)[number] | null; message: string }[],
    queuedAt: row?.created_at ?? null,
    startedAt: row?.started_at ?? null,
    finishedAt: row?.finished_at ?? null,
  };
}

/** For each field the value that its surest provider found. */
export async function enrichedValues(db: Read | Write, workspaceId: string, contactId: string): Promise<Partial<Record<EnrichmentField, z.infer<typeof EnrichedValue>>>> {
  const values: Partial<Record<EnrichmentField, z.infer<typeof EnrichedValue>>> = {};
  for (const row of await selectValues(db, workspaceId, contactId)) {
    values[row.field] ??= { value: JSON.parse(row.value) as unknown, provider: row.provider, confidence: row.confidence, at: row.found_at };
  }
  return values;
}

/**
 * Writes down what a provider found of a contact; its earlier value of the field goes. A provider's text is data: it is bounded, and
 * a value that can't be stored is refused.
 * @internal used by tests, and by the engines that come next.
 */
export async function saveEnrichedValue(ctx: Ctx, tx: Write, contactId: string, found: { field: EnrichmentField; provider: string; value: unknown; confidence: number }): Promise<void> {
  const value = JSON.stringify(found.value);
  if (value === undefined || Buffer.byteLength(value) > valueBytesMax || value.includes(String.raw`\u0000`)) throw new Error(`${found.provider} answered a value for ${found.field} that can't be stored`);
  if (!(found.confidence >= 0 && found.confidence <= 1)) throw new Error(`${found.provider} answered a confidence that is not within 0 and 1`);
  await upsertValue(tx, { workspace_id: ctx.workspace.id, contact_id: contactId, field: found.field, provider: found.provider, value, confidence: found.confidence, found_at: ctx.clock.now() });
}
