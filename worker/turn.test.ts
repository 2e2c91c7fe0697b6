import { afterEach, describe, expect, test } from "vitest";
import { type Claimed, claimRuns, needsOfSteps, startRuns, toClaimed } from "../api/runs/index.ts";
import { definitionOf } from "../api/workflows/index.ts";
import { fixedClock } from "../core/clock.ts";
import { getDefinition } from "../store/authored.ts";
import { addContact } from "../test/support/contacts.ts";
import { dialects, type OpenedStore } from "../test/support/stores.ts";
import { newWorkspace } from "../test/support/work.ts";
import { breakOff, type Next, type Outcome, takeTurn } from "./turn.ts";
import type { PlanOf } from "./turn-state.ts";

const base = 1_915_000_000_000;
let testNumber = 0;
const hook = { do: "webhook", url: "https://hooks.example.com/in" };
const task = (title: string) => ({ do: "task", title });

const planOf: PlanOf = async (tx, run) => {
  const definition = definitionOf({ definition: await getDefinition(tx, "workflows", run.workspace_id, run.workflow_id, run.version) });
  return { definition, needs: needsOfSteps(definition.steps) };
};

describe.each(dialects)("a turn of a run on %s", (_dialect, open) => {
  let opened: OpenedStore | undefined;
  afterEach(() => opened?.dispose());

  async function fresh(steps: object[]) {
    const clock = fixedClock(base + 1_000_000_000 * ++testNumber);
    opened = await open(() => clock.now());
    const { store } = opened;
    const space = await newWorkspace(store, clock);
    const contactId = await addContact(store, clock.now(), space.id, "a@x.com");
    const workflowId = await space.workflow({ steps });
    const [row] = await store.write((tx) => startRuns(space.ctx, tx, [{ workflowId, version: 1, contactId, cause: "trigger", signalId: "s1" }], 1));
    if (!row) throw new Error("no run");
    const first = toClaimed(row);
    const turn = (claimed: Claimed, outcome?: Outcome): Promise<Next> => store.write((tx) => takeTurn(space.ctx, tx, claimed, planOf, { path: undefined }, { outcome, stopping: false }));
    /** Another process, once the lease of the one before has run out. */
    const takeOver = async (): Promise<Claimed> => {
      clock.advance(31_000);
      const [claimed] = await claimRuns(store, clock.now(), 10);
      if (!claimed) throw new Error("nothing was due");
      return claimed;
    };
    const run = async () => (await space.runs())[0];
    const steps_ = () => store.read.selectFrom("workflow_run_steps").select(["path", "status", "attempts"]).orderBy("seq").execute();
    const tasks = async () => (await store.read.selectFrom("tasks").select("title").orderBy("id").execute()).map(({ title }) => title);
    return { ...space, store, clock, first, turn, takeOver, run, steps: steps_, tasks };
  }

  const outside = (next: Next) => {
    if (next.kind !== "outside") throw new Error(`the turn is ${next.kind}`);
    return next;
  };

  test("killed before its commit did nothing; taken over it does all, once", async () => {
    const { store, ctx, first, turn, takeOver, run, tasks } = await fresh([task("a"), task("b"), task("c")]);
    const killed = store.write(async (tx) => {
      await takeTurn(ctx, tx, first, planOf, { path: undefined }, { outcome: undefined, stopping: false });
      throw new Error("kill -9");
    });
    await expect(killed).rejects.toThrow("kill -9");
    expect([await tasks(), (await run())?.status]).toEqual([[], "queued"]);
    expect(await turn(await takeOver())).toEqual({ kind: "over" });
    expect([await tasks(), (await run())?.status]).toEqual([["a", "b", "c"], "completed"]);
  });

  test("killed while a step is outside: the step is tried again under the same key, those before it are not", async () => {
    const { first, turn, takeOver, tasks, steps, run } = await fresh([task("a"), hook, task("b")]);
    const before = outside(await turn(first));
    expect([await tasks(), await steps()]).toEqual([["a"], [{ path: "0", status: "completed", attempts: 1 }, { path: "1", status: "running", attempts: 1 }]]);
    const second = await takeOver();
    const again = outside(await turn(second));
    expect(again.call.idempotencyKey).toBe(before.call.idempotencyKey);
    expect(again.call.input).toEqual(before.call.input);
    expect(await turn(second, { path: "1", row: again.row, result: { ok: true, output: { status: 200 } } })).toEqual({ kind: "over" });
    expect([await tasks(), await steps(), (await run())?.status]).toEqual([["a", "b"], [{ path: "0", status: "completed", attempts: 1 }, { path: "1", status: "completed", attempts: 2 }, { path: "2", status: "completed", attempts: 1 }], "completed"]);
  });

  test("who lost the run writes nothing any more, neither an effect nor a state", async () => {
    const { first, turn, takeOver, tasks, run } = await fresh([hook, task("a")]);
    const slow = outside(await turn(first));
    const second = await takeOver();
    const late = await turn(first, { path: "0", row: slow.row, result: { ok: false, error: new Error("late") } });
    expect([late, await tasks(), (await run())?.status]).toEqual([{ kind: "over" }, [], "running"]);
    const fast = outside(await turn(second));
    await turn(second, { path: "0", row: fast.row, result: { ok: true, output: {} } });
    expect([await tasks(), (await run())?.status]).toEqual([["a"], "completed"]);
    expect(await turn(second)).toEqual({ kind: "over" });
  });

  test("two processes never get the same run", async () => {
    const { store, clock, takeOver, run } = await fresh([task("a")]);
    const claimed = await takeOver();
    expect([claimed.claims, (await run())?.claims]).toEqual([2, 2]);
    expect((await Promise.all(Array.from({ length: 4 }, () => claimRuns(store, clock.now(), 10)))).flat()).toEqual([]);
  });

  test("a step that our own code stumbles over is alone tried again, and then fails; those before it happened once", async () => {
    const { store, ctx, clock, first, turn, tasks, steps, run } = await fresh([task("a"), { ...task("b"), onError: "continue" }, task("c")]);
    const stumble = (claimed: Claimed) => store.write((tx) => breakOff(ctx, tx, claimed, planOf, { path: "1" }, new TypeError("our fault")));
    await stumble(first);
    expect([await tasks(), await steps()]).toEqual([[], []]);
    clock.advance(2000);
    const [second] = await claimRuns(store, clock.now(), 1);
    if (!second) throw new Error("nothing was due");
    // From now on each step has a transaction of its own.
    expect([await turn(second), await tasks()]).toEqual([{ kind: "again" }, ["a"]]);
    for (let tries = 1; tries <= 4; tries++) {
      const claimed = tries === 1 ? second : (await claimRuns(store, clock.now(), 1))[0];
      if (!claimed) throw new Error("nothing was due");
      await stumble(claimed);
      clock.advance(3_600_000);
    }
    const [last] = await claimRuns(store, clock.now(), 1);
    if (!last) throw new Error("nothing was due");
    expect(await turn(last)).toEqual({ kind: "over" });
    expect([await tasks(), await steps(), (await run())?.status]).toEqual([["a", "c"], [{ path: "0", status: "completed", attempts: 1 }, { path: "1", status: "failed", attempts: 4 }, { path: "2", status: "completed", attempts: 1 }], "completed"]);
  });

  test("a step that kills its process again and again is given up", async () => {
    const { turn, first, takeOver, run } = await fresh([hook, task("a")]);
    let next = await turn(first);
    for (let lives = 0; next.kind === "outside" && lives < 20; lives++) next = await turn(await takeOver());
    expect(await run()).toMatchObject({ status: "failed", error: "Step 0 (webhook): It was interrupted 10 times." });
  });

  test("an activation at the same moment as a hold leaves no run behind", async () => {
    const { first, turn, setStatus, run, clock, takeOver } = await fresh([task("a")]);
    const { workflow_id: id } = (await run()) ?? { workflow_id: "" };
    await setStatus(id, "paused");
    await Promise.all([turn(first), setStatus(id, "active")]);
    const { held, due_at: dueAt, finished_at: finishedAt } = (await run()) ?? {};
    expect(held === 0 && (finishedAt !== null || (dueAt ?? Infinity) <= clock.now() + 30_000)).toBe(true);
    if (finishedAt === null) await turn(await takeOver());
    expect((await run())?.status).toBe("completed");
  });
});
