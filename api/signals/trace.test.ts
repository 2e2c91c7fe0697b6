import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { allScopes } from "../../core/endpoint.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";

async function start() {
  const api = await startApi();
  const { key } = await api.newKey({ scopes: [...allScopes] });
  const call: typeof api.call = (method, path, init = {}) => api.call(method, path, { key, ...init });
  const contact = await addContact(api.store, Date.now(), api.workspace.id, "jane@acme.test");
  const send = async (body: Record<string, unknown>, by = key) => (await call("POST", "/v1/signals", { key: by, body: visit(body) })).body.data.signalId as string;
  const read = (id: string) => call("GET", `/v1/signals/${id}/trace`);
  /** Once the router has seen it. */
  async function trace(id: string) {
    for (;;) {
      const { body } = await read(id);
      if (body.data.routed !== null || body.data.nothingStarted?.reason === "bot") return body.data;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return { ...api, key, call, contact, send, read, trace };
}

describe("a signal's trace", () => {
  test("tells how it came in, was stored, linked and routed", async () => {
    const api = await start();
    const before = Date.now();
    const id = await api.send({ contactId: api.contact });
    const trace = await api.trace(id);
    expect(trace).toMatchObject({ signalId: id, received: { source: "website_tracker" }, linked: { contactId: api.contact, claimedContactId: null, visitorId: null, by: "sent", at: null }, nothingStarted: { reason: "no_workflow" }, runs: [] });
    for (const at of [trace.received.at, trace.stored.at, trace.routed.at]) expect(at).toBeGreaterThanOrEqual(before);
    expect(trace.routed.at).toBeGreaterThanOrEqual(trace.stored.at);
  });

  test("tells by what proof a visitor became the contact", async () => {
    const api = await start();
    const id = await api.send({ visitorId: "visitor-1" });
    expect((await api.trace(id)).linked).toMatchObject({ contactId: null, visitorId: "visitor-1", by: null });
    await api.call("POST", "/v1/identify", { body: { visitorId: "visitor-1", person: { contactId: api.contact } } });
    const { linked } = await api.trace(id);
    expect(linked).toMatchObject({ contactId: api.contact, by: "api" });
    expect(linked.at).toBeGreaterThan(0);
  });

  test("tells why nothing started: a bot, a claim that nobody proved, nobody known", async () => {
    const api = await start();
    const claimed = await api.send({ contactId: api.contact }, api.publishable.key);
    expect(await api.trace(claimed)).toMatchObject({ linked: { contactId: null, claimedContactId: api.contact, by: null }, nothingStarted: { reason: "unverified" } });
    const anonymous = await api.send({}, api.publishable.key);
    expect((await api.trace(anonymous)).nothingStarted.reason).toBe("anonymous");
    await api.store.write((tx) => tx.updateTable("signals").set({ bot: "user_agent" }).where("id", "=", anonymous).execute());
    expect((await api.trace(anonymous)).nothingStarted).toMatchObject({ reason: "bot", detail: expect.stringContaining("user_agent") });
  });

  test("tells each run with its steps, in order", async () => {
    const api = await start();
    const steps = [{ do: "tag", add: ["hot"] }, { do: "branch", where: { field: "contact.tags", op: "contains", value: "hot" }, then: [{ do: "webhook", url: "https://hooks.example.com/in" }] }];
    const { id: workflow } = (await api.call("POST", "/v1/workflows", { body: { name: "Tags", trigger: { on: "manual" }, steps } })).body.data;
    // Saved while the operator allowed it.
    await api.store.write((tx) => tx.updateTable("workflow_versions").set({ definition: sql`replace(definition, 'hooks.example.com', '10.0.0.1')` }).where("of_id", "=", workflow).execute());
    await api.call("POST", `/v1/workflows/${workflow}/activate`);
    const { signalId, runId } = (await api.call("POST", `/v1/workflows/${workflow}/trigger`, { body: { contactId: api.contact } })).body.data;
    await expect.poll(async () => (await api.trace(signalId)).runs[0]?.status, { timeout: 30_000 }).toBe("failed");
    expect(await api.trace(signalId)).toMatchObject({
      nothingStarted: null,
      runs: [{ runId, workflowId: workflow, workflowName: "Tags", workflowVersion: 1, cause: "api", steps: [{ path: "0", do: "tag", status: "completed" }, { path: "1", do: "branch", status: "completed" }, { path: "1.then.0", do: "webhook", status: "failed", error: expect.stringContaining("reached") }] }],
    });
  });

  test("is another workspace's secret, and needs the scope", async () => {
    const api = await start();
    const id = await api.send({});
    const other = await start();
    expect([(await other.read(id)).status, (await api.read("none")).status]).toEqual([404, 404]);
    expect((await api.call("GET", `/v1/signals/${id}/trace`, { key: (await api.newKey({ scopes: ["signals:write"] })).key })).body.error.code).toBe("INSUFFICIENT_SCOPE");
    expect((await api.call("GET", `/v1/signals/${id}/trace`, { key: api.publishable.key })).status).toBe(403);
  });
});
