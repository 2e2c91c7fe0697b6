import { setImmediate } from "node:timers/promises";
import { ApiError, invalid } from "../../core/errors.ts";
import type { Ctx } from "../../store/context.ts";
import type { ContactRow, SignalRow } from "../../store/tables.ts";
import type { CountedSignal } from "../conditions/index.ts";
import { counted, daysOf, factsOf, holds, planSteps, triggerFits } from "./facts.ts";
import { findContact, findLastRunAt, findSignal, selectContactsById, selectCounted, selectFitting } from "./queries.ts";
import { definitionOf, getWorkflowRow } from "./service.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const backtestDays = 30;
/** What one call looks at: time and memory stay bounded on any workspace. */
const fittingMax = 2000;
const countedMax = 20_000;
const runsShown = 100;

/** What a workflow would do for a contact now, by what is stored; nothing is done. */
export async function testWorkflow(ctx: Ctx, id: string, input: { contactId: string; signalId?: string | undefined }) {
  const workspaceId = ctx.workspace.id;
  const definition = definitionOf(await getWorkflowRow(ctx.store.read, workspaceId, id));
  const contact = await findContact(ctx.store.read, workspaceId, input.contactId);
  if (!contact) throw new ApiError("NOT_FOUND", { message: "There is no contact with this contactId." });
  const signal = input.signalId === undefined ? undefined : await findSignal(ctx.store.read, workspaceId, input.signalId);
  if (input.signalId !== undefined && !signal) throw new ApiError("NOT_FOUND", { message: "There is no signal with this signalId." });
  const now = ctx.clock.now();
  const days = daysOf(definition);
  const signals = days === 0 ? [] : await selectCounted(ctx.store.slow, workspaceId, now - days * dayMs, countedMax, contact.id);
  const facts = factsOf(now, contact, signal, signals.map(counted));
  const fits = signal ? triggerFits(definition.trigger, signal) : null;
  const conditionHolds = holds(definition, facts);
  const lastRunAt = await findLastRunAt(ctx.store.slow, workspaceId, id, contact.id);
  const rested = lastRunAt === undefined || lastRunAt <= now - definition.cooldownHours * hourMs;
  return {
    triggerFits: fits,
    conditionHolds,
    wouldStart: fits !== false && conditionHolds && rested && contact.archived_at === null,
    steps: planSteps(definition.steps, facts).planned,
  };
}

/** Which stored signals would have started a workflow. Pauses between pieces of work, so that the server keeps answering. */
export async function backtestWorkflow(ctx: Ctx, id: string) {
  const workspaceId = ctx.workspace.id;
  const definition = definitionOf(await getWorkflowRow(ctx.store.read, workspaceId, id));
  const { trigger } = definition;
  if (trigger.on !== "signal") throw invalid("trigger.on", "not_stored", "Only what a signal triggers can be tested on the past: the signals are stored, the other events are not.");
  const since = ctx.clock.now() - backtestDays * dayMs;
  const found = await selectFitting(ctx.store.slow, workspaceId, trigger, since, fittingMax + 1);
  const fitting = found.slice(0, fittingMax).filter((signal) => triggerFits(trigger, signal) === true).toReversed();
  const days = daysOf({ where: definition.where, steps: [] });
  const history = days === 0 || fitting.length === 0 ? [] : await selectCounted(ctx.store.slow, workspaceId, since - days * dayMs, countedMax + 1);
  const truncated = found.length > fittingMax || history.length > countedMax;
  const countedOf = new Map<string, CountedSignal[]>();
  for (const row of history.slice(0, countedMax)) {
    const own = countedOf.get(row.contact_id ?? "");
    if (own) own.push(counted(row));
    else countedOf.set(row.contact_id ?? "", [counted(row)]);
  }
  const contacts = new Map((await contactsOf(ctx, fitting)).map((contact) => [contact.id, contact]));
  const lastAt = new Map<string, number>();
  const runs: { signalId: string; contactId: string; at: number }[] = [];
  let started = 0;
  for (const [i, signal] of fitting.entries()) {
    if (i % 50 === 49) await setImmediate();
    const contact = contacts.get(signal.contact_id ?? "");
    const at = signal.received_at;
    if (!contact || contact.archived_at !== null || at - (lastAt.get(contact.id) ?? -Infinity) < definition.cooldownHours * hourMs) continue;
    if (!holds(definition, factsOf(at, contact, signal, countedOf.get(contact.id) ?? []))) continue;
    lastAt.set(contact.id, at);
    started += 1;
    if (runs.length < runsShown) runs.push({ signalId: signal.id, contactId: contact.id, at });
  }
  return { since, looked: fitting.length, truncated, started, contacts: lastAt.size, runs };
}

async function contactsOf(ctx: Ctx, signals: readonly SignalRow[]): Promise<ContactRow[]> {
  const ids = [...new Set(signals.flatMap((signal) => (signal.contact_id === null ? [] : [signal.contact_id])))];
  const rows: ContactRow[] = [];
  for (let i = 0; i < ids.length; i += 500) rows.push(...(await selectContactsById(ctx.store.slow, ctx.workspace.id, ids.slice(i, i + 500))));
  return rows;
}
