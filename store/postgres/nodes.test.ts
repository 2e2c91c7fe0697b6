import { connect, createServer, type Socket } from "node:net";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newSignal, type OpenedStore, postgresDialects, servers } from "../../test/support/stores.ts";
import type { Store, StoredGroup, Write } from "../store.ts";
import { commitOutcome } from "./commit-outcome.ts";
import { poolDatabase } from "./database.ts";
import { openPostgresStore } from "./index.ts";

const base = 1_950_000_000_000;

describe.each(postgresDialects)("two nodes on %s", (_name, open) => {
  let opened: OpenedStore;
  let other: Store;

  beforeEach(async () => {
    opened = await open(() => base);
    other = await opened.again();
  });
  afterEach(() => opened.dispose());

  test("a new visitor who comes to two nodes at once has one session", async () => {
    for (let round = 0; round < 10; round++) {
      const visits = [opened.store, other].map((node) => node.append(newSignal(base, { visitor_id: `v-${round}` })));
      await Promise.all(visits);
    }
    expect(await other.read.selectFrom("visitors").select("sessions").execute()).toEqual(Array.from({ length: 10 }, () => ({ sessions: 1 })));
    const sessions = (await other.read.selectFrom("sessions").select("id").execute()).map((row) => row.id);
    expect(sessions).toHaveLength(10);
    const told = (await other.read.selectFrom("signals").select("session_id").execute()).map((row) => row.session_id);
    expect(told.toSorted()).toEqual(sessions.flatMap((id) => [id, id]).toSorted());
  });

  test("under load from both, each messageId is stored once and all sums are right", async () => {
    const all = Array.from({ length: 600 }, (_, i) => i);
    const send = (node: Store) => Promise.all(all.map((i) => node.append(newSignal(base, { message_id: `m-${i}-pad`, visitor_id: `v-${(i * 7) % 50}` }))));
    const [a, b] = await Promise.all([send(opened.store), send(other)]);
    expect(all.filter((i) => a[i]?.signalId !== b[i]?.signalId)).toEqual([]);
    expect(all.filter((i) => a[i]?.duplicate === b[i]?.duplicate)).toEqual([]);
    const sum = async (outcome: string) =>
      (await other.read.selectFrom("ingest_hours").select("count").where("outcome", "=", outcome).execute()).reduce((total, row) => total + row.count, 0);
    expect([(await other.read.selectFrom("signals").select("id").execute()).length, await sum("received"), await sum("stored"), await sum("duplicate")]).toEqual([600, 1200, 600, 600]);
    const visitors = await other.read.selectFrom("visitors").select("sessions").execute();
    expect([visitors.length, visitors.reduce((n, v) => n + v.sessions, 0)]).toEqual([50, 50]);
  });

  test("a signal that comes while its visitor is linked to a person is that person's", async () => {
    await other.append(newSignal(base, { visitor_id: "v-1" }));
    let late: Promise<unknown> | undefined;
    await opened.store.write(async (tx) => {
      await tx.updateTable("visitors").set({ contact_id: "c-1" }).where("id", "=", "v-1").execute();
      late = other.append(newSignal(base, { visitor_id: "v-1" }));
      await tx.updateTable("signals").set({ contact_id: "c-1" }).where("visitor_id", "=", "v-1").execute();
    });
    await late;
    expect(await other.read.selectFrom("signals").select("contact_id").execute()).toEqual([{ contact_id: "c-1" }, { contact_id: "c-1" }]);
  });
});

