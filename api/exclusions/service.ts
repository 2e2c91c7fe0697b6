import type { Cursors } from "../../core/cursor.ts";
import { normalizeEmail } from "../../core/email.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import type { ExclusionRule } from "../../core/exclusion-words.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import { domainKey, type Opposed, suppressionDigest } from "../../core/suppression.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { OutreachTables, SuppressionRow } from "../../store/tables-outreach.ts";
import { checkDomains, endEnrollments } from "../sequences/index.ts";
import * as queries from "./queries.ts";

interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

export async function listExclusions(ctx: Ctx, cursors: Cursors, query: PageQuery) {
  const bound = [ctx.workspace.id, "exclusions"];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await queries.selectExclusions(ctx.store.read, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { exclusions: page.map(toExclusion), ...more };
}

export async function createExclusion(ctx: Ctx, tx: Write, { rule, note }: { rule: ExclusionRule; note?: string | undefined }) {
  checkDomains([rule], "rule");
  const now = ctx.clock.now();
  const row = { workspace_id: ctx.workspace.id, id: newId(now), rule: JSON.stringify(rule), note: note ?? null, created_at: now };
  await queries.insertExclusion(tx, row);
  await recordAudit(tx, ctx, "exclusion.created", { exclusionId: row.id, rule: rule.rule });
  return toExclusion(row);
}

export async function deleteExclusion(ctx: Ctx, tx: Write, id: string) {
  const row = await queries.deleteExclusion(tx, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  await recordAudit(tx, ctx, "exclusion.deleted", { exclusionId: id });
  return toExclusion(row);
}

export async function listSuppressions(ctx: Ctx, cursors: Cursors, query: PageQuery) {
  const bound = [ctx.workspace.id, "suppressions"];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await queries.selectSuppressions(ctx.store.read, { workspaceId: ctx.workspace.id, limit: query.limit + 1, before });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { suppressions: page.map(toSuppression), ...more };
}

/** Opts out for good, and stops what runs for whom it concerns, in one transaction. `isNew` is false when it was there. */
export async function createSuppression(ctx: Ctx, tx: Write, input: { email?: string | undefined; domain?: string | undefined; reason?: string | undefined }) {
  const { kind, value } = opposed(input);
  const now = ctx.clock.now();
  const workspaceId = ctx.workspace.id;
  const digest = suppressionDigest(workspaceId, { kind, value });
  const { row, isNew } = await queries.ensureSuppression(tx, { workspace_id: workspaceId, id: newId(now), kind, digest, value, reason: input.reason ?? null, created_at: now });
  let stopped = 0;
  for (const contactId of await queries.selectEnrolledContacts(tx, workspaceId, { kind, value })) stopped += await endEnrollments(tx, ctx, contactId, "suppressed");
  if (isNew) await recordAudit(tx, ctx, "suppression.created", { suppressionId: row.id, kind });
  return { isNew, data: { ...toSuppression(row), enrollmentsStopped: stopped } };
}

export async function deleteSuppression(ctx: Ctx, tx: Write, id: string) {
  const row = await queries.deleteSuppression(tx, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  await recordAudit(tx, ctx, "suppression.deleted", { suppressionId: id, kind: row.kind });
  return toSuppression(row);
}

function opposed(input: { email?: string | undefined; domain?: string | undefined }): Opposed {
  if (input.email !== undefined) {
    const email = normalizeEmail(input.email);
    if (!email.ok) throw invalid("email", "invalid_email", email.message);
    return { kind: "email", value: email.value };
  }
  const value = domainKey(input.domain ?? "");
  if (value === undefined) throw invalid("domain", "invalid_domain", "This is no domain of an e-mail address. Write it like example.com");
  return { kind: "domain", value };
}

function toExclusion(row: OutreachTables["exclusions"]) {
  return { id: row.id, rule: JSON.parse(row.rule) as ExclusionRule, note: row.note, createdAt: row.created_at };
}

function toSuppression(row: SuppressionRow) {
  return { id: row.id, kind: row.kind, value: row.value, reason: row.reason, createdAt: row.created_at };
}
