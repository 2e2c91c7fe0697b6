import { afterEach, describe, expect, test } from "vitest";
import { fixedClock } from "../core/clock.ts";
import { recordEvent } from "../store/events.ts";
import { addContact } from "../test/support/contacts.ts";
import { dialects, newSignal, type OpenedStore } from "../test/support/stores.ts";
import { newWorkspace, workOf } from "../test/support/work.ts";
import { startWorkflows } from "../test/support/workflows.ts";
import { workflowStarts } from "./start-by-events.ts";

const base = 1_920_000_000_000;
let testNumber = 0;

describe.each(dialects)("workflows that wait for events on %s", (_dialect, open) => {
  let opened: OpenedStore | undefined;
  afterEach(() => opened?.dispose());

  async function fresh() {
    const clock = fixedClock(base + 1_000_000_000 * ++testNumber);
    opened = await open(() => clock.now());
    const { store } = opened;
    const space = await newWorkspace(store, clock);
    const work = workOf(store, clock);
    let count = 0;
    /** Hands events out as the dispatcher does; answers the workflows that they started. */
    const happen = async (...events: [kind: string, payload: Record<string, unknown>, id?: string][]) => {
      const before = new Set((await space.runs()).map(({ id }) => id));
      const batch = { workspaceId: space.id, events: events.map(([kind, payload, id]) => ({ kind, payload, id: id ?? `e${++count}`, at: clock.now(), seq: ++count })) };
      await store.write((tx) => workflowStarts.handle(work, tx, batch));
      return (await space.runs()).filter(({ id }) => !before.has(id));
    };
    const contact = (email: string, more = {}) => addContact(store, clock.now(), space.id, email, more);
    /** As the API does: whoever changes a workflow tells of it. */
    const told = async <T>(changed: Promise<T>): Promise<T> => {
      const value = await changed;
      work.news.tell(space.id);
      return value;
    };
    const workflow = (input: object) => told(space.workflow(input));
    const setStatus = (id: string, status: "active" | "paused") => told(space.setStatus(id, status));
    return { ...space, workflow, setStatus, store, clock, happen, contact };
  }

  test("start when a score crosses the line, from below only", async () => {
    const { workflow, happen, contact, store, id: workspaceId } = await fresh();
    const contactId = await contact("a@x.com");
    await store.write((tx) => tx.insertInto("icp_profiles").values({ workspace_id: workspaceId, id: "i1", name: "P", status: "active", version: 1, created_at: 1, updated_at: 1, archived_at: null }).execute());
    const id = await workflow({ trigger: { on: "score", icpProfileId: "i1", crosses: 70 }, where: { field: "score", op: "gte", value: 75 } });
    const scored = (newScore: number, oldScore: number | null, icpProfileId = "i1") => happen(["contact.scored", { contactId, icpProfileId, newScore, oldScore }]);
    expect(await scored(80, 60)).toMatchObject([{ workflow_id: id, contact_id: contactId, facts: JSON.stringify({ score: 80 }), depth: 1, cause: "trigger" }]);
    expect(await scored(90, null)).toHaveLength(1);
    for (const none of [await scored(80, 70), await scored(69, 0), await scored(72, 0), await scored(80, 60, "i2")]) expect(none).toEqual([]);
  });

  test("start by a contact's status, an enrollment, a reply, an inbound hook", async () => {
    const { workflow, happen, contact, store, clock, id: workspaceId } = await fresh();
    const contactId = await contact("a@x.com");
    await store.write((tx) => tx.insertInto("sequences").values({ workspace_id: workspaceId, id: "q1", name: "S", status: "active", version: 1, created_at: 1, updated_at: 1, archived_at: null }).execute());
    const status = await workflow({ trigger: { on: "contact.status", to: "replied" } });
    const anyEnd = await workflow({ trigger: { on: "enrollment", event: "completed" }, where: { field: "enrollment.status", op: "eq", value: "completed" } });
    const oneEnd = await workflow({ trigger: { on: "enrollment", event: "completed", sequenceId: "q1" } });
    const reply = await workflow({ trigger: { on: "reply" } });
    const inbound = await workflow({ trigger: { on: "inbound" }, where: { field: "signal.type", op: "eq", value: "custom_webhook" } });
    const started = async (kind: string, payload: object) => (await happen([kind, { contactId, ...payload }])).map((run) => run.workflow_id).toSorted();
    expect(await started("contact.status_changed", { from: "new", to: "replied" })).toEqual([status]);
    expect(await started("contact.status_changed", { from: "replied", to: "new" })).toEqual([]);
    expect(await started("enrollment.completed", { sequenceId: "q1", enrollmentId: "n1" })).toEqual([anyEnd, oneEnd].toSorted());
    expect(await started("enrollment.completed", { sequenceId: "q2", enrollmentId: "n2" })).toEqual([anyEnd]);
    expect(await started("enrollment.created", { sequenceId: "q1", enrollmentId: "n1" })).toEqual([]);
    expect(await started("message.received", {})).toEqual([reply]);
    const { signalId } = await store.append(newSignal(clock.now(), { workspace_id: workspaceId, type: "custom_webhook" }));
    expect(await started("inbound.received", { signalId })).toEqual([inbound]);
    expect(await started("inbound.received", {})).toEqual([]);
    expect(await started("contact.updated", { fields: ["status"] })).toEqual([]);
  });

  test("start once for each event, also when it is handed out twice; not for who is archived, not while paused, not within the cooldown", async () => {
    const { workflow, setStatus, happen, contact } = await fresh();
    const [person, gone] = [await contact("a@x.com"), await contact("b@x.com", { archived: true })];
    const id = await workflow({ trigger: { on: "reply" } });
    expect(await happen(["message.received", { contactId: person }, "x1"], ["message.received", { contactId: person }, "x2"])).toHaveLength(2);
    expect(await happen(["message.received", { contactId: person }, "x1"])).toEqual([]);
    expect(await happen(["message.received", { contactId: gone }], ["message.received", { contactId: "nobody" }])).toEqual([]);
    const rested = await workflow({ trigger: { on: "reply" }, cooldownHours: 1 });
    expect((await happen(["message.received", { contactId: person }], ["message.received", { contactId: person }])).filter((run) => run.workflow_id === rested)).toHaveLength(1);
    await setStatus(id, "paused");
    expect(await happen(["message.received", { contactId: person }])).toEqual([]);
  });

  test("can't start each other for ever: what a run caused carries its depth, and the sixth is not started", async () => {
    const { workflow, happen, contact } = await fresh();
    const contactId = await contact("a@x.com");
    await workflow({ trigger: { on: "contact.status", to: "ready" } });
    const caused = async (depth?: number) => (await happen(["contact.status_changed", { contactId, to: "ready", ...(depth === undefined ? {} : { depth }) }])).map((run) => run.depth);
    expect([await caused(), await caused(1), await caused(4), await caused(5), await caused(99)]).toEqual([[1], [2], [5], [], []]);
  });

  test("an event that a run's step causes carries the run's depth", async () => {
    const { ctx, store } = await fresh();
    await store.write(async (tx) => {
      await recordEvent(tx, { ...ctx, depth: 3 }, "contact.updated", { contactId: "c" });
      await recordEvent(tx, ctx, "contact.updated", { contactId: "d" });
    });
    const rows = await store.read.selectFrom("events").select("payload").where("kind", "=", "contact.updated").orderBy("id").execute();
    expect(rows.map(({ payload }) => JSON.parse(payload))).toEqual([{ contactId: "c", depth: 3 }, { contactId: "d" }]);
  });
});

test("what a run changes starts the next workflow, and two that start each other end at the fifth run", async () => {
  const { workflow, contact, call, runsOf, store } = await startWorkflows();
  const on = (to: string, value: string) => workflow({ trigger: { on: "contact.status", to }, steps: [{ do: "set", field: "status", value }], cooldownHours: 0 });
  const [first, second] = [await on("ready", "contacted"), await on("contacted", "ready")];
  const person = await contact("a@x.com");
  await call("PATCH", `/contacts/${person}`, { status: "ready" });
  const depths = async () => [...(await runsOf(first)), ...(await runsOf(second))].map(({ depth, status }) => `${depth} ${status}`).toSorted();
  await expect.poll(depths, { timeout: 60_000 }).toEqual(["1 completed", "2 completed", "3 completed", "4 completed", "5 completed"]);
  // Once everything that was recorded has been handed out, nothing more has started.
  await expect.poll(async () => (await store.read.selectFrom("events").select("id").where("seq", "is", null).execute()).length, { timeout: 60_000 }).toBe(0);
  expect(await depths()).toHaveLength(5);
});
