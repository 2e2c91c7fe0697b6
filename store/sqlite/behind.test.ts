import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { newSignal } from "../../test/support/stores.ts";
import { linkVisitor } from "../../api/identity/queries.ts";
import { openSqliteStore } from "./index.ts";

const base = 1_950_000_000_000;
const silence = 31 * 60_000;

async function openIn(folder: string) {
  const store = await openSqliteStore({ file: join(folder, "owlbound.db"), now: () => base });
  let open = true;
  const close = async () => {
    if (open) await store.close();
    open = false;
  };
  onTestFinished(close);
  return { ...store, close };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-behind-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The file as a kill at this moment would leave it. */
function crashedCopy(folder: string): string {
  const copy = newFolder();
  for (const name of ["owlbound.db", "owlbound.db-wal"]) cpSync(join(folder, name), join(copy, name));
  return copy;
}

/** What is behind, and what it has to be by the signals and sessions themselves. */
function compare(folder: string) {
  const db = new Database(join(folder, "owlbound.db"), { readonly: true });
  onTestFinished(() => {
    db.close();
  });
  const all = (text: string) => db.prepare(text).all();
  return {
    found: [all("SELECT visitor_id, signal_id FROM visitor_signals ORDER BY 1, 2"), all("SELECT id, session_id, sessions, mode, first_seen_at FROM visitors ORDER BY id")],
    due: [
      all("SELECT visitor_id, id AS signal_id FROM signals ORDER BY 1, 2"),
      all(`SELECT visitor_id AS id, max(id) AS session_id, count(*) AS sessions, mode, min(started_at) AS first_seen_at FROM sessions GROUP BY visitor_id ORDER BY id`),
    ],
  };
}

/** Many signals at once, of `visitors` visitors, each twice in one session. */
async function burst(store: Awaited<ReturnType<typeof openIn>>, visitors: number, at: number) {
  for (const _twice of [1, 2]) {
    await Promise.all(Array.from({ length: visitors }, (_, i) => store.append(newSignal(at, { visitor_id: `v-${(i * 7919) % visitors}` }))));
  }
}

test("under load rows wait, and are all there once it is quiet", async () => {
  const folder = newFolder();
  const store = await openIn(folder);
  await burst(store, 700, base);
  const { found, due } = compare(folder);
  expect(found[0]?.length).toBeLessThan(due[0]?.length ?? 0);
  await expect.poll(() => compare(folder).found, { timeout: 10_000 }).toEqual(due);
});

test("more than may wait: the oldest are written meanwhile, and none twice", async () => {
  const folder = newFolder();
  const store = await openIn(folder);
  for (const round of [0, 1]) await burst(store, 13_000, base + round * silence);
  expect(compare(folder).found[0]?.length).toBeGreaterThan(0);
  await store.close();
  const { found, due } = compare(folder);
  expect(found).toEqual(due);
  expect(found[1]).toHaveLength(13_000);
});

test("a kill leaves out nothing: the next start writes what waited, with every session counted once", async () => {
  const folder = newFolder();
  const store = await openIn(folder);
  await burst(store, 900, base);
  await expect.poll(() => compare(folder).found[1]?.length, { timeout: 10_000 }).toBe(900);
  // Visitors that are known, in a second session, among new ones.
  await burst(store, 1_000, base + silence);
  const copy = crashedCopy(folder);
  expect(compare(copy).found).not.toEqual(compare(copy).due);
  const again = await openIn(copy);
  expect(compare(copy).found).toEqual(compare(copy).due);
  // Once more changes nothing.
  await again.close();
  await openIn(copy);
  expect(compare(copy).found).toEqual(compare(copy).due);
});

test("who is linked to a person under load brings the whole past", async () => {
  const folder = newFolder();
  const store = await openIn(folder);
  await burst(store, 700, base);
  await store.write(async (tx) => {
    await store.settleVisitors("w1", ["v-5"], tx);
    await linkVisitor(tx, "w1", "v-5", "c-1");
  });
  store.forgetVisitor("w1", "v-5");
  await store.append(newSignal(base + 1, { visitor_id: "v-5" }));
  const of = await store.read.selectFrom("signals").select(["contact_id", "session_id"]).where("visitor_id", "=", "v-5").execute();
  expect(of.map((row) => row.contact_id)).toEqual(["c-1", "c-1", "c-1"]);
  expect(new Set(of.map((row) => row.session_id)).size).toBe(1);
  await store.settleVisitors("w1", ["v-5"]);
  expect(await store.read.selectFrom("visitor_signals").select("signal_id").where("visitor_id", "=", "v-5").execute()).toHaveLength(3);
});
