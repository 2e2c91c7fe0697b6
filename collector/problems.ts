import { ApiError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";

const hourMs = 3_600_000;
const openMax = 10_000;

interface Refusal {
  /** Empty where the key is unknown. */
  workspaceId: string;
  keyId: string;
  code: string;
  origin: string;
  message: string;
}

/** Every request that the collector refused: counted by key, hour and reason, and kept for the "is it installed?" check. */
export interface Problems {
  refused(refusal: Refusal, now: number): void;
  onRefused(listener: (refusal: Refusal & { at: number }) => void): () => void;
}

export function createProblems(store: Store): Problems {
  let open = new Map<string, Refusal & { at: number; count: number }>();
  const listeners = new Set<(refusal: Refusal & { at: number }) => void>();

  async function write(): Promise<void> {
    const batch = open;
    open = new Map();
    await store.write(async (tx) => {
      for (const r of batch.values()) {
        for (const outcome of r.keyId === "" ? [] : ["received", `dropped:${r.code}`]) {
          await tx
            .insertInto("ingest_hours")
            .values({ workspace_id: r.workspaceId, hour: r.at - (r.at % hourMs), key_id: r.keyId, outcome, count: r.count })
            .onConflict((on) => on.columns(["workspace_id", "hour", "key_id", "outcome"]).doUpdateSet((eb) => ({ count: eb("ingest_hours.count", "+", r.count) })))
            .execute();
        }
        await tx
          .insertInto("ingest_problems")
          .values({ workspace_id: r.workspaceId, key_id: r.keyId, code: r.code, origin: r.origin, message: r.message, at: r.at, count: r.count })
          .onConflict((on) =>
            on.columns(["workspace_id", "key_id", "code", "origin"]).doUpdateSet((eb) => ({ at: r.at, message: r.message, count: eb("ingest_problems.count", "+", r.count) })),
          )
          .execute();
      }
    });
  }

  return {
    refused: (refusal, now) => {
      for (const listener of listeners) listener({ ...refusal, at: now });
      const hour = now - (now % hourMs);
      const key = `${hour} ${refusal.keyId} ${refusal.code} ${refusal.origin}`;
      const entry = open.get(key);
      if (entry) {
        entry.count += 1;
        entry.at = now;
        return;
      }
      // Origins are the sender's to invent: past the bound they are counted together.
      const origin = open.size > openMax ? "" : refusal.origin;
      open.set(key, { ...refusal, origin, at: now, count: 1 });
      // A flood of bad requests costs at most four commits a second.
      if (open.size === 1) setTimeout(() => write().catch(() => {}), 250).unref();
    },
    onRefused: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The code and words under which a refusal is kept. */
export function refusalOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof ApiError)) return { code: "INTERNAL_ERROR", message: "Unexpected server error." };
  const first = error.details?.[0];
  return { code: error.code, message: first ? `${first.path}: ${first.message}` : error.message };
}
