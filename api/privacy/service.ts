import { normalizeEmail } from "../../core/email.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit } from "../../store/events.ts";
import { enqueue } from "../../store/queue.ts";
import type { Write } from "../../store/store.ts";
import type { PrivacyRequestRow } from "../../store/tables-outreach.ts";
import { findContact } from "../contacts/index.ts";
import { findRequest, insertRequest } from "./queries.ts";

/** Queues a person's request, by an e-mail address, known or not, or by a contact. */
export async function requestPrivacy(ctx: Ctx, tx: Write, kind: PrivacyRequestRow["kind"], subject: { email?: string | undefined; contactId?: string | undefined }) {
  const email = subject.email === undefined ? undefined : normalizeEmail(subject.email);
  if (email && !email.ok) throw invalid("email", "invalid_email", email.message);
  if (subject.contactId !== undefined && !(await findContact(tx, ctx.workspace.id, subject.contactId))) {
    throw new ApiError("NOT_FOUND", { message: "There is no contact with this contactId." });
  }
  const now = ctx.clock.now();
  const row: PrivacyRequestRow = { workspace_id: ctx.workspace.id, id: newId(now), kind, email_key: email?.value ?? null, contact_id: subject.contactId ?? null, status: "queued", error: null, created_at: now, finished_at: null };
  await insertRequest(tx, row);
  await enqueue(tx, { workspaceId: row.workspace_id, kind: `privacy-${kind}`, payload: { requestId: row.id }, runAt: now, now });
  await recordAudit(tx, ctx, `privacy.${kind}_requested`, { requestId: row.id });
  return toRequest(row);
}

export async function getPrivacyRequest(ctx: Ctx, id: string) {
  const row = await findRequest(ctx.store.read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return toRequest(row);
}

function toRequest(row: PrivacyRequestRow) {
  return { id: row.id, kind: row.kind, email: row.email_key, contactId: row.contact_id, status: row.status, error: row.error, createdAt: row.created_at, finishedAt: row.finished_at };
}
