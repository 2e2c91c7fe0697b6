import { expect, test } from "vitest";
import { eachOf, freshSite, newMessageId, openFile, post, serveFor } from "./visits.ts";

test("a signal that the database refuses fails alone: its neighbours in the group commit are stored", async () => {
  const site = await freshSite();
  const server = await serveFor(site);
  const db = openFile(site);
  // The store as a bad disk page or a bug would have it: one kind of row can't be written.
  db.exec("CREATE TRIGGER poison BEFORE INSERT ON signals WHEN NEW.message_id LIKE 'poison-%' BEGIN SELECT RAISE(ABORT, 'poison'); END");
  const poisoned = Array.from({ length: 20 }, () => `poison-${newMessageId()}`);
  const good = Array.from({ length: 200 }, newMessageId);
  const mixed = good.flatMap((messageId, i) => (i % 10 === 0 ? [messageId, poisoned[i / 10] ?? ""] : [messageId]));

  await eachOf(mixed, async (messageId) => {
    const { status, code } = await post(server.url, site.publishable, messageId);
    expect([messageId, status, code]).toEqual(messageId.startsWith("poison-") ? [messageId, 500, "INTERNAL_ERROR"] : [messageId, 201, undefined]);
  });

  const stored = db.prepare<[], string>("SELECT message_id FROM signals ORDER BY message_id").pluck().all();
  expect(stored).toEqual(good.toSorted());
  expect(db.prepare("SELECT count(*) FROM message_keys").pluck().get()).toBe(good.length);
  expect(db.prepare("SELECT count(*) FROM signals WHERE visitor_id IN (SELECT id FROM visitors)").pluck().get()).toBe(good.length);
  // At least one commit held several, else nothing was proved about groups.
  expect(db.prepare("SELECT max(signals) FROM signal_batches").pluck().get()).toBeGreaterThan(1);
  db.exec("DROP TRIGGER poison");
  expect((await post(server.url, site.publishable, poisoned[0] ?? "")).status).toBe(201);
});