describe.each(servers)("several nodes on one %s server", (_name, open) => {
  let opened: OpenedStore;
  let line: FlakyLine;
  let far: Store;

  beforeEach(async () => {
    opened = await open(() => base);
    line = await flakyLine(opened.url ?? "");
    far = await openPostgresStore({ url: line.url, now: () => base });
  });
  afterEach(async () => {
    await far.close();
    await line.close();
    await opened.dispose();
  });

  const ids = async () => (await opened.store.read.selectFrom("signals").select("id").execute()).map((row) => row.id).toSorted();

  test("a commit whose answer was lost is acknowledged, since it took place", async () => {
    line.cutAtCommit("after");
    const stored = await Promise.all([far.append(newSignal(base)), far.append(newSignal(base))]);
    expect(await ids()).toEqual(stored.map((s) => s.signalId).toSorted());
  });

  test("signals that were refused because the line broke before their commit never appear; later ones do", async () => {
    line.cutAtCommit("before");
    const lost = newSignal(base, { message_id: "m-lost001" });
    await expect(far.append(lost)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    const kept = await far.append(newSignal(base));
    expect(await ids()).toEqual([kept.signalId]);
    expect(await far.append(newSignal(base, { message_id: "m-lost001" }))).toMatchObject({ duplicate: false });
  });

  test("a line that breaks in the middle of a write fails that write only", async () => {
    const broken = far.write(async (tx) => {
      await tx.insertInto("events").values({ workspace_id: "w1", id: "e1", kind: "k", payload: "{}", at: base }).execute();
      line.cut();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await tx.insertInto("events").values({ workspace_id: "w1", id: "e2", kind: "k", payload: "{}", at: base }).execute();
    });
    await expect(broken).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await far.append(newSignal(base));
    expect(await far.read.selectFrom("events").selectAll().execute()).toEqual([]);
  });

  test("connections that died unnoticed cost no signal", async () => {
    await far.append(newSignal(base));
    line.cut();
    expect(await far.append(newSignal(base))).toMatchObject({ duplicate: false });
    expect(await ids()).toHaveLength(2);
  });

  test("a transaction that hangs on after its line broke is ended before it is called lost", async () => {
    const client = new pg.Client({ connectionString: opened.url });
    client.on("error", () => {});
    await client.connect();
    await client.query("BEGIN; INSERT INTO usage_ledger VALUES ('w1', 'u1', 0, 'k1', 'c', 1, 1)");
    const { rows } = await client.query("SELECT pg_current_xact_id()::text AS xid, pg_backend_pid() AS pid");
    const db = poolDatabase({ connectionString: opened.url, max: 1 });
    const mark = { xid: rows[0].xid, pid: rows[0].pid, workspaceId: "w1", usageId: "u1" };
    expect(await commitOutcome(db, mark)).toBe(false);
    await expect(client.query("COMMIT")).rejects.toThrow(/terminat|not queryable/i);
    expect(await far.read.selectFrom("usage_ledger").selectAll().execute()).toEqual([]);
    await db.close();
    await client.end().catch(() => {});
  });

  test("of two writes that wait for each other both are done", async () => {
    for (const id of ["a", "b"]) await far.write((tx) => tx.insertInto("canary").values({ id: id === "a" ? 1 : 2, at: 0 }).execute());
    let holding = 0;
    const add = (first: number, second: number) => (tx: Write) => bump(tx, first).then(() => bothHold()).then(() => bump(tx, second));
    const bump = (tx: Write, id: number) => tx.updateTable("canary").set((eb) => ({ at: eb("at", "+", 1) })).where("id", "=", id).execute();
    const bothHold = async () => {
      holding += 1;
      for (let i = 0; i < 200 && holding < 2; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await Promise.all([far.write(add(1, 2)), opened.store.write(add(2, 1))]);
    expect(await far.read.selectFrom("canary").select("at").execute()).toEqual([{ at: 2 }, { at: 2 }]);
  });

  test("a node hears of another's signals once, also of those that came while its line was broken, and routes none of them", async () => {
    const heard: StoredGroup[] = [];
    far.onStored((group) => heard.push(group));
    const sent: string[] = [];
    const send = async (node: Store) => sent.push((await node.append(newSignal(base))).signalId);
    const heardIds = () => heard.flatMap((group) => group.signals.map((row) => row.id)).toSorted();
    await opened.store.write((tx) => tx.insertInto("workspaces").values({ id: "w1", name: "w", plan: "unlimited", status: "active", created_at: base }).execute());

    await expect.poll(listening).toBeGreaterThan(0);
    await send(opened.store);
    await send(far);
    await expect.poll(heardIds).toEqual(sent.toSorted());
    line.cut();
    await send(opened.store);
    await expect.poll(heardIds, { timeout: 10_000 }).toEqual(sent.toSorted());
    await send(opened.store);
    await expect.poll(heardIds).toEqual(sent.toSorted());
    expect(heard.flatMap((group) => group.batches)).toHaveLength(1);
  });

  test("a node hears of a signal that another stored inside a write, once, after its commit; the writer hears by announcing", async () => {
    const [heard, own]: StoredGroup[][] = [[], []];
    far.onStored((group) => heard?.push(group));
    opened.store.onStored((group) => own?.push(group));
    await expect.poll(listening).toBeGreaterThan(1);
    const store = () => opened.store.write((tx) => opened.store.appendIn(tx, newSignal(base)));
    const { signalId, announce } = await store();
    announce();
    const last = await store();
    await expect.poll(() => heard?.flatMap((group) => group.signals.map((row) => row.id))).toEqual([signalId, last.signalId]);
    expect(heard?.flatMap((group) => group.batches)).toEqual([]);
    expect(own?.flatMap((group) => group.batches.flatMap((batch) => batch.signalIds))).toEqual([signalId]);
  });

  /** Connections that listen in this database. */
  async function listening(): Promise<number> {
    const client = new pg.Client({ connectionString: opened.url });
    await client.connect();
    const { rows } = await client.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'").finally(() => client.end());
    return rows.length;
  }
});

interface FlakyLine {
  url: string;
  /** Cuts the line at the next COMMIT: before it reaches the server, or after the server did it and before the answer is heard. */
  cutAtCommit(when: "before" | "after"): void;
  /** Cuts all open lines now. */
  cut(): void;
  close(): Promise<void>;
}

const commit = Buffer.from("COMMIT", "latin1");
/** For COMMIT to reach the disk before the line is cut. */
const settleMs = 300;

/** A TCP line to a PostgreSQL server that breaks on demand. */
async function flakyLine(target: string): Promise<FlakyLine> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let plan: "before" | "after" | undefined;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    open.add(near).add(far);
    const end = () => {
      near.destroy();
      far.destroy();
    };
    let deaf = false;
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    far.on("data", (data) => {
      if (!deaf) near.write(data);
    });
    near.on("data", (data) => {
      // In either spelling: the drivers' own words differ.
      if (plan === undefined || !data.toString("latin1").toUpperCase().includes(commit.toString())) return void far.write(data);
      const when = plan;
      plan = undefined;
      if (when === "before") return end();
      deaf = true;
      far.write(data);
      setTimeout(end, settleMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = new URL(target);
  if (typeof address === "object" && address !== null) url.port = String(address.port);
  url.hostname = "127.0.0.1";
  return {
    url: url.href,
    cutAtCommit: (when) => (plan = when),
    cut: () => {
      for (const socket of open) socket.destroy();
      open.clear();
    },
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
