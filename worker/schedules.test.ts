import { describe, expect, test } from "vitest";
import { startServer } from "../cli/server.ts";
import { parseConfig } from "../core/config.ts";
import { startWorkflows as start } from "../test/support/workflows.ts";
import { nextRunAt } from "../api/workflows/index.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const task = { do: "task", title: "Look at {{ contact.email | default: 'the week' }}" };

describe("a workflow that a schedule starts", () => {
  test("runs at its minute, once, for nobody in particular", async () => {
    const { call, workflow, runsOf, until, clock } = await start();
    // The clock of the test says Tuesday, 10:00 UTC.
    const id = await workflow({ trigger: { on: "schedule", cron: "5 10 * * *" }, steps: [task] });
    clock.advance(5 * minuteMs - 1);
    await new Promise((resolve) => setTimeout(resolve, 2200));
    expect(await runsOf(id)).toEqual([]);
    clock.advance(1);
    await expect.poll(async () => (await runsOf(id)).length, { timeout: 30_000 }).toBe(1);
    const [run] = await runsOf(id);
    expect(await until(run?.id ?? "", "completed")).toMatchObject({ contactId: null, steps: [{ input: { title: "Look at the week" } }] });
    await new Promise((resolve) => setTimeout(resolve, 2200));
    expect(await runsOf(id)).toHaveLength(1);
    // Three days without a process: what was missed is one run.
    clock.advance(72 * hourMs);
    await expect.poll(async () => (await runsOf(id)).length, { timeout: 30_000 }).toBe(2);
    await call("POST", `/workflows/${id}/pause`);
    clock.advance(72 * hourMs);
    await new Promise((resolve) => setTimeout(resolve, 2200));
    expect(await runsOf(id)).toHaveLength(2);
  });

  test("runs for each contact that fulfils its condition, once, on however many processes", async () => {
    const { workflow, contact, runsOf, clock, server } = await start();
    const people: string[] = [];
    for (let i = 0; i < 5; i++) people.push(await contact(`p${i}@x.com`, { title: i % 2 === 0 ? "VP" : "Intern" }));
    await contact("gone@x.com", { title: "VP", archived: true });
    const id = await workflow({ trigger: { on: "schedule", cron: "30 10 * * *" }, where: { field: "contact.title", op: "eq", value: "VP" }, steps: [{ do: "tag", add: ["weekly"] }] });
    const { config } = server.parts;
    const second = await startServer(parseConfig({ port: "0", data: config.dataDir, "log-level": "silent", ...(config.databaseUrl === undefined ? {} : { "database-url": config.databaseUrl }) }, {}), { clock });
    try {
      clock.advance(hourMs);
      const done = async () => (await runsOf(id)).filter((run) => run.status === "completed").map((run) => run.contactId ?? "");
      await expect.poll(async () => (await done()).length, { timeout: 60_000 }).toBe(3);
      await new Promise((resolve) => setTimeout(resolve, 2200));
      expect((await done()).toSorted()).toEqual([people[0], people[2], people[4]].toSorted());
    } finally {
      await second.close();
    }
  });
});

test("a schedule goes by its time zone, over a change of the clocks as well", () => {
  const next = (cron: string, zone: string, after: string) => new Date(nextRunAt({ cron, zone }, Date.parse(after)) ?? 0).toISOString();
  expect(next("0 9 * * 1", "UTC", "2026-10-20T10:00Z")).toBe("2026-10-26T09:00:00.000Z");
  expect(next("0 9 * * *", "Europe/Berlin", "2026-10-24T10:00Z")).toBe("2026-10-25T08:00:00.000Z");
  expect(next("0 9 * * *", "Europe/Berlin", "2026-10-23T10:00Z")).toBe("2026-10-24T07:00:00.000Z");
  expect(next("30 9 * * *", "Asia/Kolkata", "2026-10-20T00:00Z")).toBe("2026-10-20T04:00:00.000Z");
});
