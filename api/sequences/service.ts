import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import type { ExclusionRule } from "../../core/exclusion-words.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import { domainKey } from "../../core/suppression.ts";
import { findAuthored, insertAuthored, lockAuthored, saveAuthored, type Saved, selectAuthored } from "../../store/authored.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { AuthoredRow } from "../../store/tables-outreach.ts";
import type { z } from "zod";
import { Definition, type SequenceInput, type SequencePatch } from "./contract.ts";
import { countEnrollments, stopEnrollments } from "./queries.ts";

/** What a sequence says where its author did not: office hours, and mail servers' patience. */
const usual: Definition = {
  mailbox: null,
  steps: [],
  window: { days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00", zone: "contact" },
  dailyCap: 50,
  minGapMinutes: 5,
  exclusions: [],
  stopOnReply: true,
  postalAddress: null,
};

export async function listSequences(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined; status?: AuthoredRow["status"] | undefined; include_archived: boolean }) {
  const bound = [ctx.workspace.id, "sequences", query.status, query.include_archived];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectAuthored(ctx.store.slow, "sequences", { workspaceId: ctx.workspace.id, limit: query.limit + 1, before, status: query.status, includeArchived: query.include_archived });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { sequences: page.map(toSummary), ...more };
}

export async function getSequence(ctx: Ctx, id: string) {
  const row = await findAuthored(ctx.store.read, "sequences", ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  const enrollments = { active: 0, paused: 0, completed: 0, stopped: 0 };
  for (const { status, n } of await countEnrollments(ctx.store.slow, ctx.workspace.id, id)) enrollments[status] = n;
  return { ...toSequence(row), enrollments };
}

export async function createSequence(ctx: Ctx, tx: Write, { name, ...given }: z.output<typeof SequenceInput>) {
  const now = ctx.clock.now();
  const definition = Definition.parse({ ...usual, ...given });
  checkDomains(definition.exclusions, "exclusions");
  const row: Saved = { workspace_id: ctx.workspace.id, id: newId(now), name, status: "draft", version: 1, created_at: now, updated_at: now, archived_at: null, definition: JSON.stringify(definition) };
  await insertAuthored(tx, "sequences", row);
  await note(ctx, tx, row, "sequence.created");
  return toSequence(row);
}

export async function updateSequence(ctx: Ctx, tx: Write, id: string, { name, ...given }: SequencePatch) {
  const row = assertInUse(await lockSequence(tx, ctx.workspace.id, id));
  const definition = Definition.parse({ ...definitionOf(row), ...given });
  checkDomains(definition.exclusions, "exclusions");
  if (row.status === "active" && definition.steps.length > 0) assertSendable(definition);
  const saved = await saveAuthored(tx, "sequences", row, { ...(name === undefined ? {} : { name }), definition: JSON.stringify(definition) }, ctx.clock.now());
  await note(ctx, tx, saved, "sequence.updated");
  return toSequence(saved);
}

/** Puts a sequence to work, or holds it; doing it again changes nothing. */
export async function setSequenceStatus(ctx: Ctx, tx: Write, id: string, status: "active" | "paused") {
  const row = assertInUse(await lockSequence(tx, ctx.workspace.id, id));
  if (row.status === status) return toSequence(row);
  if (status === "paused" && row.status === "draft") throw new ApiError("SEQUENCE_INACTIVE");
  if (status === "active") {
    const definition = definitionOf(row);
    if (!definition.steps.some((step) => step.type !== "wait")) throw new ApiError("SEQUENCE_HAS_NO_STEPS");
    assertSendable(definition);
  }
  const saved = await saveAuthored(tx, "sequences", row, { status }, ctx.clock.now());
  await note(ctx, tx, saved, status === "active" ? "sequence.activated" : "sequence.paused");
  return toSequence(saved);
}

/** Takes a sequence out of use and stops its enrollments; doing it again changes nothing. */
export async function archiveSequence(ctx: Ctx, tx: Write, id: string) {
  const row = await lockSequence(tx, ctx.workspace.id, id);
  if (row.archived_at !== null) return toSequence(row);
  const now = ctx.clock.now();
  const saved = await saveAuthored(tx, "sequences", row, { archived_at: now, status: row.status === "draft" ? "draft" : "paused" }, now);
  const stopped = await stopEnrollments(tx, ctx.workspace.id, { sequenceId: id }, "sequence_archived", now);
  await note(ctx, tx, saved, "sequence.archived", { enrollmentsStopped: stopped.length });
  return toSequence(saved);
}

/** Refuses domains that no e-mail address can have. */
export function checkDomains(rules: readonly ExclusionRule[], path: string): void {
  for (const [i, rule] of rules.entries()) {
    const wrong = rule.rule === "domain" ? rule.domains.findIndex((domain) => domainKey(domain) === undefined) : -1;
    if (wrong >= 0) throw invalid(`${path}.${i}.domains.${wrong}`, "invalid_domain", "This is no domain of an e-mail address. Write it like example.com");
  }
}

/** Security row 33: no mail goes out without a sender and a postal address. */
function assertSendable(definition: Definition): void {
  if (!definition.steps.some((step) => step.type === "email")) return;
  if (definition.postalAddress === null) throw invalid("postalAddress", "required_to_activate", "Set postalAddress: a mail has to say where its sender lives.");
  if (definition.mailbox === null) throw invalid("mailbox", "required_to_activate", "Set mailbox to the id of the connector that sends the mail.");
}

async function lockSequence(tx: Write, workspaceId: string, id: string): Promise<Saved> {
  const row = await lockAuthored(tx, "sequences", workspaceId, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

function assertInUse(row: Saved): Saved {
  if (row.archived_at !== null) throw new ApiError("NOT_FOUND", { message: "The sequence is archived. Create a new one." });
  return row;
}

async function note(ctx: Ctx, tx: Write, row: AuthoredRow, kind: string, more: Record<string, unknown> = {}): Promise<void> {
  const detail = { sequenceId: row.id, version: row.version, ...more };
  await recordEvent(tx, ctx, kind, detail);
  await recordAudit(tx, ctx, kind, detail);
}

export const definitionOf = (row: Saved): Definition => JSON.parse(row.definition) as Definition;

export async function getSequenceRow(db: Read | Write, workspaceId: string, id: string): Promise<Saved> {
  const row = await findAuthored(db, "sequences", workspaceId, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

export function toSummary(row: AuthoredRow) {
  return { id: row.id, name: row.name, status: row.status, version: row.version, createdAt: row.created_at, updatedAt: row.updated_at, archivedAt: row.archived_at };
}

const toSequence = (row: Saved) => ({ ...toSummary(row), ...definitionOf(row) });
