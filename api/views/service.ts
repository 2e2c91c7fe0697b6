import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { ContactRow, ViewRow } from "../../store/tables.ts";
import { type Condition, evaluate, rootsOf } from "../conditions/index.ts";
import { toContact } from "../contacts/index.ts";
import { loadFacts, needsOfWhere } from "../runs/index.ts";
import { lookedMax, type View } from "./contract.ts";
import * as queries from "./queries.ts";

const readAtOnce = 200;

interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

export async function listViews(ctx: Ctx, cursors: Cursors, query: PageQuery) {
  const bound = [ctx.workspace.id, "views"];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await queries.selectViews(ctx.store.read, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { views: page.map(toView), ...more };
}

/** Throws VALIDATION_ERROR for a condition on what contacts don't have. */
export async function createView(ctx: Ctx, tx: Write, { name, where }: { name: string; where: Condition }): Promise<View> {
  const now = ctx.clock.now();
  const row = { workspace_id: ctx.workspace.id, id: newId(now), name, condition: textOf(where), created_at: now, updated_at: now };
  await queries.insertView(tx, row);
  await recordAudit(tx, ctx, "view.created", { viewId: row.id });
  return toView(row);
}

export async function getView(ctx: Ctx, id: string): Promise<View> {
  return toView(found(await queries.findView(ctx.store.read, ctx.workspace.id, id)));
}

export async function updateView(ctx: Ctx, tx: Write, id: string, patch: { name?: string | undefined; where?: Condition | undefined }): Promise<View> {
  const old = found(await queries.findView(tx, ctx.workspace.id, id));
  const condition = patch.where === undefined ? old.condition : textOf(patch.where);
  const row = found(await queries.updateViewRow(tx, ctx.workspace.id, id, { name: patch.name ?? old.name, condition, updated_at: ctx.clock.now() }));
  await recordAudit(tx, ctx, "view.updated", { viewId: id });
  return toView(row);
}

export async function deleteView(ctx: Ctx, tx: Write, id: string): Promise<View> {
  const row = found(await queries.deleteViewRow(tx, ctx.workspace.id, id));
  await recordAudit(tx, ctx, "view.deleted", { viewId: id });
  return toView(row);
}

/** Contacts that fulfil the view's condition now, as far as one answer looks; by the evaluator that routes signals and takes branches. */
export async function viewContacts(ctx: Ctx, cursors: Cursors, id: string, query: PageQuery) {
  const { condition } = found(await queries.findView(ctx.store.read, ctx.workspace.id, id));
  const bound = [ctx.workspace.id, "view", id, condition];
  const after = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const { fitting, last, hasMore } = await lookFor(ctx, JSON.parse(condition) as Condition, after, query.limit);
  return { contacts: fitting.map(toContact), hasMore, nextCursor: hasMore && last !== undefined ? cursors.make([last], bound) : null };
}

/** `last` is the contact that was looked at last; whether it fits or not. */
async function lookFor(ctx: Ctx, where: Condition, after: string | undefined, limit: number): Promise<{ fitting: ContactRow[]; last: string | undefined; hasMore: boolean }> {
  const needs = needsOfWhere({ where });
  const now = ctx.clock.now();
  const fitting: ContactRow[] = [];
  let last = after;
  for (let looked = 0; looked < lookedMax; looked += readAtOnce) {
    const page = await queries.selectContactsBefore(ctx.store.slow, { workspaceId: ctx.workspace.id, before: last, limit: readAtOnce });
    for (const [i, contact] of page.entries()) {
      last = contact.id;
      if (evaluate(where, await loadFacts(ctx.store.slow, ctx.workspace.id, now, { contact, signal: undefined }, needs))) fitting.push(contact);
      if (fitting.length === limit) return { fitting, last, hasMore: i + 1 < page.length || page.length === readAtOnce };
    }
    if (page.length < readAtOnce) return { fitting, last, hasMore: false };
  }
  return { fitting, last, hasMore: true };
}

function textOf(where: Condition): string {
  if (rootsOf(where).has("signal")) throw invalid("where", "no_signal", "A view is about contacts: there is no signal to compare. Count signals instead: { count: { type, withinDays }, op, value }.");
  return JSON.stringify(where);
}

function found(row: ViewRow | undefined): ViewRow {
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

function toView(row: ViewRow): View {
  return { id: row.id, name: row.name, where: JSON.parse(row.condition) as Condition, createdAt: row.created_at, updatedAt: row.updated_at };
}
