import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import { idTime } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { findContact } from "../contacts/index.ts";
import { type TimelineEntry, timelineKinds } from "./contract.ts";
import { type Before, selectChanges, selectEnrollments, selectMessages, selectRuns, selectSignals } from "./queries.ts";

type Kind = (typeof timelineKinds)[number];
type Source = (ctx: Ctx, contactId: string, before: Before | undefined, limit: number) => Promise<TimelineEntry[]>;

const bodyShown = 200;

/** What happened with a contact, newest first: each kind is read by its own index, no further than the page needs. Throws NOT_FOUND. */
export async function getTimeline(ctx: Ctx, cursors: Cursors, contactId: string, query: { limit: number; cursor?: string | undefined; kind?: readonly Kind[] | undefined }) {
  if (!(await findContact(ctx.store.read, ctx.workspace.id, contactId))) throw new ApiError("NOT_FOUND");
  const kinds = timelineKinds.filter((kind) => query.kind === undefined || query.kind.includes(kind));
  const bound = [ctx.workspace.id, "timeline", contactId, kinds];
  const position = query.cursor === undefined ? undefined : cursors.read(query.cursor, bound);
  const before = position && { at: Number(position[0]), id: String(position[1]) };
  const found = await Promise.all(kinds.map((kind) => sources[kind](ctx, contactId, before, query.limit + 1)));
  const entries = found.flat().toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  const { page, ...more } = pageOf(entries, query.limit, (last) => cursors.make([last.at, last.id], bound));
  return { entries: page, ...more };
}

const pageFor = (ctx: Ctx, contactId: string, before: Before | undefined, limit: number) => ({ workspaceId: ctx.workspace.id, contactId, before, limit });
const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

/** `at` is the moment that a source is sorted by: where that is the id, the moment that the id was made at. */
const sources: Record<Kind, Source> = {
  signal: async (ctx, ...page) =>
    (await selectSignals(ctx.store.slow, pageFor(ctx, ...page))).map((row) => ({
      kind: "signal",
      id: row.id,
      at: idTime(row.id),
      what: row.type,
      detail: { priority: row.priority, source: row.source, visitorId: row.visitor_id, companyId: row.company_id, page: row.page_path, bot: row.bot, data: json(row.data) },
    })),
  message: async (ctx, ...page) =>
    (await selectMessages(ctx.store.slow, pageFor(ctx, ...page))).map((row) => ({
      kind: "message",
      id: row.id,
      at: row.sent_at,
      what: row.direction,
      detail: { threadId: row.thread_id, from: row.sender, subject: row.subject, body: [...row.body].slice(0, bodyShown).join("") },
    })),
  run: async (ctx, ...page) =>
    (await selectRuns(ctx.store.slow, pageFor(ctx, ...page))).map((row) => ({
      kind: "run",
      id: row.id,
      at: idTime(row.id),
      what: row.status,
      detail: { workflowId: row.workflow_id, signalId: row.signal_id, cause: row.cause, error: row.error, finishedAt: row.finished_at },
    })),
  enrollment: async (ctx, ...page) =>
    (await selectEnrollments(ctx.store.slow, pageFor(ctx, ...page))).map((row) => ({
      kind: "enrollment",
      id: row.id,
      at: idTime(row.id),
      what: row.status,
      detail: { sequenceId: row.sequence_id, currentStep: row.current_step, endReason: row.end_reason, endedAt: row.ended_at },
    })),
  change: async (ctx, ...page) => (await selectChanges(ctx.store.slow, pageFor(ctx, ...page))).map((row) => ({ kind: "change", id: row.id, at: idTime(row.id), what: row.kind, detail: json(row.payload) })),
};
