import { type ContactInput, createNewContacts, ensureContact } from "../../api/contacts/index.ts";
import { systemClock } from "../../core/clock.ts";
import { createLog } from "../../core/log.ts";
import type { Store } from "../../store/store.ts";

/** Puts a contact into a workspace, past the API; answers its id. `now` is the test's: ids of one process never sort backwards. */
export async function addContact(store: Store, now: number, workspaceId: string, email: string, more: { tags?: string[]; status?: string; archived?: boolean; title?: string } = {}): Promise<string> {
  return store.write(async (tx) => {
    const { id } = await ensureContact(tx, workspaceId, now, { typed: email, key: email }, { title: more.title }, "test");
    const set = { tags: JSON.stringify(more.tags ?? []), status: more.status ?? "new", archived_at: more.archived === true ? now : null };
    await tx.updateTable("contacts").set(set).where("workspace_id", "=", workspaceId).where("id", "=", id).execute();
    return id;
  });
}

/** Puts contacts into a workspace, in one transaction and the order given. */
export async function addContacts(store: Store, workspaceId: string, inputs: readonly ContactInput[]): Promise<void> {
  const ctx = { workspace: { id: workspaceId, name: "Acme", plan: "unlimited" as const, status: "active" }, actor: { kind: "system" as const, id: "test" }, store, clock: systemClock, log: createLog("silent") };
  await store.write((tx) => createNewContacts(ctx, tx, inputs, "test"));
}
