import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import pg from "pg";
import type { StoredGroup } from "../store.ts";
import type { SignalRow, Tables } from "../tables.ts";
import type { Announce } from "./ingest.ts";

const channel = "owlbound_stored";
const reconnectMs = 1000;

interface Notice {
  node: string;
  workspace: string;
  batch: string;
  /** First and last id of the batch: its rows lie between them. */
  first: string;
  last: string;
}

export interface Announcements {
  announce: Announce;
  stop(): Promise<void>;
}

/** Tells the other nodes of a commit, by NOTIFY in its own transaction; hears theirs on a connection of its own that comes back by itself. */
export function createAnnouncements(url: string, db: Kysely<Tables>, onStored: (group: StoredGroup) => void): Announcements {
  const node = randomUUID();
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function connect(): void {
    const next = new pg.Client({ connectionString: url, keepAlive: true, application_name: "owlbound-listen" });
    client = next;
    const again = () => {
      if (stopped || client !== next) return;
      client = undefined;
      next.end().catch(() => {});
      timer = setTimeout(connect, reconnectMs).unref();
    };
    next.on("error", again);
    next.on("end", again);
    next.on("notification", ({ payload }) => {
      const notice = JSON.parse(payload ?? "{}") as Notice;
      if (notice.node !== node) hear(notice).catch(() => {});
    });
    next.connect().then(() => next.query(`LISTEN ${channel}`)).catch(again);
  }

  async function hear({ workspace, batch, first, last }: Notice): Promise<void> {
    const rows: SignalRow[] = await db
      .selectFrom("signals")
      .selectAll()
      .where("workspace_id", "=", workspace)
      .where("id", ">=", first)
      .where("id", "<=", last)
      .where("batch_id", "=", batch)
      .orderBy("id")
      .execute();
    onStored({ batches: [], signals: rows });
  }

  connect();
  return {
    announce: async (tx, group) => {
      for (const { workspaceId, batchId, signalIds } of group.batches) {
        const sorted = signalIds.toSorted();
        const notice: Notice = { node, workspace: workspaceId, batch: batchId, first: sorted[0] ?? "", last: sorted.at(-1) ?? "" };
        await sql`SELECT pg_notify(${channel}, ${JSON.stringify(notice)})`.execute(tx);
      }
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
