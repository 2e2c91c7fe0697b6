import type { ActiveKey } from "../api/keys/index.ts";
import { ApiError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import { countStored } from "./queries.ts";

const dayMs = 86_400_000;

/**
 * Rows that one publishable key may add per UTC day: a key is public, and a flood from many addresses must fill
 * neither the disk nor other keys' room. Throws RATE_LIMIT_EXCEEDED until midnight UTC. 0 = off.
 */
export type DailyCap = (key: ActiveKey, now: number) => void | Promise<void>;

export function createDailyCap(store: Store, max: number): DailyCap {
  let today = 0;
  let rows = new Map<string, number>();

  function take(key: ActiveKey, now: number, used: number): void {
    if (used >= max) throw new ApiError("RATE_LIMIT_EXCEEDED", { message: "This key's daily row limit is reached.", retryAfterS: Math.ceil((dayMs - (now % dayMs)) / 1000) });
    rows.set(key.id, used + 1);
  }

  /** After a start: what the day's counters already hold. */
  async function load(key: ActiveKey, now: number): Promise<void> {
    const stored = await countStored(store.read, key.workspace.id, key.id, now - (now % dayMs));
    take(key, now, Math.max(stored, rows.get(key.id) ?? 0));
  }

  return (key, now) => {
    if (max === 0 || key.type !== "publishable") return;
    const day = Math.floor(now / dayMs);
    if (day !== today) {
      today = day;
      rows = new Map();
    }
    const used = rows.get(key.id);
    return used === undefined ? load(key, now) : take(key, now, used);
  };
}
