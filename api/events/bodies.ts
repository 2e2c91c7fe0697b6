import { eventKinds, type Subject } from "../../core/event-words.ts";
import type { DispatchedEvent } from "../../store/dispatch.ts";
import type { Write } from "../../store/store.ts";
import { showCompanies } from "../companies/index.ts";
import { showContacts } from "../contacts/index.ts";
import { showEnrollments, showSequences } from "../sequences/index.ts";
import { showSignals } from "../signals/index.ts";
import { showRuns } from "../runs/index.ts";
import { showWorkflows } from "../workflows/index.ts";

type Show = (db: Write, workspaceId: string, ids: readonly string[]) => Promise<ReadonlyMap<string, unknown>>;

const subjects: Record<Subject, { id: string; show: Show }> = {
  contact: { id: "contactId", show: showContacts },
  company: { id: "companyId", show: showCompanies },
  signal: { id: "signalId", show: showSignals },
  workflow: { id: "workflowId", show: showWorkflows },
  run: { id: "runId", show: showRuns },
  sequence: { id: "sequenceId", show: showSequences },
  enrollment: { id: "enrollmentId", show: showEnrollments },
};

const carriesOf = (kind: string): readonly Subject[] => (kind in eventKinds ? eventKinds[kind as keyof typeof eventKinds].carries : []);

/**
 * What receivers are sent: `{type, timestamp, data}`, where `data` holds the event's ids and, each under its own name, what they
 * stand for as the API shows it now; null where it is gone. One query for each kind of thing, however many events.
 */
export async function bodiesOf(tx: Write, workspaceId: string, events: readonly DispatchedEvent[]): Promise<string[]> {
  const shown = new Map<Subject, ReadonlyMap<string, unknown>>();
  for (const [subject, { id, show }] of Object.entries(subjects) as [Subject, (typeof subjects)[Subject]][]) {
    const ids = new Set(events.filter((event) => carriesOf(event.kind).includes(subject)).map(({ payload }) => payload[id]));
    const wanted = [...ids].filter((value) => typeof value === "string");
    if (wanted.length > 0) shown.set(subject, await show(tx, workspaceId, wanted));
  }
  return events.map((event) => {
    const carried = carriesOf(event.kind).map((subject) => [subject, shown.get(subject)?.get(String(event.payload[subjects[subject].id])) ?? null] as const);
    return JSON.stringify({ type: event.kind, timestamp: new Date(event.at).toISOString(), data: { ...event.payload, ...Object.fromEntries(carried) } });
  });
}
