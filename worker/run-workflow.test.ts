import { sql } from "kysely";
import { Webhook } from "standardwebhooks";
import { describe, expect, test, vi } from "vitest";
import { startSink, startWorkflows as start } from "../test/support/workflows.ts";
import { wordsOf } from "./retry.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const tag = (name: string) => ({ do: "tag", add: [name] });

describe("a run", () => {
  test("does its steps in order, each once, with what they took and gave in its history", async () => {
    const { call, workflow, contact, trigger, until } = await start();
    const steps = [
      tag("hot"),
      { do: "set", field: "title", value: "CTO" },
      { do: "set", field: "attributes.plan", value: "pro" },
      { do: "branch", where: { field: "contact.attributes.plan", op: "eq", value: "pro" }, then: [{ do: "task", title: "Call {{ contact.title }} {{ signal.data.lines }}", notes: "{{ signal.data.why }}", kind: "call" }], else: [tag("never")] },
      { do: "set", field: "status", value: "contacted" },
    ];
    const [id, person] = [await workflow({ steps }), await contact("jane@x.com", { title: "VP" })];
    const run = await until(await trigger(id, person, { why: "pricing", lines: "a\n\u2028b" }), "completed");
    expect(run.steps.map(({ path, status, attempts }) => [path, status, attempts])).toEqual(["0", "1", "2", "3", "3.then.0", "4"].map((path) => [path, "completed", 1]));
    expect(run.steps[3]?.output).toEqual({ branch: "then" });
    expect(run.steps[4]).toMatchObject({ input: { title: "Call CTO a b", notes: "pricing", kind: "call" }, output: { taskId: expect.any(String) } });
    expect((await call("GET", `/contacts/${person}`)).body.data).toMatchObject({ tags: ["hot"], title: "CTO", attributes: { plan: "pro" }, status: "contacted" });
    const { tasks } = (await call("GET", `/tasks?contactId=${person}`)).body.data;
    expect(tasks).toMatchObject([{ id: run.steps[4]?.output["taskId"], title: "Call CTO a b", notes: "pricing", kind: "call", status: "open", source: "workflow", sourceId: run.id }]);
  });

  test("posts a webhook that the workspace's secret verifies, and shows no token of its address", async () => {
    const { call, workflow, contact, trigger, until, clock } = await start();
    const sink = await startSink();
    const [id, person] = [await workflow({ steps: [{ do: "webhook", url: `${sink.url}/in?token=s3cret` }] }), await contact("jane@x.com")];
    const run = await until(await trigger(id, person, { why: "x" }), "completed");
    const [got] = sink.got;
    const { secret } = (await call("GET", "/workflows/signing-secret")).body.data;
    const header = (name: string) => String(got?.headers[name]);
    vi.useFakeTimers({ toFake: ["Date"], now: clock.now() });
    const verified = new Webhook(secret).verify(got?.body ?? "", { "webhook-id": header("webhook-id"), "webhook-timestamp": header("webhook-timestamp"), "webhook-signature": header("webhook-signature") });
    vi.useRealTimers();
    expect(header("webhook-id")).toBe(header("idempotency-key"));
    expect(verified).toMatchObject({ type: "workflow.step", data: { workflowId: id, runId: run.id, step: "0", contact: { id: person, email: "jane@x.com" }, signal: { type: "custom_webhook", data: { why: "x" } } } });
    expect(got?.url).toBe("/in?token=s3cret");
    expect(JSON.stringify(run)).not.toContain("s3cret");
    expect(run.steps[0]?.output).toEqual({ status: 200 });
  });

  test("waits to the second", async () => {
    const { call, workflow, contact, trigger, until, clock, run } = await start();
    const [id, person] = [await workflow({ steps: [{ do: "wait", seconds: 90 }, tag("late")] }), await contact("a@x.com")];
    const runId = await trigger(id, person);
    const waiting = await until(runId, "waiting");
    expect(waiting.steps).toMatchObject([{ path: "0", do: "wait", status: "waiting", nextAt: clock.now() + 90_000 }]);
    clock.advance(89_999);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await run(runId)).status).toBe("waiting");
    clock.advance(1);
    expect(await until(runId, "completed")).toMatchObject({ steps: [{ path: "0", status: "completed", attempts: 1 }, { path: "1", status: "completed" }] });
    expect((await call("GET", `/contacts/${person}`)).body.data.tags).toEqual(["late"]);
  });

  test("keeps the version that it began with", async () => {
    const { call, workflow, contact, trigger, until, clock } = await start();
    const [id, person] = [await workflow({ steps: [{ do: "wait", hours: 1 }, tag("old")] }), await contact("a@x.com")];
    const runId = await trigger(id, person);
    await until(runId, "waiting");
    await call("PATCH", `/workflows/${id}`, { steps: [tag("new")] });
    clock.advance(hourMs);
    expect(await until(runId, "completed")).toMatchObject({ workflowVersion: 1 });
    expect((await call("GET", `/contacts/${person}`)).body.data.tags).toEqual(["old"]);
  });

  test("ends when its contact is archived", async () => {
    const { call, workflow, contact, trigger, until, clock } = await start();
    const [id, person] = [await workflow({ steps: [{ do: "wait", hours: 1 }, tag("x")] }), await contact("a@x.com")];
    const runId = await trigger(id, person);
    await until(runId, "waiting");
    await call("DELETE", `/contacts/${person}`);
    clock.advance(hourMs);
    expect(await until(runId, "stopped")).toMatchObject({ error: "The contact is archived." });
  });
});

