import { newId } from "../../core/id.ts";
import type { Ctx } from "../../store/context.ts";
import { recordEvent } from "../../store/events.ts";
import type { ConnectorError } from "./call-words.ts";
import { failingAfter } from "./health.ts";
import { insertCall, type Known, lockConnector, updateState } from "./queries.ts";

/** Failures in a row that open the circuit. */
const openAfter = 5;
const openMs = 30_000;
const openMaxMs = 15 * 60_000;
/** Credentials that were refused once are not tried over and over: some far sides lock accounts for that. */
const authOpenMs = 5 * 60_000;

export interface Outcome {
  action: string;
  ms: number;
  /** Undefined: it was done. */
  error: ConnectorError | undefined;
}

/**
 * Writes down what came of a call: its row, what the circuit knows, and an event on the edge, once. What was tried with
 * credentials that were replaced meanwhile says nothing of the new ones, and is left out.
 */
export async function recordOutcome(ctx: Ctx, used: Known, { action, ms, error }: Outcome): Promise<void> {
  await ctx.store.write(async (tx) => {
    const now = ctx.clock.now();
    const row = await lockConnector(tx, used.workspace_id, used.id);
    if (!row || row.credentials_at !== used.credentials_at) return;
    const state = { workspace_id: row.workspace_id, connector_id: row.id };
    await insertCall(tx, { ...state, id: newId(now), at: now, action, ok: error ? 0 : 1, kind: error?.kind ?? null, ms, reason: error?.message ?? null });
    await updateState(tx, row.workspace_id, row.id, error ? afterFailure(row, error, now) : { ...works, last_success_at: now });
    const told = { connectorId: row.id, integrationSlug: row.integration };
    if ((!error || error.kind === "bad_request") && row.alarmed === 1) await recordEvent(tx, ctx, "connector.recovered", told);
    if (error && row.alarmed === 0 && alarms(row.failures + 1, error)) await recordEvent(tx, ctx, "connector.failing", { ...told, reason: error.kind });
  });
}

const works = { failures: 0, alarmed: 0, open_until: null };
const counts = ({ kind }: ConnectorError) => kind === "retry" || kind === "auth" || kind === "refused";
const alarms = (failures: number, error: ConnectorError) => counts(error) && (error.kind === "auth" || failures >= failingAfter);

function afterFailure(row: Known, error: ConnectorError, now: number) {
  const failed = { last_error_at: now, last_error_kind: error.kind, last_error: error.message };
  if (error.kind === "rate_limited") return { ...failed, open_until: null, not_before: Math.max(row.not_before ?? 0, now + (error.retryAfterMs ?? 0)) };
  // The far side looked at what it was sent, and only that was wrong.
  if (!counts(error)) return { ...failed, ...works };
  const failures = row.failures + 1;
  const openFor = error.kind === "auth" ? authOpenMs : failures >= openAfter ? Math.min(openMaxMs, openMs * 2 ** (failures - openAfter)) : 0;
  return { ...failed, failures, alarmed: alarms(failures, error) ? 1 : row.alarmed, open_until: openFor > 0 ? now + openFor : null };
}
