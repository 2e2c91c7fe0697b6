import { matchesKind } from "../../core/event-words.ts";
import { idOf } from "../../core/id.ts";
import { recordEvents } from "../../store/events.ts";
import type { Store } from "../../store/store.ts";
import type { SignalRow } from "../../store/tables.ts";
import { selectEnabled } from "./queries.ts";

const kind = "signal.received";
/** A webhook that asks for signals is told of those that are routed this much later, or earlier. */
const knownForMs = 1000;

/**
 * `signal.received` costs the ingest path nothing: whoever routes stored signals calls this with them, before they are marked
 * routed. It records the event for people's signals of workspaces with a webhook that asks for it, and of no others. Called again with the
 * same signals (routing is at least once) it records nothing new: a signal's event has one id.
 */
export function createSignalEvents(store: Store): (signals: readonly SignalRow[]) => Promise<void> {
  const known = new Map<string, { wanted: boolean; until: number }>();

  async function isWanted(workspaceId: string): Promise<boolean> {
    const now = performance.now();
    const before = known.get(workspaceId);
    if (before && before.until > now) return before.wanted;
    const webhooks = await selectEnabled(store.read, workspaceId);
    const wanted = webhooks.some((webhook) => matchesKind(JSON.parse(webhook.events) as string[], kind));
    if (known.size > 10_000) known.clear();
    known.set(workspaceId, { wanted, until: now + knownForMs });
    return wanted;
  }

  return async (signals) => {
    const byWorkspace = Map.groupBy(signals.filter((signal) => signal.bot === null), (signal) => signal.workspace_id);
    for (const [workspaceId, theirs] of byWorkspace) {
      if (!(await isWanted(workspaceId))) continue;
      const events = theirs.map((row) => ({ id: idOf(row.received_at, `${kind} ${row.id}`), at: row.received_at, kind, payload: { signalId: row.id, contactId: row.contact_id, type: row.type } }));
      await store.write((tx) => recordEvents(tx, workspaceId, 0, events));
    }
  };
}
