import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { MessageDraftRow, MessageRow, MessageThreadRow } from "../../store/tables-outreach.ts";
import { findThread, insertDraft, type Position, selectDrafts, selectMessages, selectThreads } from "./queries.ts";

const draftsShown = 20;

interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

export async function listThreads(ctx: Ctx, cursors: Cursors, query: PageQuery & { channel?: MessageThreadRow["channel"] | undefined; contactId?: string | undefined }) {
  const bound = [ctx.workspace.id, "threads", query.channel, query.contactId];
  const after = positionOf(cursors, query.cursor, bound);
  const rows = await selectThreads(ctx.store.slow, { workspaceId: ctx.workspace.id, limit: query.limit + 1, after, channel: query.channel, contactId: query.contactId });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.last_message_at, last.id], bound));
  return { threads: page.map((row) => ({ ...toThread(row), messages: row.messages })), ...more };
}

export async function getThread(ctx: Ctx, cursors: Cursors, id: string, query: PageQuery) {
  const thread = await findThread(ctx.store.read, ctx.workspace.id, id);
  if (!thread) throw new ApiError("NOT_FOUND");
  const bound = [ctx.workspace.id, "messages", id];
  const after = positionOf(cursors, query.cursor, bound);
  const rows = await selectMessages(ctx.store.slow, { workspaceId: ctx.workspace.id, threadId: id, limit: query.limit + 1, after });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.sent_at, last.id], bound));
  const drafts = await selectDrafts(ctx.store.slow, ctx.workspace.id, id, draftsShown);
  return { ...toThread(thread), messageCount: thread.messages, messages: page.map(toMessage), drafts: drafts.map(toDraft), ...more };
}

/** Keeps a draft in the thread; sending it is another matter. */
export async function createDraft(ctx: Ctx, tx: Write, threadId: string, input: { subject?: string | undefined; body: string }) {
  const thread = await findThread(tx, ctx.workspace.id, threadId);
  if (!thread) throw new ApiError("NOT_FOUND");
  const now = ctx.clock.now();
  const row: MessageDraftRow = { workspace_id: ctx.workspace.id, id: newId(now), thread_id: threadId, subject: input.subject ?? thread.subject, body: input.body, created_by: `${ctx.actor.kind}:${ctx.actor.id}`, created_at: now };
  await insertDraft(tx, row);
  await recordEvent(tx, ctx, "message.drafted", { threadId, draftId: row.id });
  return toDraft(row);
}

function positionOf(cursors: Cursors, cursor: string | undefined, bound: unknown): Position | undefined {
  if (cursor === undefined) return undefined;
  const [at, id] = cursors.read(cursor, bound);
  return { at: Number(at), id: String(id) };
}

function toThread(row: MessageThreadRow) {
  return { id: row.id, channel: row.channel, contactId: row.contact_id, connectorId: row.connector_id, subject: row.subject, lastMessageAt: row.last_message_at, createdAt: row.created_at };
}

function toMessage(row: MessageRow) {
  return { id: row.id, direction: row.direction, from: row.sender, to: JSON.parse(row.recipients) as string[], subject: row.subject, body: row.body, sentAt: row.sent_at };
}

function toDraft(row: MessageDraftRow) {
  return { id: row.id, threadId: row.thread_id, subject: row.subject, body: row.body, createdAt: row.created_at };
}
