import { type Active, loadFacts, lockActive, selectContactsById, selectSignalsById, type Start, startRuns, toClaimed, type TriggerIndex, type Triggers } from "../api/runs/index.ts";
import { createSignalEvents } from "../api/webhooks/index.ts";
import { evaluate } from "../api/conditions/index.ts";
import type { WorkflowRunRow } from "../store/tables-runs.ts";
import type { ContactRow, SignalRow } from "../store/tables.ts";
import { claimRouteJobs, finishRouting } from "../store/queue.ts";
import type { Write } from "../store/store.ts";
import { contextOf, type Work } from "../store/work.ts";
import type { Engine } from "./engine.ts";

const claimEveryMs = 5000;
const claimMax = 100;
/** Signals that one round looks at; what waits for the next round shares its transaction. */
const roundMax = 500;
/** Past this, batches are left to the durable queue: memory stays bounded. */
const waitingMax = 50_000;
const hourMs = 3_600_000;
const staleTries = 3;

interface Batch {
  workspaceId: string;
  batchId: string;
  signals: readonly SignalRow[];
}

/** A signal that a workflow waits for. */
interface Match {
  signal: SignalRow;
  contactId: string;
  active: Active;
}

/** A workflow changed between the look at memory and the transaction. */
class Stale extends Error {}

export interface Router {
  stop(): Promise<void>;
}

/**
 * Routes stored signals to the workflows that wait for them: at once for what this process stored (it holds the lease), and by the
 * durable queue for what a crash left behind, once the lease has run out. Runs and the mark that their batch is routed are one
 * transaction; a unique index keeps a repeat from starting a workflow twice.
 */
export function startRouter(work: Work, triggers: Triggers, engine: Engine): Router {
  const { store, clock, log } = work;
  const noteSignals = createSignalEvents(store);
  let waiting: Batch[] = [];
  let waitingSignals = 0;
  let running: Promise<void> | undefined;
  let stopped = false;

  function add(batch: Batch): void {
    if (stopped || waitingSignals + batch.signals.length > waitingMax) return;
    waiting.push(batch);
    waitingSignals += batch.signals.length;
    running ??= drain().finally(() => (running = undefined));
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const round: Batch[] = [];
      for (let count = 0; waiting.length > 0 && count < roundMax; ) {
        const batch = waiting.shift();
        if (!batch) break;
        round.push(batch);
        count += batch.signals.length;
      }
      waitingSignals -= round.reduce((sum, { signals }) => sum + signals.length, 0);
      await noteSignals(round.flatMap(({ signals }) => signals)).then(() => routeRound(work, triggers, engine, round)).catch((error: unknown) => {
        log.warn({ err: error }, "routing waits for the lease");
        for (const { workspaceId } of round) triggers.forget(workspaceId);
      });
    }
  }

  async function takeOver(): Promise<void> {
    for (const { workspaceId, batchId, signalIds } of await claimRouteJobs(store, clock.now(), claimMax)) {
      add({ workspaceId, batchId, signals: await selectSignalsById(store.read, workspaceId, signalIds) });
    }
  }

  const off = store.onStored((group) => {
    for (const { workspaceId, batchId } of group.batches) add({ workspaceId, batchId, signals: group.signals.filter((signal) => signal.batch_id === batchId && signal.workspace_id === workspaceId) });
  });
  const timer = setInterval(() => void takeOver().catch((error: unknown) => log.warn({ err: error }, "routing of left batches failed; tried again")), claimEveryMs);
  timer.unref();
  return {
    stop: async () => {
      stopped = true;
      off();
      clearInterval(timer);
      await running;
    },
  };
}

