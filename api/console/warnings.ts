import type { Store } from "../../store/store.ts";
import { exposureAction, type ExposurePlace, listKeys, selectAudit } from "../keys/index.ts";
import { findAlarms } from "../usage/index.ts";
import { selectUnwell } from "../webhooks/index.ts";
import type { CountsWarning, KeyWarning, Warning, WebhookWarning } from "./contract.ts";

/** So far back an exposure is warned of, unless the key was replaced before. */
const exposureMs = 90 * 86_400_000;
const entriesMax = 500;
/** As many failed tries in a row as the event `webhook.failing` waits for. */
const failuresMin = 5;

/** What needs the operator's hand, the latest first. Whatever was mended is not in it any more. */
export async function warningsOf(store: Store, workspaceId: string, now: number): Promise<Warning[]> {
  const [keys, counts, webhooks] = await Promise.all([exposedKeys(store, workspaceId, now), differingCounts(store, workspaceId, now), unwellWebhooks(store, workspaceId)]);
  return [...keys, ...counts, ...webhooks].toSorted((a, b) => b.at - a.at);
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

/** Hours whose counts do not add up: one warning a key, with the figures of the hour found last. */
async function differingCounts(store: Store, workspaceId: string, now: number): Promise<CountsWarning[]> {
  const alarms = await findAlarms(store.slow, workspaceId, now);
  if (alarms.length === 0) return [];
  const names = new Map((await listKeys(store.read, workspaceId)).map((key) => [key.id, key.name]));
  const warnings = new Map<string, CountsWarning>();
  for (const alarm of alarms) {
    const warning = warnings.get(alarm.keyId) ?? { kind: "counts_differ", ...alarm, keyName: names.get(alarm.keyId) ?? alarm.keyId, hours: 0, database: store.dialect };
    warning.hours += 1;
    warnings.set(alarm.keyId, warning);
  }
  return [...warnings.values()];
}

async function unwellWebhooks(store: Store, workspaceId: string): Promise<WebhookWarning[]> {
  const rows = await selectUnwell(store.read, workspaceId, failuresMin);
  return rows.map((row) => ({
    kind: row.disabled_at === null ? "webhook_failing" : "webhook_disabled",
    webhookId: row.id,
    host: new URL(row.url).host,
    reason: row.disabled_reason,
    failures: row.failures,
    at: row.disabled_at ?? row.failing_since ?? row.updated_at,
  }));
}
