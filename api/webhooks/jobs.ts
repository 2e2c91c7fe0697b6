import { z } from "zod";
import { idOf } from "../../core/id.ts";
import type { QueueHandler } from "../../store/work.ts";
import { deliveryStatuses } from "./contract.ts";
import { deliveryOf } from "./fan-out.ts";
import { findWebhook, insertDeliveries, selectForReplay } from "./queries.ts";

export const replayKind = "webhook-replay";
const chunk = 500;

export const Replay = z.object({ webhookId: z.string(), from: z.number(), to: z.number(), status: z.enum(deliveryStatuses), after: z.string() });

/** Deliveries of a time once more, a chunk at a time. A chunk that is done again after a crash makes the same rows. */
export const webhookReplays: QueueHandler = {
  kind: replayKind,
  what: "queues a webhook's deliveries of a time once more",
  concurrency: 1,
  handle: async ({ store, clock, wakeJobs }, job) => {
    const replay = Replay.parse(JSON.parse(job.payload));
    const lane = { workspaceId: job.workspace_id, webhookId: replay.webhookId };
    const webhook = await findWebhook(store.read, lane.workspaceId, lane.webhookId);
    if (!webhook) return;
    const now = clock.now();
    const old = await selectForReplay(store.read, lane, { ...replay, limit: chunk });
    const rows = old.map((row) => deliveryOf(webhook, { ...replayOf(row), id: idOf(job.created_at, `replay ${job.id} ${row.id}`) }, now));
    await store.write((tx) => insertDeliveries(tx, rows));
    wakeJobs();
    const last = old.at(-1);
    if (old.length === chunk && last) return { runAt: now, payload: { ...replay, after: last.id } };
  },
};

/** What a delivery says, as a new one says it again. */
export function replayOf(row: Pick<Parameters<typeof deliveryOf>[1], "event_id" | "event_kind" | "payload" | "contact_id" | "message_id"> & { id: string }) {
  return { event_id: row.event_id, event_kind: row.event_kind, payload: row.payload, contact_id: row.contact_id, message_id: row.message_id ?? row.id, replay_of: row.id };
}
