import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { startApi } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";
import { createWorkspace } from "../keys/index.ts";

async function start() {
  const clock = fixedClock(Date.parse("2026-10-20T10:00Z"));
  const api = await startApi({ clock });
  const manager = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, key = manager.key) => api.call(method, `/v1${path}`, { body, key });
  const contact = (email: string) => addContact(api.store, clock.now(), api.workspace.id, email);
  const { body } = await call("POST", "/sequences", { name: "Calls", steps: [{ type: "task", kind: "call", title: "Call" }] });
  await call("POST", `/sequences/${body.data.id}/activate`);
  const enroll = async (contactId: string) => call("POST", `/sequences/${body.data.id}/enroll`, { contactId });
  return { ...api, clock, call, contact, enroll, plainKey: api.secret.key };
}

const code = (answer: { body: { error?: { code: string } } }) => answer.body.error?.code;
const path = (answer: { body: { error?: { details?: { path: string }[] } } }) => answer.body.error?.details?.[0]?.path;

describe("an opt-out", () => {
  test.each([
    [{ email: " A@X.com " }, { kind: "email", value: "a@x.com" }],
    [{ domain: "X.com" }, { kind: "domain", value: "x.com" }],
  ])("wins over everything, by %j: it stops what runs and refuses what comes", async (body, expected) => {
    const { call, contact, enroll } = await start();
    const [out, below, other] = [await contact("a@x.com"), await contact("a@mail.x.com"), await contact("a@notx.com")];
    const running = (await enroll(out)).body.data.enrollmentId;
    const kept = (await enroll(other)).body.data.enrollmentId;
    const made = await call("POST", "/suppressions", { ...body, reason: "asked by mail" });
    expect([made.status, made.body.data]).toEqual([201, expect.objectContaining({ ...expected, reason: "asked by mail", enrollmentsStopped: 1 })]);
    expect((await call("GET", `/enrollments/${running}`)).body.data).toMatchObject({ status: "stopped", endReason: "suppressed" });
    expect((await call("GET", `/enrollments/${kept}`)).body.data.status).toBe("active");
    const refused = await enroll(out);
    expect([code(refused), refused.body.error.details[0].code]).toEqual(["CONTACT_EXCLUDED", "suppressed"]);
    expect((await enroll(below)).status).toBe(expected.kind === "domain" ? 409 : 201);
    expect((await call("POST", "/suppressions", body)).status).toBe(200);
    expect((await call("GET", "/suppressions")).body.data.suppressions).toMatchObject([expected]);
    await call("DELETE", `/suppressions/${made.body.data.id}`);
    expect((await enroll(out)).status).toBe(201);
  });

  test("50 at once are one", async () => {
    const { call, store } = await start();
    const answers = await Promise.all(Array.from({ length: 50 }, () => call("POST", "/suppressions", { email: "a@x.com" })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 49 }, () => 200), 201]);
    expect(await store.read.selectFrom("suppressions").select("id").execute()).toHaveLength(1);
  });

  test.each([[{}, ""], [{ email: "a@x.com", domain: "x.com" }, ""], [{ email: "a@\u202ex.com" }, "email"], [{ email: "nobody" }, "email"], [{ domain: "x" }, "domain"], [{ domain: "1.2" }, "domain"]])("what is wrong is named: %j", async (body, wrong) => {
    const { call } = await start();
    const answer = await call("POST", "/suppressions", body);
    expect([answer.status, path(answer)]).toEqual([400, wrong]);
  });
});

test("a rule of the workspace holds for every sequence, until it is removed", async () => {
  const { call, contact, enroll } = await start();
  const made = await call("POST", "/exclusions", { rule: { rule: "domain", domains: ["rival.com"] }, note: "a competitor" });
  expect([made.status, made.body.data]).toEqual([201, expect.objectContaining({ rule: { rule: "domain", domains: ["rival.com"] }, note: "a competitor" })]);
  const contactId = await contact("a@rival.com");
  expect(code(await enroll(contactId))).toBe("CONTACT_EXCLUDED");
  expect((await call("GET", "/exclusions")).body.data.exclusions).toEqual([made.body.data]);
  expect((await call("DELETE", `/exclusions/${made.body.data.id}`)).status).toBe(200);
  expect((await call("DELETE", `/exclusions/${made.body.data.id}`)).status).toBe(404);
  expect((await enroll(contactId)).status).toBe(201);
  expect(path(await call("POST", "/exclusions", { rule: { rule: "tag" } }))).toBe("rule.tags");
});

test("rules and opt-outs are their workspace's own, and need sequences:manage", async () => {
  const { call, newKey, store, plainKey, clock } = await start();
  const other = await createWorkspace(store, clock.now(), { name: "Other" });
  const stranger = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
  const rule = (await call("POST", "/exclusions", { rule: { rule: "active_elsewhere" } })).body.data.id;
  const optOut = (await call("POST", "/suppressions", { email: "a@x.com" })).body.data.id;
  for (const at of [`/exclusions/${rule}`, `/suppressions/${optOut}`]) {
    expect((await call("DELETE", at, undefined, stranger.key)).status).toBe(404);
    expect(code(await call("DELETE", at, undefined, plainKey))).toBe("INSUFFICIENT_SCOPE");
  }
  expect((await call("GET", "/exclusions", undefined, stranger.key)).body.data.exclusions).toEqual([]);
  expect((await call("GET", "/suppressions", undefined, stranger.key)).body.data.suppressions).toEqual([]);
  expect(code(await call("GET", "/suppressions", undefined, plainKey))).toBe("INSUFFICIENT_SCOPE");
});
