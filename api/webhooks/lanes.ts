import type { Read } from "../../store/store.ts";
import type { WebhookDeliveryRow, WebhookRow } from "../../store/tables-outreach.ts";
import type { Work } from "../../store/work.ts";
import { anyDue, claimDue, findWebhook, type Lane, nextLane } from "./queries.ts";
import { testKind, tryLimitMs } from "./send.ts";

export type { Lane } from "./queries.ts";

/** How long a claimed delivery is this process's: its try and what it takes to write down what became of it. */
const claimMs = tryLimitMs + 30_000;

/** The next webhook in turn for which something waits; undefined at the end, or when nothing is due at all. */
export async function nextDueLane(db: Read, after: Lane, now: number): Promise<(Lane & { due: boolean }) | undefined> {
  if (after.workspaceId === "" && !(await anyDue(db, now))) return undefined;
  const lane = await nextLane(db, after);
  return lane && { workspaceId: lane.workspaceId, webhookId: lane.webhookId, due: lane.dueAt <= now };
}

/** Takes due deliveries of a webhook for this process. One that is switched off sends its tests only; one whose receiver wants silence, nothing. */
export async function claimDeliveries({ store, clock }: Pick<Work, "store" | "clock">, lane: Lane, max: number): Promise<{ webhook: WebhookRow | undefined; deliveries: WebhookDeliveryRow[] }> {
  const now = clock.now();
  const webhook = await findWebhook(store.read, lane.workspaceId, lane.webhookId);
  if (!webhook || (webhook.hold_until !== null && webhook.hold_until > now)) return { webhook, deliveries: [] };
  const onlyKind = webhook.status === "disabled" ? testKind : undefined;
  return { webhook, deliveries: await claimDue(store, lane, { now, until: now + claimMs, max, onlyKind }) };
}
