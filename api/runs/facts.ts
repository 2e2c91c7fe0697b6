import type { ContactRow, SignalRow } from "../../store/tables.ts";
import { companyFacts, contactFacts, type CountedSignal, type Facts } from "../conditions/index.ts";
import { findCompany } from "../companies/index.ts";
import type { Needs } from "./needs.ts";
import { type CountedRow, type Db, findEnrollmentFacts, findSignal, selectCounted } from "./queries.ts";
import { selectScores } from "./scores.ts";

const dayMs = 86_400_000;
/** What one look counts at most. */
export const countedMax = 20_000;

/** What is known of a run beside rows: kept in its row as JSON. */
export interface RunFacts {
  /** Of the enrollment whose event started it. */
  enrollment?: Record<string, unknown> | undefined;
  /** What the last `score` step found, or the score that crossed a line and so started it. */
  score?: number | undefined;
  /** How many steps have begun. */
  seq?: number | undefined;
}

export interface Subject {
  contact: ContactRow | undefined;
  signal: SignalRow | undefined;
  known?: RunFacts;
  /** In place of what is stored now. */
  signals?: readonly CountedSignal[];
}

/** Reads what a condition or template needs, and nothing else. */
export async function loadFacts(db: Db, workspaceId: string, now: number, { contact, signal, known = {}, signals }: Subject, needs: Needs): Promise<Facts> {
  const counts = signals ?? (needs.days > 0 && contact ? (await selectCounted(db, workspaceId, now - needs.days * dayMs, countedMax, contact.id)).map(counted) : []);
  const companyId = needs.roots.has("company") ? (contact?.company_id ?? signal?.company_id ?? null) : null;
  const company = companyId === null ? undefined : await findCompany(db, workspaceId, companyId);
  const enrollment = known.enrollment ?? (needs.roots.has("enrollment") && contact ? await findEnrollmentFacts(db, workspaceId, contact.id) : undefined);
  return {
    now,
    contact: contact ? contactFacts(contact) : null,
    company: company ? companyFacts(company) : null,
    signal: signal ? signalFacts(signal) : null,
    enrollment: enrollment ?? null,
    score: known.score ?? contact?.score ?? null,
    scores: needs.roots.has("scores") && contact ? await selectScores(db, workspaceId, contact.id) : {},
    signals: counts,
  };
}

/** The signal that a run is about. */
export async function signalOf(db: Db, workspaceId: string, signalId: string | null): Promise<SignalRow | undefined> {
  return signalId === null ? undefined : findSignal(db, workspaceId, signalId);
}

export function signalFacts(row: SignalRow): Record<string, unknown> {
  return {
    id: row.id,
    type: row.type,
    priority: row.priority,
    source: row.source,
    notes: row.notes,
    page: row.page_path,
    referrer: row.referrer_name ?? row.referrer_kind,
    country: row.country,
    device: row.device,
    occurredAt: row.occurred_at,
    data: JSON.parse(row.data) as unknown,
  };
}

export const counted = (row: CountedRow): CountedSignal => ({ type: row.type, priority: row.priority, source: row.source, page: row.page_path, at: row.received_at });
