import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { startApi } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";
import { endEnrollments } from "./index.ts";
import { insertEnrollment } from "./queries.ts";

/** Tuesday, 10:00 in UTC. */
const tuesday = Date.parse("2026-10-20T10:00Z");
const mail = { type: "email", subject: "Hello", body: "Hi {{ contact.firstName }}" };
const sendable = { name: "Intro", mailbox: "m1", postalAddress: "1 Main St", steps: [mail, { type: "wait", days: 3 }, { type: "task", kind: "call", title: "Call" }] };

async function start() {
  const clock = fixedClock(tuesday);
  const api = await startApi({ clock });
  const manager = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, key = manager.key) => api.call(method, `/v1${path}`, { body, key });
  const contact = (email: string, more = {}) => addContact(api.store, clock.now(), api.workspace.id, email, more);
  const sequence = async (more = {}): Promise<string> => {
    const { body } = await call("POST", "/sequences", { ...sendable, ...more });
    await call("POST", `/sequences/${body.data.id}/activate`);
    return body.data.id;
  };
  return { ...api, clock, call, contact, sequence, publicKey: api.secret.key };
}

const code = (answer: { body: { error?: { code: string } } }) => answer.body.error?.code;
const path = (answer: { body: { error?: { details?: { path: string }[] } } }) => answer.body.error?.details?.[0]?.path;

describe("authoring", () => {
  test("a sequence is kept as written, each change is a version, and running contacts keep theirs", async () => {
    const { call, sequence, contact, store } = await start();
    const made = await call("POST", "/sequences", { ...sendable, window: { days: [1, 2], from: "09:00", to: "12:00", zone: "Europe/Berlin" } });
    expect([made.status, made.body.data]).toEqual([201, expect.objectContaining({ ...sendable, status: "draft", version: 1, dailyCap: 50, stopOnReply: true })]);
    const id = await sequence();
    const { enrollmentId } = (await call("POST", `/sequences/${id}/enroll`, { contactId: await contact("a@x.com") })).body.data;
    const changed = await call("PATCH", `/sequences/${id}`, { steps: [mail], dailyCap: 9 });
    expect(changed.body.data).toMatchObject({ version: 2, steps: [mail], dailyCap: 9, postalAddress: "1 Main St", status: "active" });
    expect((await call("GET", `/enrollments/${enrollmentId}`)).body.data).toMatchObject({ sequenceVersion: 1 });
    const first = await store.read.selectFrom("sequence_versions").select("definition").where("of_id", "=", id).where("version", "=", 1).executeTakeFirstOrThrow();
    expect(JSON.parse(first.definition)).toMatchObject({ steps: sendable.steps });
    expect((await call("GET", "/sequences")).body.data.sequences.map((s: { id: string }) => s.id)).toEqual([id, made.body.data.id]);
    expect((await call("GET", `/sequences/${id}`)).body.data.enrollments).toEqual({ active: 1, paused: 0, completed: 0, stopped: 0 });
  });

  test.each([
    [{ name: "" }, "name"],
    [{ name: "x", steps: [mail, { ...mail, subject: "a\r\nBcc: everybody@x.com" }] }, "steps.1.subject"],
    [{ name: "x", steps: [{ type: "wait" }] }, "steps.0"],
    [{ name: "x", steps: [{ type: "sms" }] }, "steps.0.type"],
    [{ name: "x", window: { days: [8], from: "09:00", to: "17:00", zone: "contact" } }, "window.days.0"],
    [{ name: "x", window: { days: [1], from: "17:00", to: "09:00", zone: "contact" } }, "window.to"],
    [{ name: "x", window: { days: [1], from: "09:00", to: "17:00", zone: "Mars/Base" } }, "window.zone"],
    [{ name: "x", exclusions: [{ rule: "active_elsewhere" }, { rule: "domain", domains: ["a.com", "1.2"] }] }, "exclusions.1.domains.1"],
    [{ name: "x", dailyCap: 0 }, "dailyCap"],
    [{ name: "x", color: "red" }, "color"],
  ])("what is wrong is named by its path: %j", async (body, wrong) => {
    const { call } = await start();
    const answer = await call("POST", "/sequences", body);
    expect([answer.status, code(answer), path(answer)]).toEqual([400, "VALIDATION_ERROR", wrong]);
  });

  test("no mail goes out without steps, a postal address and a mailbox: activating says which is missing", async () => {
    const { call } = await start();
    const { id } = (await call("POST", "/sequences", { name: "Empty" })).body.data;
    expect(code(await call("POST", `/sequences/${id}/activate`))).toBe("SEQUENCE_HAS_NO_STEPS");
    await call("PATCH", `/sequences/${id}`, { steps: [mail] });
    expect(path(await call("POST", `/sequences/${id}/activate`))).toBe("postalAddress");
    await call("PATCH", `/sequences/${id}`, { postalAddress: "1 Main St" });
    expect(path(await call("POST", `/sequences/${id}/activate`))).toBe("mailbox");
    await call("PATCH", `/sequences/${id}`, { mailbox: "m1" });
    expect((await call("POST", `/sequences/${id}/activate`)).body.data.status).toBe("active");
    expect(path(await call("PATCH", `/sequences/${id}`, { postalAddress: null }))).toBe("postalAddress");
  });

  test("needs sequences:manage; reading does not", async () => {
    const { call, sequence, publicKey } = await start();
    const id = await sequence();
    for (const [method, at, body] of [["POST", "/sequences", sendable], ["PATCH", `/sequences/${id}`, {}], ["DELETE", `/sequences/${id}`, undefined], ["POST", `/sequences/${id}/pause`, undefined]] as const) {
      expect(code(await call(method, at, body, publicKey))).toBe("INSUFFICIENT_SCOPE");
    }
    expect((await call("GET", `/sequences/${id}`, undefined, publicKey)).status).toBe(200);
  });
});

