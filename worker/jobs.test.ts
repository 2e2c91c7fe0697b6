import { expect, test } from "vitest";
import { fixedClock } from "../core/clock.ts";
import { createLog } from "../core/log.ts";
import { startApi, visit } from "../test/support/api.ts";
import { jobs } from "./jobs.ts";

const hourMs = 3_600_000;

test("signals that the counts and the rows disagree on raise an alarm that is kept once and shown; equal ones none", async () => {
  const clock = fixedClock(1_795_000_000_000);
  const api = await startApi({ clock });
  const check = async () => {
    await jobs.find((job) => job.name === "check-counts")?.run(api.store, clock.now(), createLog("silent"));
    return (await api.store.read.selectFrom("audit").select(["action", "detail"]).where("action", "=", "counts.mismatch").execute()).map((row) => JSON.parse(row.detail) as unknown);
  };
  for (let i = 0; i < 3; i++) expect((await api.call("POST", "/v1/signals", { body: visit() })).status).toBe(201);
  clock.advance(hourMs);
  expect(await check()).toEqual([]);

  const { id } = await api.store.read.selectFrom("signals").select("id").executeTakeFirstOrThrow();
  await api.store.write((tx) => tx.deleteFrom("signals").where("id", "=", id).execute());
  expect(await check()).toMatchObject([{ keyId: api.secret.id, received: 3, stored: 3, rows: 2 }]);
  expect(await check()).toHaveLength(1);
});
