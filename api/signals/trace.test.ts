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
    const made = async (name: string) => {
      const { id } = (await api.call("POST", "/v1/workflows", { body: { name, trigger: { on: "manual" }, steps: [{ do: "wait", days: 300 }] } })).body.data;
      await api.call("POST", `/v1/workflows/${id}/activate`);
      return id as string;
    };
    const workflow = await made("Tags");
    const { signalId, runId } = (await api.call("POST", `/v1/workflows/${workflow}/trigger`, { body: { contactId: api.contact } })).body.data;
    const at = Date.now();
    await api.store.write(async (tx) => {
      const step = { workspace_id: api.workspace.id, run_id: runId, detail: "{}", attempts: 1, error: null, finished_at: at };
      await tx.insertInto("workflow_run_steps").values([{ ...step, path: "8", action: "branch", status: "completed", started_at: at + 1 }, { ...step, path: "9", action: "notify", status: "failed", error: "no answer", started_at: at + 2 }]).execute();
    });
    const trace = await api.trace(signalId);
    expect(trace).toMatchObject({ nothingStarted: null, runs: [{ runId, workflowId: workflow, workflowName: "Tags", workflowVersion: 1, cause: "api" }] });
    expect(trace.runs[0].steps.filter((s: { path: string }) => s.path !== "0")).toMatchObject([{ path: "8", do: "branch", status: "completed" }, { path: "9", do: "notify", status: "failed", error: "no answer" }]);
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
