import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";
import { createWorkspace } from "../keys/index.ts";

const now = Date.parse("2026-10-20T10:00Z");
const dayMs = 86_400_000;
const tag = { do: "tag", add: ["hot"] };
const vip = { field: "contact.title", op: "contains", value: "VP" };
const hot = { name: "Hot pricing visit", trigger: { on: "signal", types: ["website_visit"], page: "/pricing*" }, steps: [tag] };

async function start() {
  const clock = fixedClock(now);
  const api = await startApi({ clock });
  const manager = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, key = manager.key) => api.call(method, `/v1${path}`, { body, key });
  const contact = (email: string, more = {}) => addContact(api.store, clock.now(), api.workspace.id, email, more);
  const workflow = async (more = {}): Promise<string> => {
    const { body } = await call("POST", "/workflows", { ...hot, ...more });
    await call("POST", `/workflows/${body.data.id}/activate`);
    return body.data.id;
  };
  const signal = async (contactId: string, page = "https://x.com/pricing"): Promise<string> => (await call("POST", "/signals", { ...visit(), data: { pageUrl: page }, contactId })).body.data.signalId;
  return { ...api, clock, call, contact, workflow, signal, plainKey: api.secret.key };
}

const code = (answer: { body: { error?: { code: string } } }) => answer.body.error?.code;
const path = (answer: { body: { error?: { details?: { path: string }[] } } }) => answer.body.error?.details?.[0]?.path;

describe("authoring", () => {
  test("a workflow is kept as written, and every save is a version", async () => {
    const { call, store } = await start();
    const steps = [
      { do: "enrich" },
      { do: "score", icpProfileId: "i1" },
      { do: "branch", where: { field: "score", op: "gte", value: 70 }, then: [{ do: "enroll", sequenceId: "s1" }], else: [{ do: "tag", add: ["nurture"] }] },
      { do: "notify", connectorId: "c1", message: "{{ contact.firstName }} is on {{ signal.data.pageUrl }}" },
      { do: "webhook", url: "https://hooks.example.com/in" },
      { do: "wait", hours: 24 },
      { do: "set", field: "status", value: "contacted" },
      { do: "task", title: "Call {{ contact.firstName }}" },
      { do: "unenroll" },
      { do: "stop" },
    ];
    const where = { all: [vip, { count: { type: "website_visit", page: "/pricing*", withinDays: 7 }, op: "gte", value: 2 }] };
    const made = await call("POST", "/workflows", { ...hot, where, steps });
    expect([made.status, made.body.data]).toEqual([201, expect.objectContaining({ name: hot.name, where, steps, version: 1, status: "draft", cooldownHours: 24, acceptUnverified: false })]);
    const { id } = made.body.data;
    expect((await call("PATCH", `/workflows/${id}`, { name: "Other" })).body.data).toMatchObject({ name: "Other", version: 2, where, steps });
    expect((await call("PATCH", `/workflows/${id}`, { where: null, steps: [] })).body.data).toMatchObject({ version: 3, where: null, steps: [] });
    const versions = await store.read.selectFrom("workflow_versions").select("definition").orderBy("version").execute();
    expect(versions.map((row) => JSON.parse(row.definition).steps.length)).toEqual([10, 10, 0]);
    expect((await call("GET", "/workflows")).body.data.workflows).toMatchObject([{ id, version: 3 }]);
  });

  test.each([
    [{ steps: [tag, tag, { do: "branch", where: { all: [{ field: "contact.title", op: "is", value: "VP" }] }, then: [] }] }, "steps.2.where.all.0.op"],
    [{ steps: [{ do: "branch", where: vip, then: [tag, { do: "branch", where: vip, then: [{ do: "wait" }] }] }] }, "steps.0.then.1.then.0"],
    [{ steps: [{ do: "dance" }] }, "steps.0.do"],
    [{ steps: [{ do: "constructor" }] }, "steps.0.do"],
    [{ steps: [{ do: "notify", connectorId: "c", message: "{{ contact.frstName }}" }] }, "steps.0.message"],
    [{ steps: [{ do: "webhook", url: "ftp://x.com" }] }, "steps.0.url"],
    [{ steps: [{ do: "webhook", url: "https://me:secret@x.com" }] }, "steps.0.url"],
    [{ steps: [{ do: "webhook", url: "https://x.com/\0" }] }, "steps.0.url"],
    [{ steps: [{ do: "set", field: "status", value: "won" }] }, "steps.0.value"],
    [{ steps: [{ ...tag, extra: 1 }] }, "steps.0"],
    [{ steps: Array.from({ length: 26 }, () => ({ do: "branch", where: vip, then: [tag] })) }, "steps"],
    [{ where: { field: "contact.titel", op: "exists" } }, "where.field"],
    [{ trigger: { on: "full moon" } }, "trigger.on"],
    [{ trigger: { on: "schedule", cron: "0 9 * *" } }, "trigger.cron"],
    [{ trigger: { on: "signal", types: ["page_view"] } }, "trigger.types.0"],
    [{ cooldownHours: -1 }, "cooldownHours"],
  ])("what is wrong is named by its path: %j", async (more, wrong) => {
    const { call } = await start();
    const answer = await call("POST", "/workflows", { ...hot, ...more });
    expect([answer.status, code(answer), path(answer)]).toEqual([400, "VALIDATION_ERROR", wrong]);
  });

  test("activating names what is missing; a draft can't be paused; an archived one is out of use", async () => {
    const { call } = await start();
    const branch = { do: "branch", where: vip, then: [], else: [{ do: "enroll", sequenceId: "none" }] };
    const { id } = (await call("POST", "/workflows", { ...hot, steps: [] })).body.data;
    expect(code(await call("POST", `/workflows/${id}/pause`))).toBe("WORKFLOW_INACTIVE");
    expect(path(await call("POST", `/workflows/${id}/activate`))).toBe("steps");
    await call("PATCH", `/workflows/${id}`, { steps: [tag, branch] });
    expect(path(await call("POST", `/workflows/${id}/activate`))).toBe("steps.1.else.0.sequenceId");
    await call("PATCH", `/workflows/${id}`, { steps: [tag] });
    expect((await call("POST", `/workflows/${id}/activate`)).body.data.status).toBe("active");
    expect((await call("POST", `/workflows/${id}/pause`)).body.data.status).toBe("paused");
    for (let i = 0; i < 2; i++) expect((await call("DELETE", `/workflows/${id}`)).body.data.archivedAt).toBe(now);
    expect(code(await call("POST", `/workflows/${id}/activate`))).toBe("NOT_FOUND");
    expect((await call("GET", "/workflows")).body.data.workflows).toEqual([]);
  });

  test("needs workflows:manage; reading does not", async () => {
    const { call, workflow, plainKey } = await start();
    const id = await workflow();
    for (const [method, at, body] of [["POST", "/workflows", hot], ["PATCH", `/workflows/${id}`, {}], ["DELETE", `/workflows/${id}`, undefined], ["POST", `/workflows/${id}/backtest`, undefined]] as const) {
      expect(code(await call(method, at, body, plainKey))).toBe("INSUFFICIENT_SCOPE");
    }
    expect((await call("GET", `/workflows/${id}`, undefined, plainKey)).status).toBe(200);
  });
});

