import { describe, expect, test } from "vitest";
import { allScopes } from "../../core/endpoint.ts";
import { asReplay } from "../../test/support/answers.ts";
import { newSignal } from "../../test/support/stores.ts";
import { hot, startSink, startWorkflows as start, workflowNow as now } from "../../test/support/workflows.ts";
import { createWorkspace } from "../keys/index.ts";

const dayMs = 86_400_000;
const tag = { do: "tag", add: ["hot"] };
const vip = { field: "contact.title", op: "contains", value: "VP" };

const code = (answer: { body: { error?: { code: string } } }) => answer.body.error?.code;
const path = (answer: { body: { error?: { details?: { path: string }[] } } }) => answer.body.error?.details?.[0]?.path;

describe("triggering", () => {
  test("stores the contact's signal and a queued run together, for 2 credits, and the signal is routed", async () => {
    const { call, workflow, contact, store, until } = await start();
    const [id, contactId] = [await workflow(), await contact("a@x.com")];
    const { status, body } = await call("POST", `/workflows/${id}/trigger`, { contactId, data: { source: "webhook" } });
    expect([status, body.meta.credits.used]).toEqual([202, 2]);
    expect(body.data).toEqual({ signalId: expect.any(String), runId: expect.any(String), workflowId: id, status: "queued" });
    const { signalId, runId } = body.data;
    expect((await call("GET", `/signals/${signalId}`)).body.data).toMatchObject({ type: "custom_webhook", contactId, data: { source: "webhook" } });
    await expect.poll(async () => (await call("GET", `/signals/${signalId}`)).body.data.routedAt).toBe(now);
    expect((await call("GET", "/signals/stats")).body.data).toMatchObject({ total: 1, byType: { custom_webhook: 1 } });
    expect(await until(runId, "completed")).toMatchObject({ id: runId, workflowId: id, workflowVersion: 1, contactId, signalId, cause: "api", depth: 1, held: false, steps: [{ path: "0", do: "tag", status: "completed", input: { add: ["hot"] }, output: { tags: ["hot"], changed: true }, attempts: 1 }] });
    expect((await call("GET", `/contacts/${contactId}`)).body.data.tags).toEqual(["hot"]);
    expect((await call("GET", `/workflows/${id}/runs`)).body.data.runs.map((run: { id: string }) => run.id)).toEqual([runId]);
    const counts = await store.read.selectFrom("ingest_hours").select(["outcome", "count"]).orderBy("outcome").execute();
    expect(counts.map((row) => [row.outcome, Number(row.count)])).toEqual([["received", 1], ["stored", 1]]);
  });

  test("refuses with the reason, and then stores neither signal nor run", async () => {
    const { call, workflow, contact, store } = await start();
    const [id, contactId] = [await workflow(), await contact("a@x.com")];
    const trigger = (body: unknown, at = id) => call("POST", `/workflows/${at}/trigger`, body);
    expect(code(await trigger({ contactId }, "none"))).toBe("NOT_FOUND");
    expect(code(await trigger({ contactId: "none" }))).toBe("NOT_FOUND");
    expect(path(await trigger({}))).toBe("contactId");
    expect(path(await trigger(`{"contactId":"${contactId}","data":{"a":{"__proto__":{"x":1}}}}`))).toBe("data.a.__proto__");
    expect(path(await trigger(`{"contactId":"${contactId}","data":{"__proto__":1}}`))).toBe("data.__proto__");
    expect(path(await trigger({ contactId, data: [] }))).toBe("data");
    expect(path(await trigger({ contactId, data: { text: "x".repeat(10_240) } }))).toBe("data");
    expect(code(await trigger({ contactId: await contact("b@x.com", { archived: true }) }))).toBe("CONTACT_ARCHIVED");
    await call("POST", `/workflows/${id}/pause`);
    expect(code(await trigger({ contactId }))).toBe("WORKFLOW_INACTIVE");
    for (const table of ["signals", "workflow_runs", "jobs"] as const) expect(await store.read.selectFrom(table).selectAll().execute()).toEqual([]);
  });

  test("a repeat under one Idempotency-Key is one run; a dry run is none", async () => {
    const { newKey, workflow, contact, store, ...api } = await start();
    const [id, contactId, { key }] = [await workflow(), await contact("a@x.com"), await newKey({})];
    const send = (query = "") => fetch(`${api.url}/v1/workflows/${id}/trigger${query}`, { method: "POST", headers: { "x-api-key": key, "content-type": "application/json", "idempotency-key": "once" }, body: JSON.stringify({ contactId }) });
    expect((await send("?dry_run=true")).status).toBe(202);
    expect(await store.read.selectFrom("signals").select("id").execute()).toEqual([]);
    const texts = await Promise.all(Array.from({ length: 5 }, async () => JSON.stringify(asReplay(JSON.parse(await (await send()).text())))));
    expect(new Set(texts).size).toBe(1);
    expect(await store.read.selectFrom("workflow_runs").select("id").execute()).toHaveLength(1);
    expect(await store.read.selectFrom("signals").select("id").execute()).toHaveLength(1);
  });

  test("foreign ids answer as missing ones", async () => {
    const { call, workflow, contact, newKey, store } = await start();
    const other = await createWorkspace(store, now, { name: "Other" });
    const stranger = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
    const [id, contactId] = [await workflow(), await contact("a@x.com")];
    const { runId } = (await call("POST", `/workflows/${id}/trigger`, { contactId })).body.data;
    const theirs = (await call("POST", "/workflows", hot, stranger.key)).body.data.id;
    const strip = ({ status, body }: Awaited<ReturnType<typeof call>>) => ({ status, ...body.error, requestId: "" });
    const paths = [["GET", `/workflows/${id}`], ["PATCH", `/workflows/${id}`, {}], ["DELETE", `/workflows/${id}`], ["POST", `/workflows/${id}/activate`], ["POST", `/workflows/${id}/trigger`, { contactId }], ["GET", `/workflows/${id}/runs`], ["GET", `/workflow-runs/${runId}`], ["POST", `/workflow-runs/${runId}/replay`, {}], ["POST", `/workflow-runs/${runId}/cancel`], ["POST", `/workflows/${id}/replay-failed`, {}], ["POST", `/workflows/${id}/test`, { contactId }], ["POST", `/workflows/${id}/backtest`]] as const;
    for (const [method, at, body] of paths) {
      expect(strip(await call(method, at, body, stranger.key)), at).toEqual(strip(await call(method, at.replace(id, "none").replace(runId, "none"), body, stranger.key)));
    }
    expect(strip(await call("POST", `/workflows/${theirs}/test`, { contactId }, stranger.key))).toEqual(strip(await call("POST", `/workflows/${theirs}/test`, { contactId: "none" }, stranger.key)));
  });
});

