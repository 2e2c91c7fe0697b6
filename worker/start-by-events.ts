import { type Active, createTriggers, depthMax, loadFacts, lockActive, selectContactsById, selectSignalsById, type RunFacts, type Start, startRuns, type Triggers } from "../api/runs/index.ts";
import { evaluate } from "../api/conditions/index.ts";
import type { Trigger } from "../api/workflows/index.ts";
import type { Ctx } from "../store/context.ts";
import type { DispatchedEvent, EventBatch, EventHandler } from "../store/dispatch.ts";
import type { Write } from "../store/store.ts";
import { contextOf, type Work } from "../store/work.ts";

const hourMs = 3_600_000;

/** What an event is to triggers. */
interface Cue {
  on: Trigger["on"];
  fits(trigger: Trigger): boolean;
  facts?: RunFacts;
}

const triggersOf = new WeakMap<Work, Triggers>();

/**
 * Starts the workflows that wait for what happened, in the transaction that marks the events as handed out: each event starts a workflow
 * once. What a run caused carries its depth; past the deepest it starts nothing.
 */
async function startRunsByEvents(work: Work, tx: Write, { workspaceId, events }: EventBatch): Promise<void> {
  const cued = events.flatMap((event) => {
    const cue = cueOf(event.kind, event.payload);
    return cue ? [{ event, cue }] : [];
  });
  if (cued.length === 0) return;
  let triggers = triggersOf.get(work);
  if (!triggers) triggersOf.set(work, (triggers = createTriggers(work.store, work.news)));
  const index = await triggers.of(workspaceId, tx);
  const wanted = cued.flatMap(({ event, cue }) => index.on(cue.on).filter(({ definition }) => cue.fits(definition.trigger)).map((active) => ({ event, cue, active })));
  const ctx = wanted.length === 0 ? undefined : await contextOf(work, workspaceId, { kind: "system", id: "events" }, tx);
  if (!ctx) return;
  const versions = await lockActive(work.store, tx, workspaceId, [...new Set(wanted.map(({ active }) => active.id))]);
  const starts: Start[] = [];
  for (const { event, cue, active } of wanted) {
    const version = versions.get(active.id);
    const depth = Number(event.payload["depth"] ?? 0) + 1;
    if (depth > depthMax) work.log.warn({ workflow: active.id, event: event.id }, "a workflow is not started: workflows started each other too often");
    else if (version !== undefined) starts.push(...(await startOf(ctx, tx, event, cue, active, version, depth)));
  }
  await startRuns(ctx, tx, starts, 0);
}

/** The run that an event starts, unless its contact is archived or does not fulfil the condition. */
async function startOf(ctx: Ctx, tx: Write, event: DispatchedEvent, cue: Cue, active: Active, version: number, depth: number): Promise<Start[]> {
  const contactId = textOf(event.payload["contactId"]);
  const signalId = textOf(event.payload["signalId"]);
  const [contact] = contactId === null ? [] : await selectContactsById(tx, ctx.workspace.id, [contactId]);
  if (contactId !== null && (!contact || contact.archived_at !== null)) return [];
  const [signal] = signalId === null ? [] : await selectSignalsById(tx, ctx.workspace.id, [signalId]);
  const { where, cooldownHours } = active.definition;
  const known = cue.facts ?? {};
  if (where !== null && !evaluate(where, await loadFacts(tx, ctx.workspace.id, ctx.clock.now(), { contact, signal, known }, active.needs))) return [];
  // A changed version is asked as it was a moment ago; its run is the one of now.
  return [{ workflowId: active.id, version, contactId, signalId: signal?.id ?? null, eventId: event.id, cause: "trigger", depth, facts: known, cooldownMs: cooldownHours * hourMs }];
}

export const workflowStarts: EventHandler = { name: "workflows", what: "starts the workflows that wait for what happened", handle: startRunsByEvents };

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Which triggers an event is for, by its kind and payload; undefined for those that start nothing. */
function cueOf(kind: string, payload: Record<string, unknown>): Cue | undefined {
  switch (kind) {
    case "contact.scored": {
      const score = Number(payload["newScore"]);
      const before = typeof payload["oldScore"] === "number" ? payload["oldScore"] : -1;
      return { on: "score", fits: (t) => t.on === "score" && t.icpProfileId === payload["icpProfileId"] && before < t.crosses && score >= t.crosses, facts: { score } };
    }
    case "contact.status_changed":
      return { on: "contact.status", fits: (t) => t.on === "contact.status" && t.to === payload["to"] };
    case "enrollment.created":
    case "enrollment.completed":
    case "enrollment.stopped": {
      const [, happened] = kind.split(".");
      const sequenceId = textOf(payload["sequenceId"]);
      const enrollment = { id: textOf(payload["enrollmentId"]), sequenceId, status: happened === "created" ? "active" : happened, endReason: null };
      return { on: "enrollment", fits: (t) => t.on === "enrollment" && t.event === happened && (t.sequenceId === undefined || t.sequenceId === sequenceId), facts: { enrollment } };
    }
    case "message.received":
      return { on: "reply", fits: () => true };
    case "inbound.received":
      return { on: "inbound", fits: () => true };
    default:
      return undefined;
  }
}