describe("a pause", () => {
  test("holds runs where they stand, those whose wait ends meanwhile included; nobody is skipped", async () => {
    const { call, workflow, contact, trigger, until, clock, run, runsOf } = await start();
    const [id, person] = [await workflow({ steps: [{ do: "wait", hours: 1 }, tag("x")], cooldownHours: 0 }), await contact("a@x.com")];
    const runId = await trigger(id, person);
    await until(runId, "waiting");
    await call("POST", `/workflows/${id}/pause`);
    clock.advance(hourMs);
    await expect.poll(async () => (await run(runId)).held, { timeout: 30_000 }).toBe(true);
    clock.advance(hourMs);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await run(runId)).toMatchObject({ status: "waiting", held: true });
    expect((await call("GET", `/contacts/${person}`)).body.data.tags).toEqual([]);
    await call("POST", `/workflows/${id}/activate`);
    expect(await until(runId, "completed")).toMatchObject({ held: false });
    expect((await call("GET", `/contacts/${person}`)).body.data.tags).toEqual(["x"]);
    expect(await runsOf(id)).toHaveLength(1);
  });

  test("and then an archived workflow ends them", async () => {
    const { call, workflow, contact, trigger, until } = await start();
    const [id, person] = [await workflow({ steps: [{ do: "wait", hours: 1 }] }), await contact("a@x.com")];
    const runId = await trigger(id, person);
    await until(runId, "waiting");
    await call("POST", `/workflows/${id}/pause`);
    await call("DELETE", `/workflows/${id}`);
    expect(await until(runId, "stopped")).toMatchObject({ error: "The workflow was archived while it was paused." });
  });
});

