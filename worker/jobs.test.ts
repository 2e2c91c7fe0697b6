import { afterAll, describe, expect, test } from "vitest";
import { createKey, createWorkspace, selectAudit } from "../api/keys/index.ts";
import { findAlarms } from "../api/usage/index.ts";
import { fixedClock } from "../core/clock.ts";
import { idTime, newId } from "../core/id.ts";
import { createLog } from "../core/log.ts";
import { dialects, newSignal, type OpenedStore } from "../test/support/stores.ts";
import { jobs } from "./jobs.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;
const monthMs = 30 * 24 * hourMs;
/** Of this test: each has its own, since a process's ids never go back in time. */
let hour = 1_836_000_000_000;

describe.each(dialects)("the check of counts on %s", (_dialect, open) => {
  let opened: OpenedStore | undefined;
  afterAll(() => opened?.dispose());

  /** A workspace with three signals in one hour; `check` runs the job at so many ms after that hour began. */
  async function threeSignals() {
    await opened?.dispose();
    hour += monthMs;
    const clock = fixedClock(hour);
    opened = await open(() => clock.now());
    const { store, run } = opened;
    const workspaceId = (await createWorkspace(store, hour, { name: "Acme" })).id;
    const keyId = (await createKey(store, hour, { workspaceId, type: "publishable" })).id;
    for (let i = 0; i < 3; i++) await store.append(newSignal(hour + i * minuteMs, { workspace_id: workspaceId, key_id: keyId }));
    const job = jobs.find(({ name }) => name === "check-counts");
    if (!job) throw new Error("the job is not in the list");
    const check = async (afterMs: number) => {
      const now = hour + afterMs;
      await job.run(store, now, createLog("silent"));
      return findAlarms(store.read, workspaceId, now);
    };
    const entries = async () => (await selectAudit(store.read, workspaceId, ["counts.mismatch", "counts.match"], 0, 100)).map((entry) => [entry.actor, entry.action]).toReversed();
    const deleteOne = () => run(`DELETE FROM signals WHERE id = (SELECT min(id) FROM signals WHERE workspace_id = '${workspaceId}')`);
    const setStored = (count: number) => run(`UPDATE ingest_hours SET count = ${count} WHERE workspace_id = '${workspaceId}' AND outcome = 'stored'`);
    return { store, workspaceId, keyId, check, entries, deleteOne, setStored };
  }

  test("says nothing while an hour adds up, or is not closed", async () => {
    const { check, entries, deleteOne } = await threeSignals();
    expect(await check(hourMs + minuteMs)).toEqual([]);
    await deleteOne();
    expect(await check(hourMs + minuteMs - 1)).toEqual([]);
    expect(await entries()).toEqual([]);
  });

  test("is not misled by a clock that is set back", async () => {
    const { store, workspaceId, keyId, check } = await threeSignals();
    newId(hour + hourMs + minuteMs);
    const late = newSignal(hour + hourMs - 1, { workspace_id: workspaceId, key_id: keyId });
    expect(idTime(late.row.id)).toBeGreaterThan(hour + hourMs);
    await store.append(late);
    expect(await check(2 * hourMs)).toEqual([]);
    expect(await check(3 * hourMs)).toEqual([]);
  });

  test("tells once of rows that are missing, and of counts that contradict each other", async () => {
    const { keyId, check, entries, deleteOne, setStored } = await threeSignals();
    await deleteOne();
    const at = hour + hourMs + minuteMs;
    const alarm = { keyId, hour, received: 3, decided: 3, stored: 3, rows: 2, at };
    expect(await check(hourMs + minuteMs)).toEqual([alarm]);
    expect(await check(2 * hourMs)).toEqual([alarm]);
    expect(await entries()).toEqual([["system", "counts.mismatch"]]);
    await setStored(2);
    expect(await check(2 * hourMs)).toEqual([alarm]);
    expect(await entries()).toHaveLength(1);
  });

  test("checks an hour again until it adds up, and forgets it after 7 days", async () => {
    const { check, entries, setStored } = await threeSignals();
    await setStored(4);
    expect(await check(2 * hourMs)).toHaveLength(1);
    expect(await check(24 * hourMs)).toHaveLength(1);
    await setStored(3);
    expect(await check(25 * hourMs)).toEqual([]);
    expect(await entries()).toEqual([["system", "counts.mismatch"], ["system", "counts.match"]]);

    const again = await threeSignals();
    await again.setStored(4);
    expect(await again.check(2 * hourMs)).toHaveLength(1);
    expect(await again.check((7 * 24 + 2) * hourMs)).toHaveLength(1);
    expect(await again.check((7 * 24 + 2) * hourMs + 1)).toEqual([]);
  });
});