describe("triggering", () => {
  test("stores the contact's signal and a queued run together, for 2 credits, and the signal is routed", async () => {
    const { call, workflow, contact, store } = await start();
    const [id, contactId] = [await workflow(), await contact("a@x.com")];
    const { status, body } = await call("POST", `/workflows/${id}/trigger`, { contactId, data: { source: "webhook" } });
    expect([status, body.meta.credits.used]).toEqual([202, 2]);
    expect(body.data).toEqual({ signalId: expect.any(String), runId: expect.any(String), workflowId: id, status: "queued" });
    const { signalId, runId } = body.data;
    expect((await call("GET", `/signals/${signalId}`)).body.data).toMatchObject({ type: "custom_webhook", contactId, data: { source: "webhook" } });
    await expect.poll(async () => (await call("GET", `/signals/${signalId}`)).body.data.routedAt).toBe(now);
    expect((await call("GET", "/signals/stats")).body.data).toMatchObject({ total: 1, byType: { custom_webhook: 1 } });
    expect((await call("GET", `/workflow-runs/${runId}`)).body.data).toMatchObject({ id: runId, workflowId: id, workflowVersion: 1, contactId, signalId, cause: "api", status: "queued", steps: [] });
    expect((await call("GET", `/workflows/${id}/runs`)).body.data.runs.map((run: { id: string }) => run.id)).toEqual([runId]);
    const jobs = await store.read.selectFrom("jobs").select(["kind", "payload"]).where("kind", "=", "workflow-run").execute();
    expect(jobs).toEqual([{ kind: "workflow-run", payload: JSON.stringify({ runId }) }]);
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
    const texts = await Promise.all(Array.from({ length: 5 }, async () => (await send()).text()));
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
    const paths = [["GET", `/workflows/${id}`], ["PATCH", `/workflows/${id}`, {}], ["DELETE", `/workflows/${id}`], ["POST", `/workflows/${id}/activate`], ["POST", `/workflows/${id}/trigger`, { contactId }], ["GET", `/workflows/${id}/runs`], ["GET", `/workflow-runs/${runId}`], ["POST", `/workflow-runs/${runId}/replay`, {}], ["POST", `/workflows/${id}/test`, { contactId }], ["POST", `/workflows/${id}/backtest`]] as const;
    for (const [method, at, body] of paths) {
      expect(strip(await call(method, at, body, stranger.key)), at).toEqual(strip(await call(method, at.replace(id, "none").replace(runId, "none"), body, stranger.key)));
    }
    expect(strip(await call("POST", `/workflows/${theirs}/test`, { contactId }, stranger.key))).toEqual(strip(await call("POST", `/workflows/${theirs}/test`, { contactId: "none" }, stranger.key)));
  });
});

