import type { Read, Write } from "../../store/store.ts";
import type { MessageDraftRow, MessageRow, MessageThreadRow } from "../../store/tables-outreach.ts";

/** Where a page goes on: after this row of a list that is sorted by time, then id, newest first. */
export interface Position {
  at: number;
  id: string;
}

interface Page {
  workspaceId: string;
  limit: number;
  after: Position | undefined;
}

export async function selectThreads(db: Read, page: Page & { channel: MessageThreadRow["channel"] | undefined; contactId: string | undefined }): Promise<MessageThreadRow[]> {
  let query = db.selectFrom("message_threads").selectAll().where("workspace_id", "=", page.workspaceId);
  if (page.channel !== undefined) query = query.where("channel", "=", page.channel);
  if (page.contactId !== undefined) query = query.where("contact_id", "=", page.contactId);
  const { after } = page;
  if (after !== undefined) query = query.where((eb) => eb(eb.refTuple("last_message_at", "id"), "<", eb.tuple(after.at, after.id)));
  return query.orderBy("last_message_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
}

export async function findThread(db: Read | Write, workspaceId: string, id: string): Promise<MessageThreadRow | undefined> {
  return db.selectFrom("message_threads").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}

export async function selectMessages(db: Read, page: Page & { threadId: string }): Promise<MessageRow[]> {
  let query = db.selectFrom("messages").selectAll().where("workspace_id", "=", page.workspaceId).where("thread_id", "=", page.threadId);
  const { after } = page;
  if (after !== undefined) query = query.where((eb) => eb(eb.refTuple("sent_at", "id"), "<", eb.tuple(after.at, after.id)));
  return query.orderBy("sent_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
}

export async function selectDrafts(db: Read, workspaceId: string, threadId: string, limit: number): Promise<MessageDraftRow[]> {
  return db.selectFrom("message_drafts").selectAll().where("workspace_id", "=", workspaceId).where("thread_id", "=", threadId).orderBy("id", "desc").limit(limit).execute();
}

export async function insertDraft(tx: Write, row: MessageDraftRow): Promise<void> {
  await tx.insertInto("message_drafts").values(row).execute();
}
