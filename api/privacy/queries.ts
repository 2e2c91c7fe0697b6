import type { Read, Write } from "../../store/store.ts";
import type { PrivacyRequestRow } from "../../store/tables-outreach.ts";

export async function insertRequest(tx: Write, row: PrivacyRequestRow): Promise<void> {
  await tx.insertInto("privacy_requests").values(row).execute();
}

export async function findRequest(db: Read, workspaceId: string, id: string): Promise<PrivacyRequestRow | undefined> {
  return db.selectFrom("privacy_requests").selectAll().where("workspace_id", "=", workspaceId).where("id", "=", id).executeTakeFirst();
}
