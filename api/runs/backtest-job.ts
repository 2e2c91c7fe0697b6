import { setImmediate } from "node:timers/promises";
import { idFloor } from "../../core/id.ts";
import { getDefinition } from "../../store/authored.ts";
import type { Store } from "../../store/store.ts";
import type { ContactRow, SignalRow } from "../../store/tables.ts";
import type { BacktestRow } from "../../store/tables-runs.ts";
import type { QueueHandler, Work } from "../../store/work.ts";
import { type CountedSignal, evaluate } from "../conditions/index.ts";
import { type Definition, definitionOf } from "../workflows/index.ts";
import type { Found } from "./backtest.ts";
import { counted, loadFacts } from "./facts.ts";
import { type Needs, needsOf, needsOfWhere } from "./needs.ts";
import { pretend } from "./pretend.ts";
import { countKnownSignals, findBacktest, selectContactsById, selectKnownSignals, updateBacktest } from "./queries.ts";
import { triggerFits } from "./triggers.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const pageSize = 2000;
const runsShown = 1000;
/** Of one contact; what counts more than that tells nothing more. */
const historyMax = 2000;
const contactsKept = 20_000;

/** Looks through a workspace's signals, a page at a time, and says how far it is. A restart begins anew: it writes nothing else. */
export const backtestJob: QueueHandler = {
  kind: "workflow-backtest",
  what: "which stored signals would have started a workflow",
  concurrency: 1,
  async handle(work, job, renew) {
    const { backtestId } = JSON.parse(job.payload) as { backtestId: string };
    const row = await findBacktest(work.store.read, job.workspace_id, backtestId);
    if (!row || row.finished_at !== null) return;
    await look(work, row, renew);
  },
  async dead(work, job, error) {
    const { backtestId } = JSON.parse(job.payload) as { backtestId: string };
    await work.store.write((tx) => updateBacktest(tx, job.workspace_id, backtestId, { status: "failed", error: error.slice(0, 500), finished_at: work.clock.now() }));
  },
};

interface Look {
  row: BacktestRow;
  definition: Definition;
  /** Of the condition, and of the steps as well. */
  where: Needs;
  all: Needs;
  history: Map<string, CountedSignal[]>;
  contacts: Map<string, ContactRow>;
  lastAt: Map<string, number>;
  found: Found;
}

async function look({ store, clock }: Work, row: BacktestRow, renew: () => Promise<void>): Promise<void> {
  const { workspace_id: workspaceId, id } = row;
  const definition = definitionOf({ definition: await getDefinition(store.read, "workflows", workspaceId, row.workflow_id, row.version) });
  const all = needsOf(definition);
  const state: Look = { row, definition, where: needsOfWhere(definition), all, history: new Map(), contacts: new Map(), lastAt: new Map(), found: { started: 0, contacts: 0, runs: [] } };
  const save = (change: Partial<BacktestRow>) => store.write((tx) => updateBacktest(tx, workspaceId, id, { result: JSON.stringify(state.found), ...change }));
  const total = await countKnownSignals(store.slow, workspaceId, row.since);
  await save({ status: "running", total });
  let looked = 0;
  // The counted days before the first signal come first: they fill the history, and start nothing.
  for (let after = idFloor(row.since - all.days * dayMs); ; ) {
    const page = await selectKnownSignals(store.slow, workspaceId, after, row.created_at + 1, pageSize);
    await keepContacts(store, state, page);
    for (const [i, signal] of page.entries()) {
      if (i % 200 === 199) await setImmediate();
      if (signal.received_at >= row.since) looked += 1;
      await lookAt(store, state, signal, clock.now());
    }
    after = page.at(-1)?.id ?? after;
    if (page.length < pageSize) break;
    await renew();
    await save({ looked });
  }
  await save({ status: "completed", looked, total: looked, finished_at: clock.now() });
}

async function lookAt(store: Store, state: Look, signal: SignalRow, now: number): Promise<void> {
  const { definition, all, where, found } = state;
  const contactId = signal.contact_id ?? "";
  const at = signal.received_at;
  if (all.days > 0) remember(state, contactId, signal);
  if (at < state.row.since || triggerFits(definition.trigger, signal) !== true) return;
  const contact = state.contacts.get(contactId);
  if (!contact || contact.archived_at !== null || at - (state.lastAt.get(contactId) ?? -Infinity) < definition.cooldownHours * hourMs) return;
  const signals = state.history.get(contactId) ?? [];
  if (definition.where !== null && !evaluate(definition.where, await loadFacts(store.slow, signal.workspace_id, at, { contact, signal, signals }, where))) return;
  state.lastAt.set(contactId, at);
  found.started += 1;
  found.contacts = state.lastAt.size;
  if (found.runs.length >= runsShown) return;
  const facts = await loadFacts(store.slow, signal.workspace_id, at, { contact, signal, signals }, all);
  found.runs.push({ signalId: signal.id, contactId, at, reached: reachedBy(now, pretend(definition.steps, facts)) });
}

/** The last step that would have begun by now. */
function reachedBy(now: number, steps: ReturnType<typeof pretend>): Found["runs"][number]["reached"] {
  const last = steps.findLastIndex((step) => step.at <= now);
  const step = steps[last];
  if (!step) return null;
  const next = steps[last + 1];
  const until = step.input?.["until"];
  return { path: step.path, do: step.do, waiting: step.do === "wait" && (next ? next.at > now : typeof until === "number" && until > now) };
}

function remember({ history, all }: Look, contactId: string, signal: SignalRow): void {
  const own = history.get(contactId);
  if (!own) return void history.set(contactId, [counted(signal)]);
  own.push(counted(signal));
  const since = signal.received_at - all.days * dayMs;
  if (own.length > historyMax || (own[0]?.at ?? since) < since) {
    const first = own.findIndex((one) => one.at >= since);
    own.splice(0, Math.max(first, own.length - historyMax));
  }
}

async function keepContacts(store: Store, { contacts, row }: Look, page: readonly SignalRow[]): Promise<void> {
  if (contacts.size > contactsKept) contacts.clear();
  const ids = [...new Set(page.flatMap(({ contact_id: contactId }) => (contactId === null || contacts.has(contactId) ? [] : [contactId])))];
  for (let i = 0; i < ids.length; i += 500) {
    for (const contact of await selectContactsById(store.slow, row.workspace_id, ids.slice(i, i + 500))) contacts.set(contact.id, contact);
  }
}
