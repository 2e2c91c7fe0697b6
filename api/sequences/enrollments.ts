import type { Cursors } from "../../core/cursor.ts";
import { ApiError } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import { getDefinition } from "../../store/authored.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { AuthoredRow, EnrollmentRow } from "../../store/tables-outreach.ts";
import { checkContacts } from "./checks.ts";
import type { Definition, Enrollment, Window } from "./contract.ts";
import { changeEnrollment, findEnrollment, insertEnrollment, lockContact, lockEnrollment, selectEnrollments, stopEnrollments } from "./queries.ts";
import { definitionOf, getSequenceRow } from "./service.ts";
import { nextInWindow, nextStep } from "./window.ts";

/** Enrolls a contact; the first check that fails says why not. A second one at the same moment finds the first: ALREADY_ENROLLED. */
export async function enroll(ctx: Ctx, tx: Write, sequenceId: string, input: { contactId: string; source?: string | undefined }) {
  const now = ctx.clock.now();
  const workspaceId = ctx.workspace.id;
  await lockContact(ctx.store, tx, workspaceId, input.contactId);
  const sequence = await getSequenceRow(tx, workspaceId, sequenceId);
  const definition = definitionOf(sequence);
  const checks = (await checkContacts(tx, sequence, definition, [input.contactId], now)).get(input.contactId) ?? [];
  const failed = checks.find(({ ok }) => !ok);
  if (failed?.code === "NOT_FOUND") throw new ApiError("NOT_FOUND", { message: "There is no contact with this contactId." });
  if (failed?.code) throw new ApiError(failed.code, { details: (failed.reasons ?? []).map((reason) => ({ path: "contactId", ...reason })) });
  const next = nextStep(definition.steps, 0, now, definition.window, zoneOf(definition.window));
  if (!next) throw new ApiError("SEQUENCE_HAS_NO_STEPS");
  const row: EnrollmentRow = {
    workspace_id: workspaceId,
    id: newId(now),
    sequence_id: sequenceId,
    version: sequence.version,
    contact_id: input.contactId,
    status: "active",
    current_step: next.step,
    next_step_at: next.at,
    source: input.source ?? "api",
    end_reason: null,
    created_at: now,
    updated_at: now,
    ended_at: null,
  };
  if (!(await insertEnrollment(tx, row))) throw new ApiError("ALREADY_ENROLLED");
  await note(ctx, tx, "enrollment.created", row);
  return { enrollmentId: row.id, sequenceId, contactId: row.contact_id, status: row.status, currentStep: row.current_step, nextStepAt: row.next_step_at };
}

/** What enrolling each contact would answer; nothing is written. */
export async function checkEligibility(ctx: Ctx, sequenceId: string, contactIds: readonly string[]) {
  const sequence = await getSequenceRow(ctx.store.read, ctx.workspace.id, sequenceId);
  const wanted = [...new Set(contactIds)];
  const checked = await checkContacts(ctx.store.read, sequence, definitionOf(sequence), wanted, ctx.clock.now());
  const results = [...checked].map(([contactId, checks]) => ({ contactId, eligible: checks.every(({ ok }) => ok), checks }));
  return { sequenceId, results };
}

export async function listEnrollments(ctx: Ctx, cursors: Cursors, sequenceId: string, query: { limit: number; cursor?: string | undefined; status?: EnrollmentRow["status"] | undefined }) {
  const sequence = await getSequenceRow(ctx.store.read, ctx.workspace.id, sequenceId);
  const bound = [ctx.workspace.id, "enrollments", sequenceId, query.status];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectEnrollments(ctx.store.slow, { workspaceId: ctx.workspace.id, sequenceId, limit: query.limit + 1, before, status: query.status });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { enrollments: page.map((row) => toEnrollment(row, sequence)), ...more };
}

export async function getEnrollment(ctx: Ctx, id: string): Promise<Enrollment> {
  const row = await findEnrollment(ctx.store.read, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return toEnrollment(row, await getSequenceRow(ctx.store.read, ctx.workspace.id, row.sequence_id));
}

/** Pauses, resumes or stops. Stopping again changes nothing; what has ended can't go on. */
export async function updateEnrollment(ctx: Ctx, tx: Write, id: string, { status, reason }: { status: "active" | "paused" | "stopped"; reason?: string | undefined }): Promise<Enrollment> {
  const row = await lockEnrollment(tx, ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const sequence = await getSequenceRow(tx, ctx.workspace.id, row.sequence_id);
  if (row.status === status) return toEnrollment(row, sequence);
  if (row.ended_at !== null) throw new ApiError("ENROLLMENT_ENDED");
  const changed = await changeEnrollment(tx, row, await changeTo(ctx, tx, row, status, reason));
  await note(ctx, tx, status === "active" ? "enrollment.resumed" : `enrollment.${status}`, changed);
  return toEnrollment(changed, sequence);
}

async function changeTo(ctx: Ctx, tx: Write, row: EnrollmentRow, status: "active" | "paused" | "stopped", reason: string | undefined): Promise<Partial<EnrollmentRow>> {
  const now = ctx.clock.now();
  if (status === "stopped") return { status, updated_at: now, ended_at: now, next_step_at: null, end_reason: reason ?? "stopped" };
  if (status === "paused") return { status, updated_at: now };
  // What came due while it was held is done next, in the window of its own version; what had to wait still waits.
  const { window } = JSON.parse(await getDefinition(tx, "sequences", row.workspace_id, row.sequence_id, row.version)) as Definition;
  const due = row.next_step_at ?? now;
  return { status, updated_at: now, next_step_at: due >= now ? due : nextInWindow(now, window, zoneOf(window)) };
}

/** Stops every running enrollment of a contact, or those in one sequence, in the caller's transaction (archived, opted out, merged away); answers how many. */
export async function endEnrollments(tx: Write, ctx: Ctx, contactId: string, reason: string, sequenceId?: string): Promise<number> {
  const stopped = await stopEnrollments(tx, ctx.workspace.id, { contactId, sequenceId }, reason, ctx.clock.now());
  for (const row of stopped) await note(ctx, tx, "enrollment.stopped", row);
  return stopped.length;
}

/** Where a contact lives is not known yet. */
const zoneOf = (window: Window) => (window.zone === "contact" ? (window.fallbackZone ?? "UTC") : window.zone);

async function note(ctx: Ctx, tx: Write, kind: string, row: Pick<EnrollmentRow, "id" | "sequence_id" | "contact_id">): Promise<void> {
  await recordEvent(tx, ctx, kind, { enrollmentId: row.id, sequenceId: row.sequence_id, contactId: row.contact_id });
}

export function toEnrollment(row: EnrollmentRow, sequence: AuthoredRow): Enrollment {
  const moving = row.status === "active" && sequence.status === "active";
  return {
    id: row.id,
    sequenceId: row.sequence_id,
    sequenceVersion: row.version,
    contactId: row.contact_id,
    status: row.status,
    currentStep: row.current_step,
    nextStepAt: moving ? row.next_step_at : null,
    source: row.source,
    endReason: row.end_reason,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
  };
}