test("a replay is a new queued run of the version that was asked for", async () => {
  const { call, workflow, contact, store, workspace } = await start();
  const [id, contactId] = [await workflow({ steps: [tag, tag] }), await contact("a@x.com")];
  const { runId } = (await call("POST", `/workflows/${id}/trigger`, { contactId })).body.data;
  await call("PATCH", `/workflows/${id}`, { steps: [tag] });
  const replay = (body: unknown) => call("POST", `/workflow-runs/${runId}/replay`, body);
  expect(path(await replay({ from: "failed_step" }))).toBe("from");
  const again = await replay({});
  expect([again.status, again.body.data]).toEqual([202, { runId: expect.any(String), workflowId: id, workflowVersion: 1, status: "queued" }]);
  expect((await replay({ version: "current" })).body.data.workflowVersion).toBe(2);
  const step = { workspace_id: workspace.id, run_id: runId, action: "tag", attempts: 3, detail: "{}", started_at: now, finished_at: now };
  await store.write((tx) => tx.insertInto("workflow_run_steps").values([{ ...step, path: "0", status: "completed", error: null }, { ...step, path: "1", status: "failed", error: "no" }]).execute());
  expect(path(await replay({ from: "failed_step", version: "current" }))).toBe("from");
  const { body } = await replay({ from: "failed_step" });
  expect((await call("GET", `/workflow-runs/${body.data.runId}`)).body.data).toMatchObject({ replayOf: runId, cause: "replay", status: "queued" });
  expect((await store.read.selectFrom("workflow_runs").select("start_at").where("id", "=", body.data.runId).executeTakeFirstOrThrow()).start_at).toBe("1");
  expect((await call("GET", `/workflow-runs/${runId}`)).body.data.steps).toMatchObject([{ path: "0", do: "tag", status: "completed" }, { path: "1", status: "failed", error: "no" }]);
});

describe("what if", () => {
  test("a test says whether it would start and which way it would go, and does nothing", async () => {
    const { call, workflow, contact, signal, store } = await start();
    const branch = { do: "branch", where: { count: { type: "website_visit", withinDays: 7 }, op: "gte", value: 2 }, then: [tag, { do: "stop" }], else: [{ do: "wait", days: 1 }] };
    const id = await workflow({ where: vip, steps: [branch, { do: "enrich" }] });
    const [vp, other] = [await contact("a@x.com", { title: "VP Sales" }), await contact("b@x.com", { title: "Intern" })];
    const first = await signal(vp);
    const ask = async (contactId: string, signalId?: string) => (await call("POST", `/workflows/${id}/test`, { contactId, signalId })).body.data;
    expect(await ask(vp, first)).toEqual({ triggerFits: true, conditionHolds: true, wouldStart: true, steps: [{ path: "0", do: "branch", branch: "else" }, { path: "0.else.0", do: "wait" }, { path: "1", do: "enrich" }] });
    await signal(vp);
    expect((await ask(vp)).steps).toEqual([{ path: "0", do: "branch", branch: "then" }, { path: "0.then.0", do: "tag" }, { path: "0.then.1", do: "stop" }]);
    expect(await ask(vp, await signal(vp, "https://x.com/blog"))).toMatchObject({ triggerFits: false, wouldStart: false });
    expect(await ask(other)).toMatchObject({ triggerFits: null, conditionHolds: false, wouldStart: false });
    expect(await store.read.selectFrom("workflow_runs").select("id").execute()).toEqual([]);
    await call("POST", `/workflows/${id}/trigger`, { contactId: vp });
    expect(await ask(vp)).toMatchObject({ conditionHolds: true, wouldStart: false });
  });

  test("a backtest finds the signals that would have started it, with counts as of then and the cooldown kept", async () => {
    const { call, workflow, contact, signal, clock } = await start();
    const id = await workflow({ where: { count: { type: "website_visit", page: "/pricing*", withinDays: 7 }, op: "gte", value: 2 } });
    const [a, b] = [await contact("a@x.com"), await contact("b@x.com")];
    await signal(a);
    clock.advance(31 * dayMs);
    await signal(a);
    await signal(b);
    clock.advance(dayMs);
    const second = await signal(a);
    await signal(a);
    await signal(b, "https://x.com/blog");
    clock.advance(dayMs);
    const third = await signal(a);
    const { body } = await call("POST", `/workflows/${id}/backtest`);
    expect(body.data).toEqual({
      since: clock.now() - 30 * dayMs,
      looked: 5,
      truncated: false,
      started: 2,
      contacts: 1,
      runs: [{ signalId: second, contactId: a, at: clock.now() - dayMs }, { signalId: third, contactId: a, at: clock.now() }],
    });
    const manual = await workflow({ trigger: { on: "manual" } });
    expect(path(await call("POST", `/workflows/${manual}/backtest`))).toBe("trigger.on");
  });
});
