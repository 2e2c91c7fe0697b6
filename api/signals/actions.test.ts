import { describe, expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { startApi, visit } from "../../test/support/api.ts";

const base = 1_950_000_000_000;

async function start() {
  const clock = fixedClock(base);
  const api = await startApi({ clock });
  const send = async (more = {}) => (await api.call("POST", "/v1/signals", { body: visit(more) })).body.data.signalId as string;
  const act = (method: "POST" | "DELETE", id: string, body?: unknown, key?: string) => api.call(method, `/v1/signals/${id}/action`, { ...(body === undefined ? {} : { body }), ...(key === undefined ? {} : { key }) });
  const log = async (table: "events" | "audit") => (await api.store.read.selectFrom("events").select("kind").where("kind", "like", "signal.%").orderBy("id").execute()).map((row) => row.kind).concat(table === "audit" ? (await api.store.read.selectFrom("audit").select("action").where("action", "like", "signal.%").orderBy("id").execute()).map((row) => row.action) : []);
  return { ...api, clock, send, act, log };
}

describe("marking a signal actioned", () => {
  test("says who, when, what and why; again keeps the first, and both signals and stats know", async () => {
    const api = await start();
    const [id, other] = [await api.send(), await api.send()];
    const first = await api.act("POST", id, { note: "Called her", outcome: "meeting" });
    const action = { note: "Called her", outcome: "meeting", by: `key:${api.secret.id}`, at: base };
    expect([first.status, first.body.data, first.body.meta.credits]).toEqual([200, { signalId: id, actioned: true, actionedAt: base, action }, { used: 0 }]);
    api.clock.advance(1000);
    const { key } = await api.newKey({});
    expect((await api.act("POST", id, undefined, key)).body.data).toEqual(first.body.data);
    expect((await api.act("POST", id, { note: "Called twice" }, key)).body.data.action).toEqual({ ...action, note: "Called twice" });
    expect((await api.call("GET", `/v1/signals/${id}`)).body.data).toMatchObject({ actioned: true, actionedAt: base, action: { note: "Called twice" } });
    expect((await api.call("GET", `/v1/signals/${other}`)).body.data).toMatchObject({ actioned: false, action: null });
    const open = async () => (await api.call("GET", "/v1/signals?unactioned_only=true")).body.data.signals.map((s: { id: string }) => s.id);
    const stats = async () => (await api.call("GET", "/v1/signals/stats")).body.data;
    expect([await open(), await stats()]).toMatchObject([[other], { total: 2, unactioned: 1 }]);

    expect((await api.act("DELETE", id)).body.data).toEqual({ signalId: id, actioned: false, actionedAt: null, action: null });
    expect((await api.act("DELETE", id)).status).toBe(200);
    expect([await open(), await stats()]).toMatchObject([[other, id], { total: 2, unactioned: 2 }]);
    // One event and one audit entry for each change, none for what changed nothing.
    expect(await api.log("audit")).toEqual(["signal.actioned", "signal.unactioned", "signal.actioned", "signal.unactioned"]);
    // Marked anew, nothing of the old mark is left.
    expect((await api.act("POST", id)).body.data.action).toEqual({ note: null, outcome: null, by: `key:${api.secret.id}`, at: base + 1000 });
  });

  test("is done once however many do it at once", async () => {
    const api = await start();
    const id = await api.send();
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.act("POST", id)));
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]));
    expect(await api.log("events")).toEqual(["signal.actioned"]);
  });

  test("is for secret keys that may write signals, of this workspace, in known words; a dry run marks nothing", async () => {
    const api = await start();
    const id = await api.send();
    const other = await start();
    for (const method of ["POST", "DELETE"] as const) {
      expect([method, (await api.act(method, id, undefined, api.publishable.key)).body.error?.code]).toEqual([method, "INSUFFICIENT_SCOPE"]);
      expect([method, (await api.act(method, id, undefined, (await api.newKey({ scopes: ["signals:read"] })).key)).body.error?.code]).toEqual([method, "INSUFFICIENT_SCOPE"]);
      const [missing, foreign] = [await api.act(method, "none"), await other.act(method, id)];
      expect([method, missing.status, foreign.status, foreign.body.error.message]).toEqual([method, 404, 404, missing.body.error.message]);
    }
    expect((await api.act("POST", id, { note: "x".repeat(2001) })).body.error.details[0].path).toBe("note");
    expect((await api.act("POST", id, { outcome: "a\nb" })).body.error.details[0].path).toBe("outcome");
    expect((await api.act("POST", id, { by: "somebody" })).status).toBe(400);
    expect((await api.call("POST", `/v1/signals/${id}/action?dry_run=true`)).body).toMatchObject({ data: { actioned: true }, meta: { dryRun: true } });
    expect((await api.call("GET", `/v1/signals/${id}`)).body.data.actioned).toBe(false);
  });
});
