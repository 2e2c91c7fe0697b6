import { idFloor } from "../../core/id.ts";
import type { Store } from "../../store/store.ts";
import { deleteCalls, findOldestKept, selectConnectorKeys } from "./queries.ts";

const keepMs = 25 * 3_600_000;
/** Of a busy connector fewer than a day's: its health needs no more. */
const keepCount = 5000;
const chunk = 2000;

/** Calls are kept for the 24 h that health looks at, the newest 5,000 of each connector. */
export async function purgeConnectorCalls(store: Store, now: number): Promise<void> {
  for (const { workspace_id, id } of await selectConnectorKeys(store.read)) {
    const surplus = await findOldestKept(store.read, workspace_id, id, keepCount);
    const old = idFloor(now - keepMs);
    const last = surplus !== undefined && surplus > old ? surplus : old;
    // Each chunk is its own short transaction, so that ingest never waits for a big delete.
    while ((await store.write((tx) => deleteCalls(tx, workspace_id, id, last, chunk))) === chunk) await new Promise((resolve) => setImmediate(resolve));
  }
}