describe("a step that fails", () => {
  test("is tried again with growing delay, always under the same key and with the same body, until the receiver takes it", async () => {
    const { workflow, contact, trigger, until, clock } = await start();
    const sink = await startSink((count) => ({ status: count <= 3 ? 503 : 204 }));
    const [id, person] = [await workflow({ steps: [tag("a"), { do: "webhook", url: sink.url }, tag("b")] }), await contact("a@x.com")];
    const runId = await trigger(id, person);
    const delays: number[] = [];
    for (let tries = 1; tries <= 3; tries++) {
      await expect.poll(() => sink.got.length, { timeout: 30_000 }).toBe(tries);
      const step = (await until(runId, "waiting")).steps[1];
      expect(step).toMatchObject({ status: "waiting", attempts: tries, error: "The receiver answered 503." });
      delays.push((step?.nextAt ?? 0) - clock.now());
      clock.advance(delays.at(-1) ?? 0);
    }
    expect(await until(runId, "completed")).toMatchObject({ steps: [{ path: "0" }, { path: "1", status: "completed", attempts: 4, error: null, output: { status: 204 } }, { path: "2" }] });
    for (const [i, delay] of delays.entries()) expect(delay / (2000 * 3 ** i)).toSatisfy((ratio: number) => ratio >= 0.75 && ratio <= 1.25);
    expect(new Set(sink.got.map(({ headers, body }) => `${headers["idempotency-key"]} ${headers["webhook-id"]} ${body}`)).size).toBe(1);
  });

  test("waits as long as the receiver asks for", async () => {
    const { workflow, contact, trigger, until, clock } = await start();
    const sink = await startSink((count) => (count === 1 ? { status: 429, headers: { "retry-after": "600" } } : { status: 200 }));
    const [id, person] = [await workflow({ steps: [{ do: "webhook", url: sink.url }] }), await contact("a@x.com")];
    const runId = await trigger(id, person);
    const [step] = (await until(runId, "waiting")).steps;
    expect((step?.nextAt ?? 0) - clock.now()).toBe(600_000);
    clock.advance(600_000);
    await until(runId, "completed");
  });

  test("for good ends the run, lets it go on, or stops it, as the step says", async () => {
    const { workflow, contact, trigger, until } = await start();
    const sink = await startSink(() => ({ status: 404 }));
    const person = await contact("a@x.com");
    const outcome = async (onError?: string) => until(await trigger(await workflow({ steps: [{ do: "webhook", url: sink.url, ...(onError === undefined ? {} : { onError }) }, tag("after")] }), person), "completed", "failed", "stopped");
    const words = "Step 0 (webhook): The receiver answered 404.";
    expect(await outcome()).toMatchObject({ status: "failed", error: words, steps: [{ path: "0", status: "failed", attempts: 1 }] });
    expect(await outcome("fail")).toMatchObject({ status: "failed" });
    expect(await outcome("continue")).toMatchObject({ status: "completed", error: null, steps: [{ path: "0", status: "failed", error: "The receiver answered 404." }, { path: "1", status: "completed" }] });
    expect(await outcome("stop")).toMatchObject({ status: "stopped", error: words, steps: [{ path: "0" }] });
  });

  test("is dead with its reason after the last try", async () => {
    const { workflow, contact, trigger, until, clock, run } = await start();
    const sink = await startSink(() => ({ status: 500 }));
    const [id, person] = [await workflow({ steps: [{ do: "webhook", url: sink.url }] }), await contact("a@x.com")];
    const runId = await trigger(id, person);
    for (let tries = 1; tries < 9; tries++) {
      await expect.poll(async () => (await run(runId)).steps[0]?.nextAt ?? 0, { timeout: 30_000 }).toBeGreaterThan(clock.now());
      clock.advance(((await run(runId)).steps[0]?.nextAt ?? 0) - clock.now());
    }
    expect(await until(runId, "failed")).toMatchObject({ error: "Step 0 (webhook): The receiver answered 500.", steps: [{ attempts: 9, nextAt: null }] });
    expect(sink.got).toHaveLength(9);
  });

  test("never reaches an address of the inside, and says no more than that", async () => {
    const { store, workflow, contact, trigger, until } = await start();
    const [id, person] = [await workflow({ steps: [{ do: "webhook", url: "http://127.0.0.1/latest" }] }), await contact("a@x.com")];
    // Saved while the operator allowed it.
    await store.write((tx) => tx.updateTable("workflow_versions").set({ definition: sql`replace(definition, '127.0.0.1', '169.254.169.254')` }).where("of_id", "=", id).execute());
    expect(await until(await trigger(id, person), "failed")).toMatchObject({ error: "Step 0 (webhook): The address could not be reached, or may not be." });
  });

  test("takes back what it wrote itself, and nothing of the steps before it", async () => {
    const { call, workflow, contact, trigger, until } = await start();
    const { id: sequenceId } = (await call("POST", "/sequences", { name: "S" })).body.data;
    const [id, person] = [await workflow({ steps: [tag("kept"), { do: "enroll", sequenceId, onError: "continue" }, { do: "unenroll" }, tag("too")] }), await contact("a@x.com")];
    expect(await until(await trigger(id, person), "completed")).toMatchObject({ steps: [{ path: "0", status: "completed" }, { path: "1", status: "failed", error: expect.stringMatching(/^SEQUENCE_INACTIVE: /) }, { path: "2", output: { stopped: 0 } }, { path: "3" }] });
    expect((await call("GET", `/contacts/${person}`)).body.data.tags).toEqual(["kept", "too"]);
  });

  test("by our own fault says nothing of the inside", () => {
    expect(wordsOf(new TypeError("postgres://user:password@host"))).toBe("Unexpected error; the server's log has it.");
  });
});

test("enrolls, and one who is enrolled already stays so", async () => {
  const { call, workflow, contact, trigger, until } = await start();
  const { id: sequenceId } = (await call("POST", "/sequences", { name: "S", postalAddress: "1 Way", mailbox: null, steps: [{ type: "task", kind: "call", title: "Call" }] })).body.data;
  const active = await call("POST", `/sequences/${sequenceId}/activate`);
  expect(active.status, JSON.stringify(active.body)).toBe(200);
  const steps = [{ do: "enroll", sequenceId }, { do: "enroll", sequenceId }, { do: "branch", where: { field: "enrollment.status", op: "eq", value: "active" }, then: [{ do: "unenroll", sequenceId }] }];
  const [id, person] = [await workflow({ steps }), await contact("a@x.com")];
  expect(await until(await trigger(id, person), "completed")).toMatchObject({ steps: [{ output: { enrolled: true } }, { output: { enrolled: false, reason: "ALREADY_ENROLLED" } }, { output: { branch: "then" } }, { path: "2.then.0", output: { stopped: 1 } }] });
});

