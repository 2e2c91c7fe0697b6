import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { TaskRow } from "../../store/tables-runs.ts";
import type { Task } from "./contract.ts";
import { findTask, insertTask, selectTasks, updateTaskRow } from "./queries.ts";

/** Asks people to do something, in the caller's transaction; answers its id. */
export async function createTask(ctx: Ctx, tx: Write, input: Pick<TaskRow, "contact_id" | "kind" | "title" | "notes" | "source" | "source_id">): Promise<string> {
  const now = ctx.clock.now();
  const id = newId(now);
  await insertTask(tx, { workspace_id: ctx.workspace.id, id, ...input, status: "open", created_at: now, updated_at: now, closed_at: null, closed_by: null });
  await recordEvent(tx, ctx, "task.created", { taskId: id, contactId: input.contact_id });
  return id;
}

export async function listTasks(ctx: Ctx, cursors: Cursors, { limit, cursor, ...filter }: { limit: number; cursor?: string | undefined; status?: TaskRow["status"] | undefined; contactId?: string | undefined }) {
  const bound = [ctx.workspace.id, "tasks", filter.status, filter.contactId];
  const before = cursor === undefined ? undefined : String(cursors.read(cursor, bound)[0]);
  const rows = await selectTasks(ctx.store.slow, { workspaceId: ctx.workspace.id, limit: limit + 1, before, status: filter.status, contactId: filter.contactId });
  const { page, ...more } = pageOf(rows, limit, (last) => cursors.make([last.id], bound));
  return { tasks: page.map(toTask), ...more };
}

export async function getTask(ctx: Ctx, id: string): Promise<Task> {
  return toTask(found(await findTask(ctx.store.read, ctx.workspace.id, id)));
}

/** Closing it again changes nothing of when it was closed. */
export async function updateTask(ctx: Ctx, tx: Write, id: string, patch: { status?: TaskRow["status"] | undefined; title?: string | undefined; notes?: string | null | undefined }): Promise<Task> {
  const old = found(await findTask(tx, ctx.workspace.id, id));
  const now = ctx.clock.now();
  const { status = old.status, title = old.title, notes = old.notes } = patch;
  const closed = status === "open" ? { closed_at: null, closed_by: null } : old.closed_at === null ? { closed_at: now, closed_by: `${ctx.actor.kind}:${ctx.actor.id}` } : {};
  const row = found(await updateTaskRow(tx, ctx.workspace.id, id, { status, title, notes, ...closed, updated_at: now }));
  if (status !== old.status) await recordEvent(tx, ctx, status === "open" ? "task.reopened" : "task.closed", { taskId: id, contactId: row.contact_id });
  return toTask(row);
}

function found(row: TaskRow | undefined): TaskRow {
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    contactId: row.contact_id,
    kind: row.kind,
    title: row.title,
    notes: row.notes,
    status: row.status,
    source: row.source,
    sourceId: row.source_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    closedAt: row.closed_at,
  };
}
