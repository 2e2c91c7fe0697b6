import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { phases } from "../../core/enrichment-words.ts";
import { newId } from "../../core/id.ts";
import { claim } from "../../store/queue.ts";
import { startApi } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";
import { createWorkspace } from "../keys/index.ts";
import { saveEnrichedValue } from "./service.ts";

const base = 1_950_000_000_000;
const dayMs = 86_400_000;

async function start() {
  const clock = fixedClock(base);
  const api = await startApi({ clock });
  const contact = await addContact(api.store, base, api.workspace.id, "jane@acme.test");
  const enrich = (id: string, body?: unknown, query = "") => api.call("POST", `/v1/contacts/${id}/enrich${query}`, body === undefined ? {} : { body });
  const status = async (id = contact) => (await api.call("GET", `/v1/enrichment/${id}`)).body.data;
  const finish = (state: "completed" | "partial" | "failed" | "running") => api.store.write((tx) => tx.updateTable("enrichment_jobs").set({ status: state, finished_at: state === "running" ? null : clock.now() }).where("status", "in", ["queued", "running"]).execute());
  const jobs = () => api.store.read.selectFrom("jobs").selectAll().where("kind", "=", "enrich").orderBy("run_at").execute();
  const ctx = { workspace: { ...api.workspace, status: "active" }, actor: { kind: "system" as const, id: "worker" }, store: api.store, clock, log: api.server.parts.log };
  return { ...api, clock, contact, enrich, status, finish, jobs, ctx };
}

describe("enriching a contact", () => {
  test("is queued, in the durable queue as well, and says so until an engine runs it", async () => {
    const api = await start();
    expect(await api.status()).toEqual({ contactId: api.contact, jobId: null, status: "none", priority: null, currentPhase: null, completedPhases: [], errors: [], queuedAt: null, startedAt: null, finishedAt: null });
    const answer = await api.enrich(api.contact);
    const { jobId } = answer.body.data;
    expect([answer.status, answer.body.data, answer.body.meta.credits]).toEqual([202, { jobId, contactId: api.contact, status: "queued", priority: "high", phases: [...phases] }, { used: 5 }]);
    expect(await api.status()).toMatchObject({ jobId, status: "queued", priority: "high", currentPhase: null, completedPhases: [], errors: [], queuedAt: base, startedAt: null });
    expect((await api.jobs()).map((job) => [JSON.parse(job.payload), job.state, job.attempts])).toEqual([[{ jobId }, "ready", 0]]);
    // However late an engine lands, it is there to be claimed.
    expect((await claim(api.store, "enrich", base + 90 * dayMs, 5)).map((job) => JSON.parse(job.payload))).toEqual([{ jobId }]);
  });

  test("answers the job that waits or runs, and data that is fresh, and gives the credits back", async () => {
    const api = await start();
    const first = (await api.enrich(api.contact, { priority: "low" })).body.data;
    for (const body of [undefined, { forceRefresh: true }, { priority: "critical" }]) {
      const again = await api.enrich(api.contact, body);
      expect([again.status, again.body.data, again.body.meta.credits]).toEqual([202, first, { used: 0 }]);
    }
    await api.finish("running");
    expect((await api.enrich(api.contact)).body).toMatchObject({ data: { jobId: first.jobId, status: "running" }, meta: { credits: { used: 0 } } });
    await api.finish("completed");
    api.clock.advance(29 * dayMs);
    const skipped = await api.enrich(api.contact);
    expect([skipped.status, skipped.body.data, skipped.body.meta.credits]).toMatchObject([202, { jobId: first.jobId, status: "skipped" }, { used: 0 }]);
    expect((await api.enrich(api.contact, { forceRefresh: true })).body).toMatchObject({ data: { status: "queued" }, meta: { credits: { used: 5 } } });
    await api.finish("completed");
    api.clock.advance(31 * dayMs);
    expect((await api.enrich(api.contact)).body.data.status).toBe("queued");
    // What failed or came in part is no fresh data.
    for (const state of ["partial", "failed"] as const) {
      await api.finish(state);
      expect((await api.enrich(api.contact)).body.data.status).toBe("queued");
    }
    const ledger = await api.store.read.selectFrom("usage_ledger").select((eb) => eb.fn.sum<number>("credits").as("credits")).where("capability", "=", "api.contacts.enrich").executeTakeFirstOrThrow();
    expect(Number(ledger.credits)).toBe(5 * 5);
  });

  test("is one job however many ask at once", async () => {
    const api = await start();
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.enrich(api.contact)));
    expect(new Set(answers.map((a) => a.body.data.jobId)).size).toBe(1);
    expect(answers.map((a) => a.body.meta.credits.used).toSorted()).toEqual([...Array<number>(19).fill(0), 5]);
    expect(await api.jobs()).toHaveLength(1);
  });

  test("gives a priority a head start, and lets nobody wait behind those who came much later", async () => {
    const api = await start();
    const names: string[] = [];
    const ask = async (name: string, priority: string) => {
      const id = await addContact(api.store, api.clock.now(), api.workspace.id, `${name}@acme.test`);
      names.push((await api.enrich(id, { priority })).body.data.jobId);
    };
    await ask("a", "low");
    await ask("b", "medium");
    await ask("c", "high");
    await ask("d", "critical");
    api.clock.advance(5 * 3_600_000);
    await ask("e", "high");
    const order = (await api.jobs()).map((job) => names.indexOf((JSON.parse(job.payload) as { jobId: string }).jobId));
    expect(order).toEqual([3, 2, 1, 0, 4]);
  });

  test("is bounded: past 10,000 that wait it is refused and charged nothing", async () => {
    const api = await start();
    const row = (i: number) => ({ workspace_id: api.workspace.id, id: `j${i}`, contact_id: `c${i}`, status: "queued" as const, priority: "low" as const, force_refresh: 0, current_phase: null, completed_phases: "[]", errors: "[]", created_at: base, started_at: null, finished_at: null });
    for (let i = 0; i < 9999; i += 500) await api.store.write((tx) => tx.insertInto("enrichment_jobs").values(Array.from({ length: Math.min(500, 9999 - i) }, (_, n) => row(i + n))).execute());
    expect((await api.enrich(api.contact)).status).toBe(202);
    const other = await addContact(api.store, base, api.workspace.id, "bob@acme.test");
    const refused = await api.enrich(other);
    expect([refused.status, refused.body.error.code]).toEqual([409, "QUEUE_FULL"]);
    expect((await api.enrich(api.contact)).body.data.status).toBe("queued");
  });

  test("needs a contact of this workspace that is not archived, a scope, and known words", async () => {
    const api = await start();
    const other = await start();
    const archived = await addContact(api.store, base, api.workspace.id, "old@acme.test", { archived: true });
    expect([(await api.enrich("none")).status, (await api.enrich(other.contact)).status, (await api.enrich(archived)).body.error.code]).toEqual([404, 404, "CONTACT_ARCHIVED"]);
    expect([(await api.call("GET", "/v1/enrichment/none")).status, (await api.call("GET", `/v1/enrichment/${other.contact}`)).status]).toEqual([404, 404]);
    expect((await api.enrich(api.contact, { priority: "urgent" })).body.error.details[0].path).toBe("priority");
    expect((await api.enrich(api.contact, { workspaceId: "w" })).status).toBe(400);
    const { key } = await api.newKey({ scopes: ["enrichment:read"] });
    expect((await api.call("POST", `/v1/contacts/${api.contact}/enrich`, { key })).body.error.code).toBe("INSUFFICIENT_SCOPE");
    const dry = await api.enrich(api.contact, undefined, "?dry_run=true");
    expect([dry.status, dry.body.data.status, dry.body.meta.dryRun]).toEqual([202, "queued", true]);
    expect([(await api.status()).status, await api.jobs()]).toEqual(["none", []]);
  });
});

