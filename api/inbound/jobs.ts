import { z } from "zod";
import { enqueue } from "../../store/queue.ts";
import type { QueueHandler } from "../../store/work.ts";
import { requeue } from "./queries.ts";

/** A payload to map; the worker does it. */
export const payloadKind = "inbound-payload";
export const replayKind = "inbound-replay";
const chunk = 200;

const Replay = z.object({ hookId: z.string(), from: z.number(), to: z.number(), after: z.string().default("") });

/** What waits in quarantine goes back to work, a chunk at a time. */
export const inboundReplays: QueueHandler = {
  kind: replayKind,
  what: "maps an inbound hook's quarantine once more",
  concurrency: 1,
  handle: async ({ store, clock, wakeJobs }, job) => {
    const replay = Replay.parse(JSON.parse(job.payload));
    const now = clock.now();
    // Onwards by id: what is back in quarantine by then is taken no second time.
    const ids = await store.write(async (tx) => {
      const back = await requeue(tx, job.workspace_id, replay.hookId, { from: replay.from, to: replay.to, after: replay.after, limit: chunk });
      for (const payloadId of back) await enqueue(tx, { workspaceId: job.workspace_id, kind: payloadKind, payload: { payloadId }, runAt: now, now });
      return back;
    });
    wakeJobs();
    const last = ids.at(-1);
    if (ids.length === chunk && last !== undefined) return { runAt: now, payload: { ...replay, after: last } };
  },
};
