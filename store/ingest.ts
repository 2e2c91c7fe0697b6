import { newId } from "../core/id.ts";
import type { SessionRow, SignalRow, Tables, VisitorRow } from "./tables.ts";

/** 30 minutes of silence end a session. */
export const sessionSilenceMs = 30 * 60_000;
/** The process that stored a batch routes it; another may take over after this. */
export const routeLeaseMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A signal on its way in. `row.session_id`, `row.batch_id` and, for a known visitor, `row.contact_id` are filled by the plan. */
export interface NewSignal {
  row: SignalRow;
  visitorMode: VisitorRow["mode"];
  capability: string;
  credits: number;
  /** The workspace has a cap on credits, which the commit checks. */
  capped?: boolean;
  /** Rough size in bytes, for the queue's bound. */
  bytes: number;
}

export interface Stored {
  signalId: string;
  duplicate: boolean;
}

/** What the planner must know of a visitor; a subset of the row, so that it can be cached. */
export interface VisitorState {
  session_id: string;
  last_seen_at: number;
  contact_id: string | null;
  sessions: number;
  /** Of the running session. */
  company_id: string | null;
}

/** A visitor as the commit leaves it. */
export interface VisitorDelta {
  workspace_id: string;
  id: string;
  mode: VisitorRow["mode"];
  bot: string | null;
  first_seen_at: number;
  sessionStarted: boolean;
  state: VisitorState;
}

/** Everything one commit writes besides the signals themselves: sums, so that a group of n costs far less than n. */
export interface PlannedGroup {
  batches: { workspaceId: string; batchId: string; storedAt: number; signalIds: string[] }[];
  visitors: Map<string, VisitorDelta>;
  /** Those that start with this commit. */
  sessions: SessionRow[];
  /** `signal_hours`, bots left out. */
  hours: Map<string, { workspace_id: string; hour: number; type: SignalRow["type"]; priority: SignalRow["priority"]; count: number }>;
  outcomes: Map<string, { workspace_id: string; hour: number; key_id: string; outcome: string; count: number }>;
  usage: Map<string, { workspace_id: string; key_id: string; capability: string; at: number; calls: number; credits: number }>;
}

export const hourOf = (ms: number) => ms - (ms % hourMs);
export const dayOf = (ms: number) => Math.floor(ms / dayMs);

export function emptyGroup(): PlannedGroup {
  return { batches: [], visitors: new Map(), sessions: [], hours: new Map(), outcomes: new Map(), usage: new Map() };
}

/**
 * Adds one accepted, not duplicate signal to the group: fills in its session, batch and known person, and sums up
 * what the commit will write. Pure but for ids; both databases write what it plans.
 */
export function planSignal(group: PlannedGroup, item: NewSignal, known: VisitorState | undefined): void {
  const row = item.row;
  if (row.visitor_id !== null) planVisit(group, item, row.visitor_id, known);
  const batch = batchOf(group, row);
  row.batch_id = batch.batchId;
  batch.signalIds.push(row.id);
  if (row.bot === null) countHour(group, row);
  countOutcome(group, row, "stored");
  countCall(group, item, item.credits);
}

/** Adds a repeated messageId to the counts; it is charged nothing. */
export function planDuplicate(group: PlannedGroup, item: NewSignal): void {
  countOutcome(group, item.row, "duplicate");
  countCall(group, item, 0);
}

function planVisit(group: PlannedGroup, item: NewSignal, visitorId: string, known: VisitorState | undefined): void {
  const row = item.row;
  const at = row.received_at;
  const key = row.workspace_id + visitorId;
  let visitor = group.visitors.get(key);
  if (!visitor) {
    visitor = {
      workspace_id: row.workspace_id,
      id: visitorId,
      mode: item.visitorMode,
      bot: row.bot,
      first_seen_at: at,
      sessionStarted: false,
      state: known ? { ...known } : { session_id: "", last_seen_at: 0, contact_id: null, sessions: 0, company_id: null },
    };
    group.visitors.set(key, visitor);
  }
  const state = visitor.state;
  if (state.session_id === "" || at - state.last_seen_at > sessionSilenceMs) {
    state.session_id = newId(at);
    state.sessions += 1;
    // The network of the session before says nothing of this one.
    state.company_id = null;
    visitor.sessionStarted = true;
    group.sessions.push({
      workspace_id: row.workspace_id,
      id: state.session_id,
      visitor_id: visitorId,
      started_at: at,
      entry_path: row.page_path,
      referrer_kind: row.referrer_kind,
      mode: visitor.mode,
      bot: visitor.bot,
    });
  }
  if (at > state.last_seen_at) state.last_seen_at = at;
  row.session_id = state.session_id;
  if (row.contact_id === null) row.contact_id = state.contact_id;
  if (row.company_id === null) row.company_id = state.company_id;
}

function batchOf(group: PlannedGroup, row: SignalRow): PlannedGroup["batches"][number] {
  for (const batch of group.batches) if (batch.workspaceId === row.workspace_id) return batch;
  const batch = { workspaceId: row.workspace_id, batchId: newId(row.received_at), storedAt: row.received_at, signalIds: [] };
  group.batches.push(batch);
  return batch;
}

function countHour(group: PlannedGroup, row: SignalRow): void {
  const hour = hourOf(row.received_at);
  const key = `${row.workspace_id}${hour}${row.type}${row.priority}`;
  const entry = group.hours.get(key);
  if (entry) entry.count += 1;
  else group.hours.set(key, { workspace_id: row.workspace_id, hour, type: row.type, priority: row.priority, count: 1 });
}

/** Counts it as received and as what became of it, in the commit that decides it. */
function countOutcome(group: PlannedGroup, row: SignalRow, outcome: "stored" | "duplicate"): void {
  addOutcome(group, row, "received");
  addOutcome(group, row, outcome);
}

function addOutcome(group: PlannedGroup, row: SignalRow, outcome: string): void {
  const hour = hourOf(row.received_at);
  const key = `${row.key_id}${hour}${outcome}`;
  const entry = group.outcomes.get(key);
  if (entry) entry.count += 1;
  else group.outcomes.set(key, { workspace_id: row.workspace_id, hour, key_id: row.key_id, outcome, count: 1 });
}

function countCall(group: PlannedGroup, item: NewSignal, credits: number): void {
  const row = item.row;
  const key = row.key_id + item.capability;
  const entry = group.usage.get(key);
  if (entry) {
    entry.calls += 1;
    entry.credits += credits;
  } else {
    group.usage.set(key, { workspace_id: row.workspace_id, key_id: row.key_id, capability: item.capability, at: row.received_at, calls: 1, credits });
  }
}

/** The batches of a plan and the job that routes each, leased to this node. */
export function batchRows(plan: PlannedGroup): { batches: Tables["signal_batches"][]; jobs: Tables["jobs"][] } {
  const batches = plan.batches.map((b) => ({ workspace_id: b.workspaceId, id: b.batchId, stored_at: b.storedAt, signals: b.signalIds.length, routed_at: null }));
  const jobs = plan.batches.map((b) => ({
    workspace_id: b.workspaceId,
    id: b.batchId,
    kind: "route",
    payload: JSON.stringify(b.signalIds),
    state: "leased" as const,
    run_at: b.storedAt,
    attempts: 1,
    lease_until: b.storedAt + routeLeaseMs,
    last_error: null,
    created_at: b.storedAt,
  }));
  return { batches, jobs };
}
