import type { Store } from "../../store/store.ts";
import { exposureAction, type ExposurePlace, listKeys, selectAudit } from "../keys/index.ts";
import type { KeyWarning, Warning } from "./contract.ts";

/** So far back an exposure is warned of, unless the key was replaced before. */
const exposureMs = 90 * 86_400_000;
const entriesMax = 500;

/** What needs the operator's hand, the latest first. Whatever was mended is not in it any more. */
export async function warningsOf(store: Store, workspaceId: string, now: number): Promise<Warning[]> {
  return exposedKeys(store, workspaceId, now);
}

/** Secret keys that were seen outside of servers and still work: one warning a key, of its latest entry. */
async function exposedKeys(store: Store, workspaceId: string, now: number): Promise<KeyWarning[]> {
  const entries = await selectAudit(store.slow, workspaceId, [exposureAction], now - exposureMs, entriesMax);
  if (entries.length === 0) return [];
  const keys = new Map((await listKeys(store.read, workspaceId)).map((key) => [key.id, key]));
  const warnings = new Map<string, KeyWarning>();
  for (const entry of entries) {
    const { keyId, place, origin } = JSON.parse(entry.detail) as { keyId: string; place: ExposurePlace; origin: string | null };
    const key = keys.get(keyId);
    // A rotation is the mending, also while the old key runs out.
    if (!key || warnings.has(keyId) || key.revoked_at !== null || key.rotated_to !== null || (key.expires_at !== null && key.expires_at <= now)) continue;
    warnings.set(keyId, { kind: "secret_key_exposed", keyId, keyName: key.name, keyHint: `${key.prefix}…${key.last4}`, place, origin, at: entry.at });
  }
  return [...warnings.values()];
}
