import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { onTestFinished, expect, test } from "vitest";
import { emptyRow } from "../../api/contacts/fields.ts";
import type { ContactCache } from "../store.ts";
import type { ContactRow, SignalRow } from "../tables.ts";
import { openSqliteStore } from "./index.ts";

const now = 1_950_000_000_000;
const [w, a, b] = ["w1", "contact-a", "contact-b"];

async function openWithTwo() {
  const folder = mkdtempSync(join(tmpdir(), "owlbound-test-"));
  const file = join(folder, "owlbound.db");
  const store = await openSqliteStore({ file, now: () => now });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const cache = store.contactCache as ContactCache;
  await store.write(async (tx) => {
    await tx.insertInto("workspaces").values({ id: w, name: "Acme", plan: "unlimited", status: "active", created_at: now }).execute();
    for (const id of [a, b]) await tx.insertInto("contacts").values({ ...emptyRow(w, now, "api"), id } satisfies ContactRow).execute();
  });
  const keepBoth = () => {
    for (const id of [a, b]) cache.keep(w, id, `text of ${id}`, cache.moment());
  };
  const kept = () => [a, b].filter((id) => cache.get(w, id) === `text of ${id}`);
  return { file, store, cache, keepBoth, kept };
}

const signal = { batch_id: "b", workspace_id: w, id: "s1", key_id: "k", type: "website_visit", source: "web", priority: "high", data: "{}", received_at: now, occurred_at: now, contact_id: a } as unknown as SignalRow;

test("what is kept of a contact goes with the commit of any row that it shows, and with no other", async () => {
  const { store, keepBoth, kept } = await openWithTwo();
  const changes: [string, (tx: Parameters<Parameters<typeof store.write>[0]>[0]) => Promise<unknown>, string[]][] = [
    ["contact changed", (tx) => tx.updateTable("contacts").set({ title: "CTO" }).where("id", "=", a).execute(), [b]],
    ["value found", (tx) => tx.insertInto("enrichment_values").values({ workspace_id: w, contact_id: a, field: "title", provider: "x", value: '"CEO"', confidence: 1, found_at: now }).execute(), [b]],
    ["value replaced", (tx) => tx.replaceInto("enrichment_values").values({ workspace_id: w, contact_id: a, field: "title", provider: "x", value: '"CFO"', confidence: 1, found_at: now }).execute(), [b]],
    ["value changed", (tx) => tx.updateTable("enrichment_values").set({ confidence: 0 }).execute(), [b]],
    ["value moved", (tx) => tx.updateTable("enrichment_values").set({ contact_id: b }).execute(), []],
    ["value gone", (tx) => tx.deleteFrom("enrichment_values").execute(), [a]],
    ["signal stored", (tx) => tx.insertInto("signals").values(signal).execute(), [b]],
    ["signal routed", (tx) => tx.updateTable("signals").set({ actioned_at: now }).execute(), [a, b]],
    ["signal is a bot's", (tx) => tx.updateTable("signals").set({ bot: "crawler" }).execute(), [b]],
    ["signal moved", (tx) => tx.updateTable("signals").set({ contact_id: b }).execute(), []],
    ["signal gone", (tx) => tx.deleteFrom("signals").execute(), [a]],
    ["signal of nobody", (tx) => tx.insertInto("signals").values({ ...signal, contact_id: null }).execute(), [a, b]],
    ["signal becomes somebody's", (tx) => tx.updateTable("signals").set({ contact_id: a }).execute(), [b]],
    ["contact gone", (tx) => tx.deleteFrom("contacts").where("id", "=", b).execute(), [a]],
  ];
  for (const [name, change, left] of changes) {
    keepBoth();
    await store.write(change);
    expect([name, kept()]).toEqual([name, left]);
  }
});

test("a company that changes takes all with it", async () => {
  const { store, keepBoth, kept } = await openWithTwo();
  await store.write((tx) => tx.insertInto("companies").values({ workspace_id: w, id: "co", name: "Acme", claimed_name: null, name_key: "acme", source: "api", domain: null, linkedin_url: "https://www.linkedin.com/company/acme", linkedin_key: "acme", industry: null, size: null, location: null, website: null, description: null, created_at: now, updated_at: now }).execute());
  keepBoth();
  await store.write((tx) => tx.updateTable("companies").set({ industry: "Owls" }).execute());
  expect(kept()).toEqual([]);
});

test("what another process commits is seen, and what was read before it is not kept", async () => {
  const { file, cache, keepBoth, kept } = await openWithTwo();
  const other = new Database(file);
  keepBoth();
  const moment = cache.moment();
  other.prepare("UPDATE contacts SET title = 'CTO' WHERE id = ?").run(a);
  other.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(kept()).toEqual([]);
  cache.keep(w, a, `text of ${a}`, moment);
  expect(kept()).toEqual([]);
});

test("what was read before a commit is not kept after it; a write that is taken back may cost a text, never a stale one", async () => {
  const { store, cache, keepBoth, kept } = await openWithTwo();
  const moment = cache.moment();
  await store.write((tx) => tx.updateTable("contacts").set({ title: "CTO" }).where("id", "=", a).execute());
  cache.keep(w, a, "read before", moment);
  expect(cache.get(w, a)).toBeUndefined();
  keepBoth();
  await expect(
    store.write(async (tx) => {
      await tx.updateTable("contacts").set({ title: "CEO" }).where("id", "=", a).execute();
      throw new Error("taken back");
    }),
  ).rejects.toThrow("taken back");
  expect(kept()).toContain(b);
});