describe("enrolling", () => {
  test("answers 201 with the step that is due and when, for 3 credits", async () => {
    const { call, sequence, contact } = await start();
    const contactId = await contact("a@x.com");
    const id = await sequence({ steps: [{ type: "wait", days: 4 }, mail] });
    const { status, body } = await call("POST", `/sequences/${id}/enroll`, { contactId, source: "form" });
    expect([status, body.meta.credits.used]).toEqual([201, 3]);
    // Four days on it is Saturday: the window opens on Monday at nine.
    expect(body.data).toEqual({ enrollmentId: expect.any(String), sequenceId: id, contactId, status: "active", currentStep: 1, nextStepAt: Date.parse("2026-10-26T09:00Z") });
  });

  test("the checks come in the published order, each with its own code, and eligibility answers them all", async () => {
    const { call, sequence, contact, store } = await start();
    const steps = async (id: string, status: string) => {
      await call("PATCH", `/sequences/${id}`, { steps: [] });
      await store.write((tx) => tx.updateTable("sequences").set({ status: status as "active" }).where("id", "=", id).execute());
    };
    const id = await sequence({ exclusions: [{ rule: "tag", tags: ["rival"] }] });
    const contactId = await contact("a@x.com");
    await call("POST", `/sequences/${id}/enroll`, { contactId });
    await steps(id, "paused");
    await contact("a@x.com", { tags: ["Rival"], archived: true });
    const seen: unknown[] = [];
    const enroll = async () => seen.push(code(await call("POST", `/sequences/${id}/enroll`, { contactId })));
    expect(code(await call("POST", "/sequences/none/enroll", { contactId }))).toBe("NOT_FOUND");
    await enroll();
    const { checks } = (await call("POST", `/sequences/${id}/eligibility`, { contactIds: [contactId] })).body.data.results[0];
    expect(checks.map((c: { code?: string }) => c.code)).toEqual([undefined, "SEQUENCE_INACTIVE", "CONTACT_EXCLUDED", "CONTACT_ARCHIVED", "ALREADY_ENROLLED", "SEQUENCE_HAS_NO_STEPS"]);
    await steps(id, "active");
    await enroll();
    await contact("a@x.com", { archived: true });
    await enroll();
    await contact("a@x.com");
    await enroll();
    await store.write((tx) => tx.updateTable("enrollments").set({ status: "completed" }).execute());
    await enroll();
    expect(seen).toEqual(["SEQUENCE_INACTIVE", "CONTACT_EXCLUDED", "CONTACT_ARCHIVED", "ALREADY_ENROLLED", "SEQUENCE_HAS_NO_STEPS"]);
  });

  test("50 at once give one enrollment", async () => {
    const { call, sequence, contact, store } = await start();
    const [id, contactId] = [await sequence(), await contact("a@x.com")];
    const answers = await Promise.all(Array.from({ length: 50 }, () => call("POST", `/sequences/${id}/enroll`, { contactId })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(code))).toEqual(new Set(["ALREADY_ENROLLED"]));
    expect(await store.read.selectFrom("enrollments").select("id").execute()).toHaveLength(1);
    const paid = await store.read.selectFrom("usage_ledger").select("credits").where("capability", "=", "api.sequences.enroll").execute();
    expect(paid.map((row) => row.credits)).toEqual([3]);
  });

  test("the database itself keeps a contact from being in a sequence twice, paused ones counted; ended ones are no bar", async () => {
    const { store, workspace } = await start();
    const row = (id: string, status: "active" | "paused" | "stopped") => ({ workspace_id: workspace.id, id, sequence_id: "s1", version: 1, contact_id: "c1", status, current_step: 0, next_step_at: 1, source: "api", end_reason: null, created_at: 1, updated_at: 1, ended_at: null });
    const insert = (id: string, status: "active" | "paused" | "stopped") => store.write((tx) => insertEnrollment(tx, row(id, status)));
    expect([await insert("e1", "stopped"), await insert("e2", "paused"), await insert("e3", "active"), await insert("e4", "stopped")]).toEqual([true, true, false, true]);
  });

  test("in two sequences at once, one that takes nobody who is elsewhere, never leaves a contact in both", async () => {
    const { call, sequence, contact, store } = await start();
    const exclusions = [{ rule: "active_elsewhere" }];
    const ids = [await sequence({ exclusions }), await sequence({ exclusions })];
    const contacts = await Promise.all(Array.from({ length: 10 }, (_, i) => contact(`c${i}@x.com`)));
    await Promise.all(contacts.flatMap((contactId) => ids.map((id) => call("POST", `/sequences/${id}/enroll`, { contactId }))));
    const rows = await store.read.selectFrom("enrollments").select("contact_id").execute();
    expect(rows.map((row) => row.contact_id).toSorted()).toEqual(contacts.toSorted());
  });

  test("a foreign contact or sequence answers as a missing one", async () => {
    const { call, sequence, contact, newKey, store } = await start();
    const other = await (await import("../keys/index.ts")).createWorkspace(store, tuesday, { name: "Other" });
    const foreign = await addContact(store, tuesday, other.id, "f@x.com");
    const id = await sequence();
    const strip = ({ status, body }: Awaited<ReturnType<typeof call>>) => ({ status, ...body.error, requestId: "" });
    expect(strip(await call("POST", `/sequences/${id}/enroll`, { contactId: foreign }))).toEqual(strip(await call("POST", `/sequences/${id}/enroll`, { contactId: "none" })));
    const { results } = (await call("POST", `/sequences/${id}/eligibility`, { contactIds: [foreign, "none"] })).body.data;
    expect({ ...results[0], contactId: "" }).toEqual({ ...results[1], contactId: "" });
    const { enrollmentId } = (await call("POST", `/sequences/${id}/enroll`, { contactId: await contact("a@x.com") })).body.data;
    const stranger = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
    const paths = [["POST", `/sequences/${id}/enroll`, { contactId: foreign }], ["GET", `/sequences/${id}`], ["GET", `/sequences/${id}/enrollments`], ["GET", `/enrollments/${enrollmentId}`], ["PATCH", `/enrollments/${enrollmentId}`, { status: "paused" }], ["PATCH", `/sequences/${id}`, {}], ["DELETE", `/sequences/${id}`]] as const;
    for (const [method, at, body] of paths) {
      const missing = await call(method, at.replace(id, "none").replace(enrollmentId, "none"), body, stranger.key);
      expect(strip(await call(method, at, body, stranger.key)), `${method} ${at}`).toEqual(strip(missing));
    }
  });

  test("a dry run checks and answers alike, enrolls nobody and costs nothing", async () => {
    const { call, sequence, contact, store } = await start();
    const [id, contactId] = [await sequence(), await contact("a@x.com")];
    const { status, body } = await call("POST", `/sequences/${id}/enroll?dry_run=true`, { contactId });
    expect([status, body.data.status, body.meta]).toEqual([201, "active", expect.objectContaining({ dryRun: true, credits: { used: 0 } })]);
    expect(await store.read.selectFrom("enrollments").select("id").execute()).toEqual([]);
  });
});

