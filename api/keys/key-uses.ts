import type { Clock } from "../../core/clock.ts";
import { boundedCache } from "../../core/lru.ts";
import type { Store } from "../../store/store.ts";
import type { ActiveKey } from "./key-ring.ts";
import { saveKeyUse } from "./queries.ts";

const everyMs = 60_000;
const notedMax = 20_000;

/** Keeps when a key was last used, to the minute: one write a minute and key, which waits for a commit to share. Nobody waits for it. */
export type NoteUse = (key: ActiveKey) => void;

export function createKeyUses(store: Store, clock: Clock): NoteUse {
  const noted = boundedCache<string, number>(notedMax);
  let open = new Map<string, { workspace_id: string; key_id: string; last_used_at: number }>();
  return (key) => {
    const now = clock.now();
    const last = noted.get(key.id);
    if (last !== undefined && now - last < everyMs && now >= last) return;
    noted.set(key.id, now);
    open.set(key.id, { workspace_id: key.workspace.id, key_id: key.id, last_used_at: now });
    if (open.size > 1) return;
    store.later(async (tx) => {
      const batch = [...open.values()].toSorted((a, b) => (a.key_id < b.key_id ? -1 : 1));
      open = new Map();
      for (const use of batch) await saveKeyUse(tx, use);
    });
  };
}