test("notifies by a connector; one that is gone, or refuses, fails the step for good", async () => {
  const { call, workflow, contact, trigger, until } = await start();
  const sink = await startSink((count) => ({ status: count === 1 ? 200 : 400 }));
  const made = await call("POST", "/connectors", { integrationSlug: "webhook", name: "Team", config: { url: `${sink.url}/hook?token=s3cret`, secret: `whsec_${Buffer.alloc(24, 7).toString("base64")}` } });
  const connectorId = made.body.data.id as string;
  const [id, person] = [await workflow({ steps: [{ do: "notify", connectorId, message: "{{ contact.email }} is on {{ signal.data.page }}", subject: "Hot: {{ contact.email }}" }] }), await contact("jane@x.com")];
  const done = await until(await trigger(id, person, { page: "/pricing" }), "completed");
  expect(done.steps).toMatchObject([{ input: { connectorId, message: "jane@x.com is on /pricing", subject: "Hot: jane@x.com" }, output: { status: "sent" } }]);
  expect(JSON.parse(sink.got[0]?.body ?? "")).toMatchObject({ data: { message: "jane@x.com is on /pricing", subject: "Hot: jane@x.com" } });
  const refused = await until(await trigger(id, person), "failed");
  expect(JSON.stringify(refused)).not.toContain("s3cret");
  await call("DELETE", `/connectors/${connectorId}`);
  expect(await until(await trigger(id, person), "failed")).toMatchObject({ error: "Step 0 (notify): The connector is archived." });
  expect(sink.got).toHaveLength(2);
});

test("scores by a profile, and what follows sees the score", async () => {
  const { call, workflow, contact, trigger, until } = await start();
  const profile = { name: "Leaders", groups: [{ category: "role", max: 100, criteria: [{ field: "contact.title", op: "contains", value: "VP", points: 80 }] }] };
  const { id: icpProfileId } = (await call("POST", "/icp-profiles", profile)).body.data;
  const branch = { do: "branch", where: { all: [{ field: "score", op: "gte", value: 70 }, { field: `scores.${icpProfileId}`, op: "eq", value: 80 }] }, then: [tag("fit")], else: [tag("unfit")] };
  const [id, person] = [await workflow({ steps: [{ do: "score", icpProfileId, onError: "continue" }, branch] }), await contact("a@x.com", { title: "VP Sales" })];
  expect(await until(await trigger(id, person), "completed")).toMatchObject({ steps: [{ status: "failed", error: expect.stringMatching(/PUBLISHED/) }, { output: { branch: "else" } }, { path: "1.else.0" }] });
  expect((await call("POST", `/icp-profiles/${icpProfileId}/publish`)).status).toBe(200);
  expect(await until(await trigger(id, person), "completed")).toMatchObject({ steps: [{ output: { score: 80, verdict: "strong_fit" } }, { output: { branch: "then" } }, { path: "1.then.0" }] });
});

test("asks for enrichment, waits for what comes of it, and not for ever", async () => {
  const { call, store, workflow, contact, trigger, until, clock } = await start();
  const [id, person] = [await workflow({ steps: [{ do: "enrich" }, tag("after")] }), await contact("a@x.com")];
  const waiting = await until(await trigger(id, person), "waiting");
  const [job] = await store.read.selectFrom("enrichment_jobs").selectAll().execute();
  expect(waiting.steps).toMatchObject([{ do: "enrich", status: "waiting", attempts: 1, output: { jobId: job?.id, status: expect.stringMatching(/queued|running/) } }]);
  const finish = (status: "completed" | "failed") => store.write((tx) => tx.updateTable("enrichment_jobs").set({ status, finished_at: clock.now() }).execute());
  await finish("completed");
  clock.advance(60_000);
  expect(await until(waiting.id, "completed")).toMatchObject({ steps: [{ status: "completed", attempts: 1, output: { status: "completed" } }, { path: "1" }] });
  expect(await until(await trigger(id, person), "completed")).toMatchObject({ steps: [{ output: { status: "skipped" } }, { path: "1" }] });
  expect((await call("GET", `/contacts/${person}`)).body.data.tags).toEqual(["after"]);
});
