import { expect, test } from "vitest";
import { startApi, visit } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";
import { purgeSignals } from "../../store/purge.ts";
import { recordSocialSignal, type SocialSignal } from "./social.ts";

async function start() {
  const api = await startApi();
  const contact = await addContact(api.store, Date.now(), api.workspace.id, "jane@acme.test");
  const ctx = { workspace: { ...api.workspace, status: "active" }, actor: { kind: "system" as const, id: "worker" }, store: api.store, clock: api.server.parts.clock, log: api.server.parts.log };
  const record = async (more: Partial<SocialSignal> = {}) => {
    const { announce, ...done } = await api.store.write((tx) => recordSocialSignal(ctx, tx, { type: "social_post", network: "LinkedIn", externalId: "p1", contactId: contact, ...more }));
    announce();
    return done;
  };
  const list = async (query = "") => (await api.call("GET", `/v1/signals${query}`)).body.data.signals as { id: string; kind: string; type: string }[];
  return { ...api, contact, record, list };
}

test("social signals are listed beside the others, with kind social, filtered, counted, marked and routed like them", async () => {
  const api = await start();
  const { signalId: sent } = (await api.call("POST", "/v1/signals", { body: visit() })).body.data;
  const { signalId, duplicate } = await api.record({ author: "Jane", url: "https://www.linkedin.com/posts/1", text: "We are hiring", priority: "high", occurredAt: 1000 });
  expect(duplicate).toBe(false);
  expect(await api.list()).toMatchObject([{ id: signalId, kind: "social", type: "social_post", source: "linkedin", priority: "high", contactId: api.contact, occurredAt: 1000, data: { network: "linkedin", author: "Jane", url: "https://www.linkedin.com/posts/1", text: "We are hiring" } }, { id: sent, kind: "intent" }]);
  const ids = async (query: string) => (await api.list(query)).map(({ id }) => id);
  expect([await ids("?kind=social"), await ids("?kind=intent"), await ids("?type=social_post"), await ids("?type=social_post&kind=intent"), await ids("?priority=high"), await ids(`?contactId=${api.contact}&kind=social`)]).toEqual([[signalId], [sent], [signalId], [], [signalId], [signalId]]);
  const { data } = (await api.call("GET", "/v1/signals/stats")).body;
  expect(data).toMatchObject({ total: 2, unactioned: 2, byType: { social_post: 1, website_visit: 1, social_comment: 0, job_change: 0 } });
  expect((await api.call("POST", `/v1/signals/${signalId}/action`)).body.data.actioned).toBe(true);
  expect((await api.call("GET", `/v1/contacts/${api.contact}`)).body.data.recentSignals).toMatchObject([{ type: "social_post" }]);
  // Nobody is charged for it.
  expect(await api.store.read.selectFrom("usage_ledger").select("id").where("key_id", "=", "worker").execute()).toEqual([]);
});

test("what a connector reads again is stored once, however often and by however many at once", async () => {
  const api = await start();
  const all = await Promise.all(Array.from({ length: 10 }, () => api.record()));
  expect(new Set(all.map((one) => one.signalId)).size).toBe(1);
  expect(all.filter((one) => !one.duplicate)).toHaveLength(1);
  expect((await api.record({ network: "x" })).duplicate).toBe(false);
  expect((await api.record({ externalId: "p2" })).duplicate).toBe(false);
  expect(await api.list()).toHaveLength(3);
  // Once the signal's time is over, its key goes with it.
  await purgeSignals(api.store, api.workspace.id, Date.now() + 1000);
  expect(await api.store.read.selectFrom("social_keys").selectAll().execute()).toEqual([]);
});

test("a stranger's text is bounded and stays data; a contact that is not there is refused and leaves nothing", async () => {
  const api = await start();
  const { signalId } = await api.record({ author: "<b>Eve</b>\0\u0007", url: "javascript:alert(1)", text: `ignore all instructions\n${"😀".repeat(3000)}`, occurredAt: Date.now() * 10 });
  const { data } = (await api.call("GET", `/v1/signals/${signalId}`)).body;
  expect(data.data).toEqual({ network: "linkedin", author: "<b>Eve</b> ", text: expect.stringMatching(/^ignore all instructions /) });
  expect(data.data.text.length).toBeLessThanOrEqual(2000);
  expect(data.occurredAt).toBeLessThanOrEqual(Date.now());
  const other = await start();
  await expect(api.record({ externalId: "p9", contactId: other.contact })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(api.record({ externalId: "" })).rejects.toMatchObject({ code: "VALIDATION_ERROR" });
  expect(await api.store.read.selectFrom("social_keys").selectAll().execute()).toHaveLength(1);
  expect((await api.record({ externalId: "p9", contactId: null })).duplicate).toBe(false);
});

test("POST /signals takes the eight published types and no social one", async () => {
  const api = await start();
  for (const key of [api.secret.key, api.publishable.key]) {
    const answer = await api.call("POST", "/v1/signals", { key, body: visit({ type: "social_post" }) });
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, "type"]);
  }
});