describe("exclusion rules", () => {
  test.each([
    ["domain", { rule: "domain", domains: ["Rival.com"] }, "a@mail.rival.com", {}],
    ["domain, IDN", { rule: "domain", domains: ["bücher.de"] }, "a@xn--bcher-kva.de", {}],
    ["status", { rule: "status", statuses: ["lost"] }, "a@x.com", { status: "lost" }],
    ["tag", { rule: "tag", tags: ["no"] }, "a@x.com", { tags: ["NO"] }],
  ])("%s leaves out who it names, and nobody else", async (_name, rule, email, more) => {
    const { call, sequence, contact } = await start();
    const id = await sequence({ exclusions: [rule] });
    const refused = await call("POST", `/sequences/${id}/enroll`, { contactId: await contact(email, more) });
    expect([refused.status, code(refused), refused.body.error.details[0]]).toEqual([409, "CONTACT_EXCLUDED", { path: "contactId", code: rule.rule, message: expect.any(String) }]);
    expect((await call("POST", `/sequences/${id}/enroll`, { contactId: await contact("b@notrival.com") })).status).toBe(201);
  });

  test("who was written to within so many days is left out until they have passed", async () => {
    const { call, sequence, contact, store, workspace, clock } = await start();
    const id = await sequence({ exclusions: [{ rule: "contacted_within_days", days: 14 }] });
    const contactId = await contact("a@x.com");
    const message = { workspace_id: workspace.id, id: "m1", thread_id: "t1", contact_id: contactId, direction: "out" as const, sender: "me", recipients: "[]", subject: null, body: "", sent_at: tuesday };
    await store.write((tx) => tx.insertInto("messages").values(message).execute());
    expect(code(await call("POST", `/sequences/${id}/enroll`, { contactId }))).toBe("CONTACT_EXCLUDED");
    clock.advance(14 * 86_400_000);
    expect((await call("POST", `/sequences/${id}/enroll`, { contactId })).status).toBe(201);
  });
});