test("values are kept for each provider and shown by the surest, then the newest; what can't be stored is refused", async () => {
  const api = await start();
  const save = (field: "phone" | "title", provider: string, value: unknown, confidence: number) => api.store.write((tx) => saveEnrichedValue(api.ctx, tx, api.contact, { field, provider, value, confidence }));
  await save("phone", "one", "+1", 0.5);
  await save("phone", "two", "+2", 0.9);
  await save("title", "one", "<script>alert(1)</script>", 0.5);
  api.clock.advance(1000);
  await save("title", "two", "CTO", 0.5);
  const shown = async () => (await api.call("GET", `/v1/contacts/${api.contact}`)).body.data.enrichment;
  expect(await shown()).toEqual({ phone: { value: "+2", provider: "two", confidence: 0.9, at: base }, title: { value: "CTO", provider: "two", confidence: 0.5, at: base + 1000 } });
  // A provider's own later word replaces its earlier one.
  await save("phone", "two", "+3", 0.4);
  expect((await shown()).phone).toMatchObject({ value: "+1", provider: "one" });
  await expect(save("phone", "one", "x".repeat(10_300), 1)).rejects.toThrow("can't be stored");
  await expect(save("phone", "one", "a\0b", 1)).rejects.toThrow("can't be stored");
  await expect(save("phone", "one", "+1", NaN)).rejects.toThrow("confidence");
});

