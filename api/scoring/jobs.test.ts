import { describe, expect, test } from "vitest";
import type { NewSignal } from "../../store/ingest.ts";
import { newId } from "../../core/id.ts";
import { addContact } from "../../test/support/contacts.ts";
import { dialects, newSignal } from "../../test/support/stores.ts";
import { refreshActivity } from "./jobs.ts";

const dayMs = 86_400_000;
/** Ids of one process never sort backwards, so that each test has a later time of its own. */
let base = 1_950_000_000_000;

describe.each(dialects)("activity scores on %s", (_name, open) => {
  async function start() {
    base += 400 * dayMs;
    const opened = await open(() => base);
    const { store } = opened;
    await store.write((tx) => tx.insertInto("workspaces").values({ id: "w1", name: "Acme", plan: "unlimited", status: "active", created_at: base }).execute());
    const contact = await addContact(store, base, "w1", "jane@acme.test");
    const scores = async () => (await store.read.selectFrom("contacts").select("activity_score").where("workspace_id", "=", "w1").execute()).map((row) => row.activity_score);
    const signal = (at: number, more: Partial<NewSignal["row"]> = {}): NewSignal => newSignal(at, { contact_id: contact, ...more });
    return { ...opened, contact, scores, signal };
  }

  test("follow new signals, fade day by day, and end at 0, where nothing is looked at any more", async () => {
    const { store, scores, signal, dispose } = await start();
    try {
      for (let i = 0; i < 5; i++) await store.append(signal(base));
      await store.append(signal(base, { bot: "user_agent" }));
      await refreshActivity(store, base);
      // Younger than what a run looks at: the next one does.
      expect(await scores()).toEqual([null]);
      await refreshActivity(store, base + 2 * 60_000);
      expect(await scores()).toEqual([50]);
      await refreshActivity(store, base + 14 * dayMs);
      expect(await scores()).toEqual([29]);
      // Again within the day, nothing is computed anew.
      const computed = () => store.read.selectFrom("contact_activity").select("computed_at").execute();
      const before = await computed();
      await refreshActivity(store, base + 14 * dayMs + 60_000);
      expect(await computed()).toEqual(before);
      await refreshActivity(store, base + 150 * dayMs);
      expect([await scores(), await computed()]).toEqual([[0], []]);
    } finally {
      await dispose();
    }
  });

  test("know of the past of a visitor who became known", async () => {
    const { store, contact, scores, signal, dispose } = await start();
    try {
      await store.append(signal(base, { contact_id: null }));
      await refreshActivity(store, base + 2 * 60_000);
      expect(await scores()).toEqual([null]);
      const at = base + 3 * 60_000;
      await store.write(async (tx) => {
        await tx.updateTable("signals").set({ contact_id: contact }).execute();
        await tx.insertInto("events").values({ workspace_id: "w1", id: newId(at), kind: "visitor.identified", payload: JSON.stringify({ visitorId: "v", contactId: contact }), at }).execute();
      });
      await refreshActivity(store, at + 2 * 60_000);
      expect(await scores()).toEqual([13]);
    } finally {
      await dispose();
    }
  });
});