describe("replaying", () => {
  test("is a new run of the version that was asked for, from where it was asked for", async () => {
    const { call, workflow, contact, until, trigger } = await start();
    const sink = await startSink((count) => ({ status: count === 1 ? 400 : 200 }));
    const hook = { do: "webhook", url: `${sink.url}/in` };
    const [id, contactId] = [await workflow({ steps: [tag, hook] }), await contact("a@x.com")];
    const runId = await trigger(id, contactId);
    const failed = await until(runId, "failed");
    expect(failed).toMatchObject({ error: "Step 1 (webhook): The receiver answered 400.", steps: [{ path: "0", status: "completed" }, { path: "1", status: "failed", error: "The receiver answered 400." }] });
    await call("PATCH", `/workflows/${id}`, { steps: [tag, { do: "task", title: "Call" }, hook] });
    const replay = (body: unknown) => call("POST", `/workflow-runs/${runId}/replay`, body);
    expect(path(await replay({ from: "failed_step", version: "current" }))).toBe("from");
    const again = await replay({ from: "failed_step" });
    expect([again.status, again.body.data]).toEqual([202, { runId: expect.any(String), workflowId: id, workflowVersion: 1, status: "queued" }]);
    const second = await until(again.body.data.runId, "completed");
    expect(second).toMatchObject({ replayOf: runId, cause: "replay", signalId: failed.signalId, steps: [{ path: "1", status: "completed" }] });
    // The receiver may have had the first one after all: it is the same message.
    expect(new Set(sink.got.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    const third = await until((await replay({ version: "current" })).body.data.runId, "completed");
    expect(third).toMatchObject({ workflowVersion: 2, steps: [{ path: "0" }, { path: "1", do: "task" }, { path: "2", do: "webhook" }] });
    expect(new Set(sink.got.map(({ headers }) => headers["idempotency-key"])).size).toBe(2);
    expect(path(await call("POST", `/workflow-runs/${second.id}/replay`, { from: "failed_step" }))).toBe("from");
  });

  test("the current version goes on at the failed step where it leads there by the same steps", async () => {
    const { call, workflow, contact, until, trigger } = await start();
    const sink = await startSink();
    const broken = await startSink(() => ({ status: 404 }));
    const [id, contactId] = [await workflow({ steps: [tag, { do: "webhook", url: broken.url }] }), await contact("a@x.com")];
    const failed = await until(await trigger(id, contactId), "failed");
    await call("PATCH", `/workflows/${id}`, { steps: [{ do: "tag", add: ["other"] }, { do: "webhook", url: sink.url }, tag] });
    const { body } = await call("POST", `/workflow-runs/${failed.id}/replay`, { from: "failed_step", version: "current" });
    expect(await until(body.data.runId, "completed")).toMatchObject({ steps: [{ path: "1", do: "webhook" }, { path: "2", do: "tag" }] });
  });

  test("all that failed, once each; those that can't be are named", async () => {
    const { call, workflow, contact, until, trigger, runsOf, plainKey } = await start();
    const broken = await startSink(() => ({ status: 404 }));
    const id = await workflow({ steps: [{ do: "webhook", url: broken.url }] });
    const people = [await contact("a@x.com"), await contact("b@x.com"), await contact("c@x.com")];
    const failed: string[] = [];
    for (const person of people) failed.push((await until(await trigger(id, person), "failed")).id);
    await call("DELETE", `/contacts/${people[1]}`, undefined, plainKey);
    await call("PATCH", `/workflows/${id}`, { steps: [tag] });
    const all = await call("POST", `/workflows/${id}/replay-failed`, { version: "current" }, plainKey);
    expect([all.status, all.body.data]).toEqual([202, { queued: 2, skipped: [{ runId: failed[1], reason: expect.stringContaining("archived") }], more: false }]);
    await expect.poll(async () => (await runsOf(id)).map(({ status }) => status), { timeout: 30_000 }).toEqual(["completed", "completed", "failed", "failed", "failed"]);
    expect((await call("POST", `/workflows/${id}/replay-failed`, { version: "current" })).body.data).toMatchObject({ queued: 0, skipped: [{ runId: failed[1] }] });
    expect(code(await call("POST", `/workflows/${id}/replay-failed`, { from: "end" }))).toBe("VALIDATION_ERROR");
    await call("POST", `/workflows/${id}/pause`);
    expect(code(await call("POST", `/workflows/${id}/replay-failed`, {}))).toBe("WORKFLOW_INACTIVE");
  });

  test("needs workflows:write", async () => {
    const { call, workflow, newKey } = await start();
    const { key } = await newKey({ scopes: ["workflows:read"] });
    const id = await workflow();
    for (const at of [`/workflow-runs/x/replay`, `/workflow-runs/x/cancel`, `/workflows/${id}/replay-failed`]) expect(code(await call("POST", at, {}, key)), at).toBe("INSUFFICIENT_SCOPE");
  });
});

describe("what if", () => {
  test("a test says whether it would start and which way it would go, and does nothing", async () => {
    const { call, contact, signal, store, trigger } = await start();
    const branch = { do: "branch", where: { count: { type: "website_visit", withinDays: 7 }, op: "gte", value: 2 }, then: [tag, { do: "stop" }], else: [{ do: "wait", days: 1 }] };
    const { id } = (await call("POST", "/workflows", { ...hot, where: vip, steps: [branch, { do: "enrich" }] })).body.data;
    const [vp, other] = [await contact("a@x.com", { title: "VP Sales" }), await contact("b@x.com", { title: "Intern" })];
    const first = await signal(vp);
    const ask = async (contactId: string, signalId?: string) => (await call("POST", `/workflows/${id}/test`, { contactId, signalId })).body.data;
    expect(await ask(vp, first)).toEqual({
      triggerFits: true,
      conditionHolds: true,
      wouldStart: true,
      steps: [{ path: "0", do: "branch", branch: "else", input: {}, at: now }, { path: "0.else.0", do: "wait", input: { until: now + dayMs }, at: now }, { path: "1", do: "enrich", input: {}, at: now + dayMs }],
    });
    await signal(vp);
    expect((await ask(vp)).steps).toMatchObject([{ path: "0", do: "branch", branch: "then" }, { path: "0.then.0", do: "tag", input: { add: ["hot"] } }, { path: "0.then.1", do: "stop" }]);
    expect(await ask(vp, await signal(vp, "https://x.com/blog"))).toMatchObject({ triggerFits: false, wouldStart: false });
    expect(await ask(other)).toMatchObject({ triggerFits: null, conditionHolds: false, wouldStart: false });
    for (const table of ["workflow_runs", "workflow_run_steps"] as const) expect(await store.read.selectFrom(table).selectAll().execute()).toEqual([]);
    expect((await store.read.selectFrom("contacts").select("tags").execute()).map(({ tags }) => tags)).toEqual(["[]", "[]"]);
    await call("POST", `/workflows/${id}/activate`);
    await trigger(id, vp);
    expect(await ask(vp)).toMatchObject({ conditionHolds: true, wouldStart: false });
  });

  test("a test shows each step as it would be rendered, with what steps before it changed", async () => {
    const { call, contact, signal } = await start();
    const steps = [
      { do: "tag", add: ["vip", "VIP"], remove: ["old"] },
      { do: "set", field: "title", value: "CTO" },
      { do: "set", field: "attributes.plan", value: "pro" },
      { do: "branch", where: { all: [{ field: "contact.tags", op: "contains", value: "vip" }, { field: "contact.attributes.plan", op: "eq", value: "pro" }] }, then: [{ do: "task", title: "Call {{ contact.title }} about {{ signal.page }}", notes: "{% for t in contact.tags %}#{{ t }} {% endfor %}" }] },
      { do: "webhook", url: "https://hooks.example.com/in?token=secret" },
      { do: "enroll", sequenceId: "s1" },
      { do: "branch", where: { field: "enrollment.sequenceId", op: "eq", value: "s1" }, then: [{ do: "notify", connectorId: "c1", message: "{{ contact.email }}{{ contact.phone }}" }] },
      { do: "task", title: "{% for a in (1..900) %}{% for b in (1..900) %}xx{% endfor %}{% endfor %}" },
    ];
    const { id } = (await call("POST", "/workflows", { ...hot, steps })).body.data;
    const person = await contact("a@x.com", { tags: ["old"], title: "VP" });
    const { body } = await call("POST", `/workflows/${id}/test`, { contactId: person, signalId: await signal(person) });
    const seen = body.data.steps as { path: string; input: unknown; branch?: string; problem?: string }[];
    expect(seen.map((step) => step.path)).toEqual(["0", "1", "2", "3", "3.then.0", "4", "5", "6", "6.then.0", "7"]);
    expect(seen[4]?.input).toEqual({ title: "Call CTO about /pricing", notes: "#vip ", kind: "other" });
    expect(seen[5]?.input).toMatchObject({ url: "https://hooks.example.com/in?token=…", data: { contact: { title: "CTO", tags: ["vip"] } } });
    expect(seen[8]?.input).toEqual({ connectorId: "c1", message: "a@x.com" });
    expect(seen[9]).toMatchObject({ input: null, problem: expect.stringContaining("longer than") });
    expect((await call("GET", "/tasks")).body.data.tasks).toEqual([]);
  });

  test("a backtest finds the signals that would have started it, with counts as of then and the cooldown kept, and how far each would have come", async () => {
    const { call, contact, store, clock, workspace } = await start();
    const steps = [{ do: "tag", add: ["x"] }, { do: "wait", days: 1 }, { do: "task", title: "Call" }];
    const where = { count: { type: "website_visit", page: "/pricing*", withinDays: 7 }, op: "gte", value: 2 };
    const { id } = (await call("POST", "/workflows", { ...hot, where, steps })).body.data;
    const [a, b] = [await contact("a@x.com"), await contact("b@x.com")];
    const at = async (contactId: string | null, more = {}) => (await store.append(newSignal(clock.now(), { workspace_id: workspace.id, contact_id: contactId, page_path: "/pricing", ...more }))).signalId;
    await at(a);
    clock.advance(31 * dayMs);
    await at(a);
    await at(b);
    await at(b, { bot: "crawler" });
    await at(null);
    clock.advance(dayMs);
    const second = await at(a);
    await at(a);
    await at(b, { page_path: "/blog" });
    clock.advance(dayMs);
    const third = await at(a);
    const { status, body } = await call("POST", `/workflows/${id}/backtest`);
    expect([status, body.data]).toEqual([202, expect.objectContaining({ status: "queued", workflowVersion: 1, runs: [] })]);
    const ask = async () => (await call("GET", `/workflow-backtests/${body.data.id}`)).body.data;
    await expect.poll(async () => (await ask()).status, { timeout: 30_000 }).toBe("completed");
    expect(await ask()).toMatchObject({
      since: clock.now() - 30 * dayMs,
      progress: { looked: 6, total: 6 },
      started: 2,
      contacts: 1,
      runs: [
        { signalId: second, contactId: a, at: clock.now() - dayMs, reached: { path: "2", do: "task", waiting: false } },
        { signalId: third, contactId: a, at: clock.now(), reached: { path: "1", do: "wait", waiting: true } },
      ],
      error: null,
    });
    expect(await store.read.selectFrom("workflow_runs").select("id").execute()).toEqual([]);
    const manual = (await call("POST", "/workflows", { ...hot, trigger: { on: "manual" } })).body.data.id;
    expect(path(await call("POST", `/workflows/${manual}/backtest`))).toBe("trigger.on");
    expect(code(await call("GET", "/workflow-backtests/none"))).toBe("NOT_FOUND");
  });
});

test("a run that is cancelled does nothing more, and stays what it was once it has ended", async () => {
  const { call, workflow, contact, until, trigger, clock, run } = await start();
  const [id, person] = [await workflow({ steps: [{ do: "wait", hours: 1 }, tag] }), await contact("a@x.com")];
  const runId = await trigger(id, person);
  await until(runId, "waiting");
  for (let i = 0; i < 2; i++) expect((await call("POST", `/workflow-runs/${runId}/cancel`)).body.data).toMatchObject({ status: "stopped", error: "It was cancelled.", finishedAt: now });
  clock.advance(2 * dayMs);
  const other = await trigger(id, person);
  await until(other, "waiting");
  clock.advance(dayMs);
  await until(other, "completed");
  expect(await run(runId)).toMatchObject({ status: "stopped", steps: [{ path: "0", status: "skipped" }] });
  expect((await call("POST", `/workflow-runs/${other}/cancel`)).body.data).toMatchObject({ status: "completed", error: null });
});