async function routeRound(work: Work, triggers: Triggers, engine: Engine, round: readonly Batch[]): Promise<void> {
  const plain: Batch[] = [];
  const matched: { batches: Batch[]; workspaceId: string; matches: Match[] }[] = [];
  for (const [workspaceId, batches] of Map.groupBy(round, (batch) => batch.workspaceId)) {
    const index = await triggers.of(workspaceId);
    const matches = index.quiet ? [] : batches.flatMap(({ signals }) => signals.flatMap((signal) => matchesOf(index, signal)));
    const holding = matches.length === 0 ? [] : await whereHolds(work, workspaceId, matches);
    if (holding.length === 0) plain.push(...batches);
    else matched.push({ batches, workspaceId, matches: holding });
  }
  // The marks join the next group commit: what starts nothing costs no transaction.
  if (plain.length > 0) await work.store.markRouted(plain);
  for (const { batches, workspaceId, matches } of matched) await start(work, triggers, engine, workspaceId, batches, matches);
}

function matchesOf(index: TriggerIndex, signal: SignalRow): Match[] {
  const contactId = signal.contact_id ?? signal.claimed_contact_id;
  return contactId === null ? [] : index.ofSignal(signal).map((active) => ({ signal, contactId, active }));
}

/** Those whose contact is there and fulfils the workflow's condition. */
async function whereHolds(work: Work, workspaceId: string, matches: readonly Match[]): Promise<Match[]> {
  const db = work.store.read;
  const contacts = new Map<string, ContactRow>();
  const ids = [...new Set(matches.map(({ contactId }) => contactId))];
  for (let i = 0; i < ids.length; i += 500) for (const row of await selectContactsById(db, workspaceId, ids.slice(i, i + 500))) contacts.set(row.id, row);
  const now = work.clock.now();
  const holding: Match[] = [];
  for (const match of matches) {
    const { signal, contactId, active } = match;
    const contact = contacts.get(contactId);
    if (!contact || contact.archived_at !== null) continue;
    const { where } = active.definition;
    if (where === null || evaluate(where, await loadFacts(db, workspaceId, now, { contact, signal }, active.needs))) holding.push(match);
  }
  return holding;
}

async function start(work: Work, triggers: Triggers, engine: Engine, workspaceId: string, batches: readonly Batch[], first: readonly Match[]): Promise<void> {
  const ctx = await contextOf(work, workspaceId, { kind: "system", id: "router" });
  if (!ctx) return;
  let matches = first;
  for (let tries = 1; ; tries++) {
    try {
      const room = engine.room();
      const made = await work.store.write(async (tx) => {
        const rows = await startRuns(ctx, tx, await startsOf(work, tx, workspaceId, matches), room);
        await finishRouting(tx, batches, work.clock.now());
        return rows;
      });
      for (const row of made) work.runNews.tell(workspaceId, row.id);
      return begin(engine, made);
    } catch (error) {
      if (!(error instanceof Stale) || tries >= staleTries) throw error;
      triggers.forget(workspaceId);
      const index = await triggers.of(workspaceId);
      matches = await whereHolds(work, workspaceId, batches.flatMap(({ signals }) => signals.flatMap((signal) => matchesOf(index, signal))));
    }
  }
}

/** What the matches start, their workflows locked as they are: paused meanwhile, they start nothing; changed meanwhile, they are asked anew. */
async function startsOf(work: Work, tx: Write, workspaceId: string, matches: readonly Match[]): Promise<Start[]> {
  if (matches.length === 0) return [];
  const versions = await lockActive(work.store, tx, workspaceId, [...new Set(matches.map(({ active }) => active.id))]);
  return matches.flatMap(({ signal, contactId, active }) => {
    const version = versions.get(active.id);
    if (version === undefined) return [];
    if (version !== active.version) throw new Stale(`workflow ${active.id} changed`);
    return [{ workflowId: active.id, version, contactId, signalId: signal.id, cause: "trigger" as const, cooldownMs: active.definition.cooldownHours * hourMs }];
  });
}

/** The runs that this process claimed begin now; anybody takes the others. */
function begin(engine: Engine, made: readonly WorkflowRunRow[]): void {
  if (made.length === 0) return;
  engine.take(made.filter((row) => row.claims > 0).map(toClaimed));
  if (made.some((row) => row.claims === 0)) engine.wake();
}
