import type { z } from "zod";
import type { Cursors } from "../../core/cursor.ts";
import { ApiError, invalid } from "../../core/errors.ts";
import { newId } from "../../core/id.ts";
import { pageOf } from "../../core/page.ts";
import { assertReachable, type SafeFetch } from "../../core/safe-fetch.ts";
import { findAuthored, insertAuthored, lockAuthored, saveAuthored, type Saved, selectAuthored } from "../../store/authored.ts";
import type { Ctx } from "../../store/context.ts";
import { recordAudit, recordEvent } from "../../store/events.ts";
import type { Read, Write } from "../../store/store.ts";
import type { AuthoredRow } from "../../store/tables-outreach.ts";
import { Definition, type Step, type WorkflowInput, type WorkflowPatch } from "./contract.ts";
import { bumpMark, type Named, releaseRuns, saveSchedule, selectNamed, stopRuns } from "./queries.ts";
import { nextRunAt, scheduleFault } from "./schedule.ts";
import { allSteps } from "./steps.ts";
import { templateFaults } from "./templates.ts";

const usual = { where: null, steps: [], cooldownHours: 24, acceptUnverified: false } as const;

export async function listWorkflows(ctx: Ctx, cursors: Cursors, query: { limit: number; cursor?: string | undefined; status?: AuthoredRow["status"] | undefined; include_archived: boolean }) {
  const bound = [ctx.workspace.id, "workflows", query.status, query.include_archived];
  const before = query.cursor === undefined ? undefined : String(cursors.read(query.cursor, bound)[0]);
  const rows = await selectAuthored(ctx.store.slow, "workflows", { workspaceId: ctx.workspace.id, limit: query.limit + 1, before, status: query.status, includeArchived: query.include_archived });
  const { page, ...more } = pageOf(rows, query.limit, (last) => cursors.make([last.id], bound));
  return { workflows: page.map(toSummary), ...more };
}

export async function getWorkflow(ctx: Ctx, id: string) {
  return toWorkflow(await getWorkflowRow(ctx.store.read, ctx.workspace.id, id));
}

export async function createWorkflow(ctx: Ctx, tx: Write, { name, ...given }: z.output<typeof WorkflowInput>) {
  const now = ctx.clock.now();
  const definition = Definition.parse({ ...usual, ...given });
  assertSound(definition, now);
  const row: Saved = { workspace_id: ctx.workspace.id, id: newId(now), name, status: "draft", version: 1, created_at: now, updated_at: now, archived_at: null, definition: JSON.stringify(definition) };
  await insertAuthored(tx, "workflows", row);
  await note(ctx, tx, row, "workflow.created");
  return toWorkflow(row);
}

export async function updateWorkflow(ctx: Ctx, tx: Write, id: string, { name, ...given }: z.output<typeof WorkflowPatch>) {
  const row = await lockInUse(tx, ctx.workspace.id, id);
  const definition = Definition.parse({ ...definitionOf(row), ...given });
  assertSound(definition, ctx.clock.now());
  if (row.status === "active") await assertRunnable(tx, row.workspace_id, definition);
  const saved = await saveAuthored(tx, "workflows", row, { ...(name === undefined ? {} : { name }), definition: JSON.stringify(definition) }, ctx.clock.now());
  await schedule(ctx, tx, saved);
  await note(ctx, tx, saved, "workflow.updated");
  return toWorkflow(saved);
}

/** Puts a workflow to work, or holds it and its runs; those go on where they stood. Doing it again changes nothing. */
export async function setWorkflowStatus(ctx: Ctx, tx: Write, id: string, status: "active" | "paused") {
  const row = await lockInUse(tx, ctx.workspace.id, id);
  if (row.status === status) return toWorkflow(row);
  if (status === "paused" && row.status === "draft") throw new ApiError("WORKFLOW_INACTIVE");
  if (status === "active") await assertRunnable(tx, row.workspace_id, definitionOf(row));
  const saved = await saveAuthored(tx, "workflows", row, { status }, ctx.clock.now());
  await schedule(ctx, tx, saved);
  if (status === "active") await releaseRuns(tx, row.workspace_id, id, ctx.clock.now());
  await note(ctx, tx, saved, status === "active" ? "workflow.activated" : "workflow.paused");
  return toWorkflow(saved);
}

/** Takes a workflow out of use: its runs go on, those that a pause holds end. Doing it again changes nothing. */
export async function archiveWorkflow(ctx: Ctx, tx: Write, id: string) {
  const row = await lockAuthored(tx, "workflows", ctx.workspace.id, id);
  if (!row) throw new ApiError("NOT_FOUND");
  if (row.archived_at !== null) return toWorkflow(row);
  const now = ctx.clock.now();
  const saved = await saveAuthored(tx, "workflows", row, { archived_at: now, status: row.status === "draft" ? "draft" : "paused" }, now);
  if (row.status === "paused") await stopRuns(tx, row.workspace_id, id, "The workflow was archived while it was paused.", now);
  await schedule(ctx, tx, saved);
  await note(ctx, tx, saved, "workflow.archived");
  return toWorkflow(saved);
}