describe("an enrollment", () => {
  test("is paused, resumed in the window, and stopped for good", async () => {
    const { call, sequence, contact, clock } = await start();
    const [id, contactId] = [await sequence({ steps: [mail] }), await contact("a@x.com")];
    const { enrollmentId } = (await call("POST", `/sequences/${id}/enroll`, { contactId })).body.data;
    const set = async (status: string) => (await call("PATCH", `/enrollments/${enrollmentId}`, { status })).body;
    expect((await set("paused")).data).toMatchObject({ status: "paused", nextStepAt: null });
    clock.advance(10 * 3_600_000);
    expect((await set("active")).data).toMatchObject({ status: "active", nextStepAt: Date.parse("2026-10-21T09:00Z") });
    expect((await set("stopped")).data).toMatchObject({ status: "stopped", nextStepAt: null, endReason: "stopped", endedAt: clock.now() });
    expect((await set("stopped")).data).toMatchObject({ status: "stopped" });
    expect((await set("active")).error.code).toBe("ENROLLMENT_ENDED");
    expect((await call("POST", `/sequences/${id}/enroll`, { contactId })).status).toBe(201);
  });

  test("of a paused sequence is held; of an archived one it ends", async () => {
    const { call, sequence, contact } = await start();
    const [id, contactId] = [await sequence(), await contact("a@x.com")];
    const { enrollmentId } = (await call("POST", `/sequences/${id}/enroll`, { contactId })).body.data;
    await call("POST", `/sequences/${id}/pause`);
    expect((await call("GET", `/enrollments/${enrollmentId}`)).body.data).toMatchObject({ status: "active", nextStepAt: null });
    expect((await call("DELETE", `/sequences/${id}`)).status).toBe(200);
    expect((await call("DELETE", `/sequences/${id}`)).status).toBe(200);
    expect((await call("GET", `/enrollments/${enrollmentId}`)).body.data).toMatchObject({ status: "stopped", endReason: "sequence_archived" });
    expect((await call("GET", "/sequences")).body.data.sequences).toEqual([]);
    expect((await call("GET", "/sequences?include_archived=true")).body.data.sequences).toHaveLength(1);
  });

  test("ends with its contact, in the same transaction", async () => {
    const { call, sequence, contact, store, workspace, clock, server } = await start();
    const contactId = await contact("a@x.com");
    for (let i = 0; i < 2; i++) await call("POST", `/sequences/${await sequence()}/enroll`, { contactId });
    const ctx = { workspace: { ...workspace, status: "active" }, actor: { kind: "system" as const, id: "test" }, store, clock, log: server.parts.log };
    expect(await store.write((tx) => endEnrollments(tx, ctx, contactId, "contact_archived"))).toBe(2);
    const rows = await store.read.selectFrom("enrollments").select(["status", "end_reason"]).execute();
    expect(rows).toEqual(Array.from({ length: 2 }, () => ({ status: "stopped", end_reason: "contact_archived" })));
  });

  test("is listed once, newest first, in pages that only this list understands", async () => {
    const { call, sequence, contact } = await start();
    const [id, other] = [await sequence(), await sequence()];
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.push((await call("POST", `/sequences/${id}/enroll`, { contactId: await contact(`c${i}@x.com`) })).body.data.enrollmentId);
    const first = (await call("GET", `/sequences/${id}/enrollments?limit=3`)).body.data;
    const second = (await call("GET", `/sequences/${id}/enrollments?limit=3&cursor=${first.nextCursor}`)).body.data;
    expect([...first.enrollments, ...second.enrollments].map((e: { id: string }) => e.id)).toEqual(made.toReversed());
    expect([first.hasMore, second.hasMore, second.nextCursor]).toEqual([true, false, null]);
    expect((await call("GET", `/sequences/${other}/enrollments?cursor=${first.nextCursor}`)).status).toBe(400);
    expect((await call("GET", `/sequences/${id}/enrollments?status=stopped`)).body.data.enrollments).toEqual([]);
  });
});
