import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { hot, startWorkflows as start, workflowNow as now } from "../../test/support/workflows.ts";
import { signatureOf } from "./index.ts";

const tag = { do: "tag", add: ["hot"] };
const vip = { field: "contact.title", op: "contains", value: "VP" };

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
    [{ steps: [{ do: "branch", where: vip, then: [{ do: "task", title: "{{ contact.firstName }}", notes: "{{ signal.dta }}" }] }] }, "steps.0.then.0.notes"],
    [{ steps: [{ do: "task", title: "{% include 'x' %}" }] }, "steps.0.title"],
    [{ steps: [{ do: "task", title: "{{ contact.firstName" }] }, "steps.0.title"],
    [{ steps: [{ do: "notify", connectorId: "c", message: "x", subject: "{{ contact[signal.page] }}" }] }, "steps.0.subject"],
    [{ steps: [{ do: "tag", add: ["a"], onError: "explode" }] }, "steps.0.onError"],
    [{ steps: [{ do: "set", field: "title", value: 7 }] }, "steps.0.value"],
    [{ steps: [{ do: "set", field: "attributes.__proto__", value: 7 }] }, "steps.0.field"],
    [{ steps: [{ do: "webhook", url: "ftp://x.com" }] }, "steps.0.url"],
    [{ steps: [{ do: "webhook", url: "https://me:secret@x.com" }] }, "steps.0.url"],
    [{ steps: [{ do: "webhook", url: "https://x.com/\0" }] }, "steps.0.url"],
    [{ steps: [{ do: "set", field: "status", value: "won" }] }, "steps.0.value"],
    [{ steps: [{ ...tag, extra: 1 }] }, "steps.0.extra"],
    [{ steps: Array.from({ length: 26 }, () => ({ do: "branch", where: vip, then: [tag] })) }, "steps"],
    [{ where: { field: "contact.titel", op: "exists" } }, "where.field"],
    [{ trigger: { on: "full moon" } }, "trigger.on"],
    [{ trigger: { on: "schedule", cron: "0 9 * *" } }, "trigger.cron"],
    [{ trigger: { on: "schedule", cron: "99 9 * * *" } }, "trigger.cron"],
    [{ trigger: { on: "schedule", cron: "0 9 31 2 *" } }, "trigger.cron"],
    [{ trigger: { on: "schedule", cron: "0 9 * * 1", zone: "Mars/Base" } }, "trigger.zone"],
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
    await call("PATCH", `/workflows/${id}`, { steps: [tag, { do: "notify", connectorId: "none", message: "x" }] });
    expect(path(await call("POST", `/workflows/${id}/activate`))).toBe("steps.1.connectorId");
    await call("PATCH", `/workflows/${id}`, { steps: [{ do: "score", icpProfileId: "none" }] });
    expect(path(await call("POST", `/workflows/${id}/activate`))).toBe("steps.0.icpProfileId");
    await call("PATCH", `/workflows/${id}`, { steps: [tag], trigger: { on: "score", icpProfileId: "none", crosses: 70 } });
    expect(path(await call("POST", `/workflows/${id}/activate`))).toBe("trigger.icpProfileId");
    await call("PATCH", `/workflows/${id}`, { steps: [tag], trigger: { on: "schedule", cron: "0 9 * * 1" } });
    expect(path(await call("POST", `/workflows/${id}/activate`))).toBe("steps.0");
    await call("PATCH", `/workflows/${id}`, { where: vip });
    expect((await call("POST", `/workflows/${id}/activate`)).body.data.status).toBe("active");
    expect((await call("POST", `/workflows/${id}/pause`)).body.data.status).toBe("paused");
    for (let i = 0; i < 2; i++) expect((await call("DELETE", `/workflows/${id}`)).body.data.archivedAt).toBe(now);
    expect(code(await call("POST", `/workflows/${id}/activate`))).toBe("NOT_FOUND");
    expect((await call("GET", "/workflows")).body.data.workflows).toEqual([]);
  });

  test("an address of a step that may not be reached is refused by its place, on a new workflow and on a change", async () => {
    const { call } = await start();
    const hook = (url: string) => ({ do: "webhook", url });
    const inside = { do: "branch", where: vip, then: [tag, hook("http://169.254.169.254/latest")] };
    for (const [steps, at] of [[[hook("http://localhost:9/")], "steps.0.url"], [[tag, inside], "steps.1.then.1.url"]] as const) {
      const refused = await call("POST", "/workflows", { ...hot, steps });
      expect([refused.status, code(refused), path(refused)]).toEqual([400, "VALIDATION_ERROR", at]);
    }
    const { id } = (await call("POST", "/workflows", { ...hot, steps: [hook("https://hooks.example.com/in")] })).body.data;
    expect(path(await call("PATCH", `/workflows/${id}`, { steps: [hook("http://10.0.0.1/")] }))).toBe("steps.0.url");
    expect((await call("GET", `/workflows/${id}`)).body.data).toMatchObject({ version: 1 });
  });

  test("needs workflows:manage; reading does not", async () => {
    const { call, workflow, plainKey } = await start();
    const id = await workflow();
    for (const [method, at, body] of [["POST", "/workflows", hot], ["PATCH", `/workflows/${id}`, {}], ["DELETE", `/workflows/${id}`, undefined], ["POST", `/workflows/${id}/backtest`, undefined], ["GET", "/workflows/signing-secret", undefined], ["POST", "/workflows/signing-secret/rotate", undefined]] as const) {
      expect(code(await call(method, at, body, plainKey))).toBe("INSUFFICIENT_SCOPE");
    }
    expect((await call("GET", `/workflows/${id}`, undefined, plainKey)).status).toBe(200);
  });
});

test("the secret of webhook steps is the workspace's own, and the one before holds for a day after a rotation", async () => {
  const { call, clock, store } = await start();
  const ask = async (method: string, at: string) => (await call(method, at)).body.data as { secret: string; oldSecretUntil: number | null };
  const first = await ask("GET", "/workflows/signing-secret");
  expect(first).toEqual({ secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/), oldSecretUntil: null });
  const second = await ask("POST", "/workflows/signing-secret/rotate");
  expect(second).toEqual({ secret: expect.not.stringContaining(first.secret), oldSecretUntil: now + 86_400_000 });
  const body = '{"type":"x"}';
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = { "webhook-id": "m1", "webhook-timestamp": String(timestamp), "webhook-signature": signatureOf([second.secret, first.secret], { id: "m1", timestamp, body }) };
  for (const { secret } of [first, second]) expect(new Webhook(secret).verify(body, headers)).toEqual({ type: "x" });
  expect(() => new Webhook(second.secret).verify('{"type":"y"}', headers)).toThrow(/signature/i);
  clock.advance(86_400_000);
  expect(await ask("GET", "/workflows/signing-secret")).toEqual({ secret: second.secret, oldSecretUntil: null });
  const kept = JSON.stringify(await store.read.selectFrom("workflow_marks").selectAll().execute());
  expect(kept).not.toContain(second.secret.slice(6));
});
