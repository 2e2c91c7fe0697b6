import { Client, type ClientConfig } from "pg";
import { idFloor } from "../../core/id.ts";
import { boundedCache } from "../../core/lru.ts";
import type { Read, StoredGroup } from "../store.ts";
import type { SignalRow } from "../tables.ts";
import { storedChannel } from "./ingest-statements.ts";
import type { StoredNews } from "./planned-rows.ts";

const toldMax = 10_000;
const retryMinMs = 100;
const retryMaxMs = 5000;
const heartbeatMs = 15_000;
/** Clocks of nodes differ; what was told already is not told twice. */
const marginMs = 10_000;
const catchUpMax = 1000;

export interface StoredFeed {
  start(): void;
  close(): Promise<void>;
}

/** Tells of other nodes' commits by LISTEN on a connection of its own, which is made anew when lost; what was missed meanwhile is caught up with. */
export function createStoredFeed(connection: ClientConfig, read: Read, now: () => number, isOwn: (batchId: string) => boolean, tell: (group: StoredGroup) => void): StoredFeed {
  const told = boundedCache<string, true>(toldMax);
  let client: Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let retryMs = retryMinMs;
  let lostAt: number | undefined;
  let started = false;
  let closed = false;
  // One after the other, so that listeners hear in commit order.
  let chain: Promise<void> = Promise.resolve();

  const inTurn = (work: () => Promise<void>) => {
    chain = chain.then(work).catch(() => {});
  };

  function tellForeign(rows: readonly SignalRow[]): void {
    const batches = new Map<string, SignalRow[]>();
    for (const row of rows) {
      if (isOwn(row.batch_id) || told.get(row.batch_id)) continue;
      const signals = batches.get(row.batch_id) ?? [];
      batches.set(row.batch_id, signals);
      signals.push(row);
    }
    for (const [batchId, signals] of batches) {
      told.set(batchId, true);
      tell({ batches: [], signals });
    }
  }

  async function hear(text: string): Promise<void> {
    const news = JSON.parse(text) as StoredNews;
    if (isOwn(news.batchId) || told.get(news.batchId)) return;
    const rows = read.selectFrom("signals").selectAll().where("workspace_id", "=", news.workspaceId).where("id", ">=", news.firstId).where("id", "<=", news.lastId);
    tellForeign(await rows.where("batch_id", "=", news.batchId).orderBy("id").execute());
  }

  /** Signals of the time without a connection, oldest first. */
  async function catchUp(since: number): Promise<void> {
    const workspaces = await read.selectFrom("workspaces").select("id").execute();
    for (const { id } of workspaces) {
      tellForeign(await read.selectFrom("signals").selectAll().where("workspace_id", "=", id).where("id", ">=", idFloor(since)).orderBy("id").limit(catchUpMax).execute());
    }
  }

  function lose(lost: Client): void {
    if (client !== lost || closed) return;
    client = undefined;
    clearInterval(heartbeat);
    lostAt ??= now();
    lost.end().catch(() => {});
    retry = setTimeout(connect, retryMs);
    retry.unref();
    retryMs = Math.min(retryMaxMs, retryMs * 2);
  }

  function connect(): void {
    const next = new Client({ ...connection, query_timeout: 5000 });
    client = next;
    next.on("error", () => lose(next));
    next.on("end", () => lose(next));
    next.on("notification", ({ payload }) => inTurn(() => hear(payload ?? "")));
    void listen(next);
  }

  async function listen(next: Client): Promise<void> {
    try {
      await next.connect();
      await next.query(`LISTEN ${storedChannel}`);
      retryMs = retryMinMs;
      const since = lostAt;
      lostAt = undefined;
      if (since !== undefined) inTurn(() => catchUp(since - marginMs));
      heartbeat = setInterval(() => void beat(next), heartbeatMs);
      heartbeat.unref();
    } catch {
      lose(next);
    }
  }

  /** Finds a connection that died without a word. */
  async function beat(next: Client): Promise<void> {
    try {
      await next.query("SELECT 1");
    } catch {
      lose(next);
    }
  }

  return {
    start: () => {
      if (started || closed) return;
      started = true;
      connect();
    },
    close: async () => {
      closed = true;
      clearTimeout(retry);
      clearInterval(heartbeat);
      await client?.end().catch(() => {});
      await chain;
    },
  };
}
