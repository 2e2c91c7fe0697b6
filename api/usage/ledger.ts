import type { Store } from "../../store/store.ts";
import { insertUsage } from "./queries.ts";

export interface Call {
  workspaceId: string;
  keyId: string;
  capability: string;
  credits: number;
}

/** Records calls that have no transaction of their own (reads, free calls): summed up and written with the next commit. */
export interface Ledger {
  record(call: Call, now: number): void;
}

export function createLedger(store: Store): Ledger {
  let open = new Map<string, Call & { calls: number; at: number }>();
  return {
    record: (call, now) => {
      const key = `${call.workspaceId} ${call.keyId} ${call.capability}`;
      const entry = open.get(key);
      if (entry) {
        entry.calls += 1;
        entry.credits += call.credits;
        return;
      }
      open.set(key, { ...call, calls: 1, at: now });
      if (open.size > 1) return;
      store.later(async (tx) => {
        const batch = open;
        open = new Map();
        for (const e of batch.values()) await insertUsage(tx, e);
      });
    },
  };
}
