import { newId } from "../../core/id.ts";
import { recordEvents } from "../../store/events.ts";
import type { Write } from "../../store/store.ts";
import type { Ctx } from "../../store/context.ts";
import type { WorkflowRunRow } from "../../store/tables-runs.ts";
import type { RunFacts } from "./facts.ts";
import { findLastRunAt, insertRuns, lockCooldowns } from "./queries.ts";

/** A run belongs to the process that claimed it this long; then another may take it over. */
export const runLeaseMs = 30_000;
/** A run that other runs led to, one after the other, is the last at this depth: workflows can't start each other for ever. */
export const depthMax = 5;
const rowsPerInsert = 100;

export interface Start {
  workflowId: string;
  version: number;
  contactId: string | null;
  cause: WorkflowRunRow["cause"];
  signalId?: string | null;
  eventId?: string | null;
  /** Runs that led to it, itself included; 1 when none did. */
  depth?: number;
  facts?: RunFacts;
  /** The same contact starts the workflow again only after so long; 0 = at once. */
  cooldownMs?: number;
  replayOf?: string;
  startAt?: string | null;
  /** What idempotency keys are made of; the signal, else the event, else the run itself. */
  origin?: string;
}


/**
 * Inserts runs in the caller's transaction and answers those that are new: a signal or an event starts a workflow once, a contact once
 * within its cooldown, whoever else tries at the same moment. The first `claimed` of them belong to this process, which starts
 * them after the commit; anybody takes the others.
 */
export async function startRuns(ctx: Ctx, tx: Write, starts: readonly Start[], claimed: number): Promise<WorkflowRunRow[]> {
  const now = ctx.clock.now();
  const wanted = await withoutResting(ctx, tx, starts, now);
  const rows = wanted.map((start, i) => rowOf(ctx.workspace.id, now, start, i < claimed));
  const made: WorkflowRunRow[] = [];
  for (let i = 0; i < rows.length; i += rowsPerInsert) {
    const chunk = rows.slice(i, i + rowsPerInsert);
    const ids = await insertRuns(tx, chunk);
    made.push(...chunk.filter((row) => ids.has(row.id)));
  }
  await recordEvents(tx, ctx.workspace.id, now, made.map((row) => ({ kind: "workflow.run_queued", payload: { runId: row.id, workflowId: row.workflow_id, contactId: row.contact_id } })));
  return made;
}

/** Those whose contact may start the workflow again. */
async function withoutResting(ctx: Ctx, tx: Write, starts: readonly Start[], now: number): Promise<Start[]> {
  const keyOf = (start: Start) => ((start.cooldownMs ?? 0) > 0 && start.contactId !== null ? `${ctx.workspace.id} ${start.workflowId} ${start.contactId}` : undefined);
  const keys = new Set(starts.flatMap((start) => keyOf(start) ?? []));
  await lockCooldowns(ctx.store, tx, [...keys]);
  const taken = new Set<string>();
  const wanted: Start[] = [];
  for (const start of starts) {
    const key = keyOf(start);
    if (key !== undefined) {
      if (taken.has(key)) continue;
      const last = await findLastRunAt(tx, ctx.workspace.id, start.workflowId, start.contactId ?? "");
      if (last !== undefined && last > now - (start.cooldownMs ?? 0)) continue;
      taken.add(key);
    }
    wanted.push(start);
  }
  return wanted;
}

function rowOf(workspaceId: string, now: number, start: Start, claimed: boolean): WorkflowRunRow {
  const id = newId(now);
  return {
    workspace_id: workspaceId,
    id,
    workflow_id: start.workflowId,
    version: start.version,
    contact_id: start.contactId,
    signal_id: start.signalId ?? null,
    cause: start.cause,
    status: "queued",
    replay_of: start.replayOf ?? null,
    start_at: start.startAt ?? null,
    error: null,
    created_at: now,
    started_at: null,
    finished_at: null,
    due_at: claimed ? now + runLeaseMs : now,
    claims: claimed ? 1 : 0,
    position: null,
    held: 0,
    depth: start.depth ?? 1,
    event_id: start.eventId ?? null,
    origin: start.origin ?? (start.replayOf === undefined ? (start.signalId ?? start.eventId ?? id) : id),
    facts: JSON.stringify(start.facts ?? {}),
  };
}
