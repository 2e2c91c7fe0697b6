import { idFloor } from "../../core/id.ts";
import type { Read } from "../../store/store.ts";
import type { IdentityClaimRow, SignalRow, Tables } from "../../store/tables.ts";
import type { EnrollmentRow, MessageRow } from "../../store/tables-outreach.ts";
import type { WorkflowRunRow } from "../../store/tables-runs.ts";
import type { ContactScoreRow } from "../../store/tables-intel.ts";
import type { CompanyMatchRow } from "../../store/tables-people.ts";

/** Rows before a moment (epoch ms), and of that moment those with a smaller id. */
export interface Before {
  at: number;
  id: string;
}

interface Page {
  workspaceId: string;
  contactId: string;
  before: Before | undefined;
  limit: number;
}

/** Ids sort by the moment that they were made: the smallest id that is not before the position. */
function idBefore({ at, id }: Before): string {
  const [floor, next] = [idFloor(at), idFloor(at + 1)];
  const inMoment = id < next ? id : next;
  return inMoment > floor ? inMoment : floor;
}

export async function selectSignals(db: Read, page: Page): Promise<SignalRow[]> {
  let query = db.selectFrom("signals").selectAll().where("workspace_id", "=", page.workspaceId).where("contact_id", "=", page.contactId);
  if (page.before) query = query.where("id", "<", idBefore(page.before));
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export async function selectMessages(db: Read, page: Page): Promise<MessageRow[]> {
  let query = db.selectFrom("messages").selectAll().where("workspace_id", "=", page.workspaceId).where("contact_id", "=", page.contactId);
  const { before } = page;
  if (before) query = query.where((eb) => eb(eb.refTuple("sent_at", "id"), "<", eb.tuple(before.at, before.id)));
  return query.orderBy("sent_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
}

export async function selectRuns(db: Read, page: Page): Promise<WorkflowRunRow[]> {
  let query = db.selectFrom("workflow_runs").selectAll().where("workspace_id", "=", page.workspaceId).where("contact_id", "=", page.contactId);
  if (page.before) query = query.where("id", "<", idBefore(page.before));
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export async function selectEnrollments(db: Read, page: Page): Promise<EnrollmentRow[]> {
  let query = db.selectFrom("enrollments").selectAll().where("workspace_id", "=", page.workspaceId).where("contact_id", "=", page.contactId);
  if (page.before) query = query.where("id", "<", idBefore(page.before));
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** Events of the contact and its visitors; those of enrollments, runs, signals and messages are told by these themselves. */
export async function selectChanges(db: Read, page: Page): Promise<Tables["events"][]> {
  let query = db
    .selectFrom("events")
    .selectAll()
    .where("workspace_id", "=", page.workspaceId)
    .where("contact_id", "=", page.contactId)
    .where((eb) => eb.and(["enrollment.%", "workflow.%", "run.%", "signal.%", "message.%"].map((kind) => eb("kind", "not like", kind))));
  if (page.before) query = query.where("id", "<", idBefore(page.before));
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export async function findCreation(db: Read, workspaceId: string, contactId: string): Promise<string | undefined> {
  const row = await db.selectFrom("events").select("id").where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).where("kind", "=", "contact.created").where("payload", "like", `%${contactId.replaceAll(/[\\%_]/g, "")}%`).orderBy("id").limit(1).executeTakeFirst();
  return row?.id;
}

/** Latest first. */
export async function selectClaims(db: Read, workspaceId: string, contactId: string, emailKey: string | null, limit: number): Promise<IdentityClaimRow[]> {
  const of = (column: "contact_id" | "email_key", value: string) => db.selectFrom("identity_claims").selectAll().where("workspace_id", "=", workspaceId).where(column, "=", value).orderBy("id", "desc").limit(limit).execute();
  const rows = [...(await of("contact_id", contactId)), ...(emailKey === null ? [] : await of("email_key", emailKey))];
  return [...new Map(rows.map((row) => [row.id, row])).values()].toSorted((a, b) => (a.id < b.id ? 1 : -1));
}

export async function selectVisitorIds(db: Read, workspaceId: string, contactId: string, limit: number): Promise<string[]> {
  const rows = await db.selectFrom("visitors").select("id").where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).orderBy("last_seen_at", "desc").orderBy("id").limit(limit).execute();
  return rows.map((row) => row.id);
}

export interface Span {
  count: number;
  firstId: string | null;
  lastId: string | null;
}

/** Signals of a visitor, counted no further than `max`, the latest first. */
export async function spanOfVisitor(db: Read, workspaceId: string, visitorId: string, max: number): Promise<Span> {
  const rows = await db.selectFrom("visitor_signals").select("signal_id").where("workspace_id", "=", workspaceId).where("visitor_id", "=", visitorId).orderBy("signal_id", "desc").limit(max).execute();
  const first = await db.selectFrom("visitor_signals").select("signal_id").where("workspace_id", "=", workspaceId).where("visitor_id", "=", visitorId).orderBy("signal_id").limit(1).executeTakeFirst();
  return { count: rows.length, firstId: first?.signal_id ?? null, lastId: rows[0]?.signal_id ?? null };
}

/** Signals of a contact that name no visitor. */
export async function spanOfDirect(db: Read, workspaceId: string, contactId: string, max: number): Promise<Span> {
  const of = () => db.selectFrom("signals").select("id").where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).where("visitor_id", "is", null);
  const rows = await of().orderBy("id", "desc").limit(max).execute();
  const first = await of().orderBy("id").limit(1).executeTakeFirst();
  return { count: rows.length, firstId: first?.id ?? null, lastId: rows[0]?.id ?? null };
}

export async function selectMatches(db: Read, workspaceId: string, visitorIds: readonly string[], limit: number): Promise<CompanyMatchRow[]> {
  if (visitorIds.length === 0) return [];
  return db.selectFrom("company_matches").selectAll().where("workspace_id", "=", workspaceId).where("visitor_id", "in", visitorIds).orderBy("id", "desc").limit(limit).execute();
}

/** Merges that hold, with who was merged. */
export async function selectMerges(db: Read, workspaceId: string, survivorId: string, limit: number): Promise<{ id: string; at: number; loserIds: string[] }[]> {
  const merges = await db.selectFrom("merges").select(["id", "created_at"]).where("workspace_id", "=", workspaceId).where("survivor_id", "=", survivorId).where("undone_at", "is", null).orderBy("id", "desc").limit(limit).execute();
  if (merges.length === 0) return [];
  const losers = await db.selectFrom("merge_moves").select(["merge_id", "loser_id"]).distinct().where("workspace_id", "=", workspaceId).where("merge_id", "in", merges.map((row) => row.id)).where("what", "=", "contact").execute();
  return merges.map((row) => ({ id: row.id, at: row.created_at, loserIds: losers.filter((loser) => loser.merge_id === row.id).map((loser) => loser.loser_id) }));
}

/** Latest first. */
export async function selectScores(db: Read, workspaceId: string, contactId: string, limit: number): Promise<ContactScoreRow[]> {
  return db.selectFrom("contact_scores").selectAll().where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).orderBy("scored_at", "desc").orderBy("id", "desc").limit(limit).execute();
}

export async function selectEnriched(db: Read, workspaceId: string, contactId: string, limit: number): Promise<Pick<Tables["enrichment_values"], "field" | "provider" | "confidence" | "found_at">[]> {
  return db.selectFrom("enrichment_values").select(["field", "provider", "confidence", "found_at"]).where("workspace_id", "=", workspaceId).where("contact_id", "=", contactId).orderBy("field").orderBy("provider").limit(limit).execute();
}