/** Throws NOT_FOUND; archived ones are found. */
export async function getWorkflowRow(db: Read | Write, workspaceId: string, id: string): Promise<Saved> {
  const row = await findAuthored(db, "workflows", workspaceId, id);
  if (!row) throw new ApiError("NOT_FOUND");
  return row;
}

export const definitionOf = (row: Pick<Saved, "definition">): Definition => JSON.parse(row.definition) as Definition;

async function lockInUse(tx: Write, workspaceId: string, id: string): Promise<Saved> {
  const row = await lockAuthored(tx, "workflows", workspaceId, id);
  if (!row) throw new ApiError("NOT_FOUND");
  if (row.archived_at !== null) throw new ApiError("NOT_FOUND", { message: "The workflow is archived. Create a new one." });
  return row;
}

/** What a schema can't say: names the path of a template or schedule that can't work. */
function assertSound({ trigger, steps }: Definition, now: number): void {
  const faults = templateFaults(steps).map((fault) => ({ ...fault, code: "bad_template" }));
  const fault = trigger.on === "schedule" ? scheduleFault(trigger, now) : undefined;
  if (fault !== undefined) faults.unshift({ path: "trigger.cron", code: "bad_schedule", message: fault });
  if (faults.length > 0) throw new ApiError("VALIDATION_ERROR", { details: faults });
}

/** Refuses a step that could only fail: its address may not be reached. */
export function assertReachableSteps(outbound: Pick<SafeFetch, "mayTry">, steps: readonly Step[] | undefined): void {
  for (const { path, step } of allSteps(steps ?? [])) if (step.do === "webhook") assertReachable(outbound, `steps.${path}.url`, step.url);
}

/** An active workflow that a schedule starts has a next time; others have none. */
async function schedule(ctx: Ctx, tx: Write, row: Saved): Promise<void> {
  const { trigger } = definitionOf(row);
  const runs = row.status === "active" && row.archived_at === null && trigger.on === "schedule";
  await saveSchedule(tx, row.workspace_id, row.id, runs ? (nextRunAt(trigger, ctx.clock.now()) ?? null) : null);
}

const ofContacts = new Set(["enrich", "score", "enroll", "unenroll", "tag", "set"]);

/** Names what an active workflow would stumble over. */
async function assertRunnable(db: Write, workspaceId: string, definition: Definition): Promise<void> {
  if (definition.steps.length === 0) throw invalid("steps", "required_to_activate", "Add a step: an active workflow has to do something.");
  if (definition.trigger.on === "schedule" && definition.where === null) {
    const lost = allSteps(definition.steps).find(({ step }) => ofContacts.has(step.do));
    if (lost) throw invalid(`steps.${lost.path}`, "needs_contact", "Without a condition the schedule starts one run, for no contact. Add a condition (where): it then runs for each contact that fulfils it.");
  }
  const named = namedBy(definition);
  for (const table of ["sequences", "connectors", "icp_profiles"] as const) {
    const mine = named.filter((one) => one.table === table);
    const known = await selectNamed(db, table, workspaceId, [...new Set(mine.map(({ id }) => id))]);
    const missing = mine.find(({ id }) => !known.has(id));
    if (missing) throw invalid(missing.path, `unknown_${words[table].replace(" ", "_").toLowerCase()}`, `There is no ${words[table]} with this id.`);
  }
}

const words = { sequences: "sequence", connectors: "connector", icp_profiles: "ICP profile" } as const;

/** Everything that a definition names by its id, with the path to it. */
function namedBy({ trigger, steps }: Definition): { table: Named; path: string; id: string }[] {
  const found: { table: Named; path: string; id: string }[] = [];
  if (trigger.on === "score") found.push({ table: "icp_profiles", path: "trigger.icpProfileId", id: trigger.icpProfileId });
  if (trigger.on === "enrollment" && trigger.sequenceId !== undefined) found.push({ table: "sequences", path: "trigger.sequenceId", id: trigger.sequenceId });
  for (const { path, step } of allSteps(steps)) {
    if ((step.do === "enroll" || step.do === "unenroll") && step.sequenceId !== undefined) found.push({ table: "sequences", path: `steps.${path}.sequenceId`, id: step.sequenceId });
    if (step.do === "notify") found.push({ table: "connectors", path: `steps.${path}.connectorId`, id: step.connectorId });
    if (step.do === "score") found.push({ table: "icp_profiles", path: `steps.${path}.icpProfileId`, id: step.icpProfileId });
  }
  return found;
}

async function note(ctx: Ctx, tx: Write, row: AuthoredRow, kind: string): Promise<void> {
  const detail = { workflowId: row.id, version: row.version };
  await recordEvent(tx, ctx, kind, detail);
  await recordAudit(tx, ctx, kind, detail);
  await bumpMark(tx, row.workspace_id);
}

export function toSummary(row: AuthoredRow) {
  return { id: row.id, name: row.name, status: row.status, version: row.version, createdAt: row.created_at, updatedAt: row.updated_at, archivedAt: row.archived_at };
}

const toWorkflow = (row: Saved) => ({ ...toSummary(row), ...definitionOf(row) });