describe("the waterfall", () => {
  test("asks nobody at first, is replaced whole by versions, says which provider is not there, and is audited", async () => {
    const api = await start();
    const get = async () => (await api.call("GET", "/v1/enrichment/waterfall")).body.data;
    expect(await get()).toMatchObject({ version: 0, fields: { email: [], location: [] }, updatedAt: null, updatedBy: null });
    const put = (fields: unknown) => api.call("PUT", "/v1/enrichment/waterfall", { body: { fields } });
    const saved = await put({ email: ["first", "http:second"], phone: ["first"] });
    expect(saved.body.data).toMatchObject({ version: 1, fields: { email: [{ provider: "first", available: false }, { provider: "http:second", available: false }], phone: [{ provider: "first" }], title: [] }, updatedAt: base, updatedBy: `key:${api.secret.id}` });
    expect((await put({ phone: ["first"], email: ["first", "http:second"] })).body.data.version).toBe(1);
    expect((await put({ email: ["second"] })).body.data).toMatchObject({ version: 2, fields: { phone: [] } });
    expect(await get()).toMatchObject({ version: 2 });
    const audit = await api.store.read.selectFrom("audit").select("detail").where("action", "=", "enrichment.waterfall_changed").orderBy("id").execute();
    expect(audit.map(({ detail }) => JSON.parse(detail))).toEqual([{ version: 1 }, { version: 2 }]);
    await Promise.all(Array.from({ length: 8 }, (_, i) => put({ email: [`p${i}`] })));
    expect((await get()).version).toBe(10);
  });

  test("takes the workspace's own connectors for enrichment by id, and says which of them can be asked right now", async () => {
    const api = await start();
    const put = (fields: unknown, key = api.secret.key) => api.call("PUT", "/v1/enrichment/waterfall", { key, body: { fields } });
    const connector = async (integrationSlug: string, config: unknown, key = api.secret.key) => (await api.call("POST", "/v1/connectors", { key, body: { integrationSlug, name: "One", config } })).body.data.id as string;
    const lookUp = { url: "https://people.example.com/find?email={{email}}", mapping: { title: "title" } };
    const [mine, old, slack] = [await connector("http-enrichment", lookUp), await connector("http-enrichment", lookUp), await connector("slack", { webhookUrl: "https://hooks.slack.com/services/T/B/X" })];
    const stranger = await api.newKey({ workspaceId: (await createWorkspace(api.store, base, { name: "Other" })).id });
    const foreign = await connector("http-enrichment", lookUp, stranger.key);
    expect((await put({ title: [mine, "first"], email: [mine, old] })).body.data.fields).toMatchObject({ title: [{ provider: mine, available: true }, { provider: "first", available: false }], email: [{ provider: mine, available: true }, { provider: old, available: true }] });
    await api.call("PATCH", `/v1/connectors/${mine}`, { body: { enabled: false } });
    await api.call("DELETE", `/v1/connectors/${old}`);
    expect((await api.call("GET", "/v1/enrichment/waterfall")).body.data).toMatchObject({ version: 1, fields: { email: [{ provider: mine, available: false }, { provider: old, available: false }] } });

    const details = async (id: string) => {
      const { status, body } = await put({ title: [mine, id], phone: [id] });
      return [status, body.error?.code, body.error?.details];
    };
    const refused = [400, "VALIDATION_ERROR", ["fields.phone.0", "fields.title.1"].map((path) => ({ path, code: "unknown", message: "There is no connector for enrichment with this id." }))];
    for (const id of [foreign, newId(base), old, slack]) expect(await details(id)).toEqual(refused);
    expect((await put({ title: [foreign] }, stranger.key)).status).toBe(200);
    expect((await put({ title: [mine] })).body.data).toMatchObject({ version: 2, fields: { title: [{ provider: mine, available: false }] } });
  });

  test("refuses unknown fields, bad names and a provider named twice, by path, and a key without the scope", async () => {
    const api = await start();
    const path = async (fields: unknown) => (await api.call("PUT", "/v1/enrichment/waterfall", { body: { fields } })).body.error.details[0].path;
    expect(await path({ shoeSize: ["a"] })).toBe("fields.shoeSize");
    expect(await path({ email: ["a b"] })).toBe("fields.email.0");
    expect(await path({ email: ["a", "a"] })).toBe("fields.email");
    expect(await path({ email: Array.from({ length: 11 }, (_, i) => `p${i}`) })).toBe("fields.email");
    const { key } = await api.newKey({ scopes: ["enrichment:read"] });
    expect((await api.call("PUT", "/v1/enrichment/waterfall", { key, body: { fields: {} } })).body.error.code).toBe("INSUFFICIENT_SCOPE");
    expect((await api.call("GET", "/v1/enrichment/waterfall", { key: (await api.newKey({ scopes: ["contacts:read"] })).key })).status).toBe(403);
  });
});

test("a lookup says that no provider is set up, and queues and charges nothing", async () => {
  const api = await start();
  const look = (body: unknown) => api.call("POST", "/v1/enrichment/lookup", { body });
  const answer = await look({ email: "jane@acme.test", fields: ["title"] });
  expect([answer.status, answer.body.error.code]).toEqual([409, "NO_ENRICHMENT_PROVIDER"]);
  expect(await api.jobs()).toEqual([]);
  expect((await look({ name: "Jane" })).status).toBe(400);
  expect((await look({ email: "jane@acme.test", fields: ["shoeSize"] })).body.error.details[0].path).toBe("fields.0");
  expect((await look({ email: "jane@acme.test", save: true })).status).toBe(400);
});
