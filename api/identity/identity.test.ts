import { describe, expect, test } from "vitest";
import { signIdentity } from "../../collector/identity-proof.ts";
import { chrome, startApi, visit } from "../../test/support/api.ts";
import { signClick } from "./index.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
const site = "https://www.example.com";
const browser = { "user-agent": chrome, origin: site };
const startSite = () => startApi({ publishable: { mode: "identified", origins: [site] } });
const create = async (api: Api, body: Record<string, unknown>): Promise<string> => (await api.call("POST", "/v1/contacts", { body })).body.data.contactId;
const seen = async (api: Api, visitorId: string) => {
  const answer = await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit({ visitorId }), headers: browser });
  return answer.body.data.signalId as string;
};
const say = (api: Api, body: Record<string, unknown>) => api.call("POST", "/v1/identify", { key: api.publishable.key, body, headers: browser });
const signalsOf = async (api: Api, contactId: string) => (await api.call("GET", `/v1/signals?contactId=${contactId}`)).body.data.signals.map((s: { id: string }) => s.id) as string[];
const claims = (api: Api) => api.store.read.selectFrom("identity_claims").select(["visitor_id", "contact_id", "state", "proof"]).orderBy("id").execute();
const click = (api: Api, contactId: string, now = Date.now(), workspaceId = api.workspace.id) => signClick(api.server.parts.secret, { workspaceId, contactId }, now);

describe("the link in a mail that we sent", () => {
  test("proves who follows it: the whole past counts, and what comes next", async () => {
    const api = await startSite();
    const jane = await create(api, { email: "jane@acme.test" });
    const before = await seen(api, "visitor-0001");
    const answer = await say(api, { visitorId: "visitor-0001", via: "click", proof: click(api, jane) });
    expect([answer.status, answer.body.data]).toEqual([202, { accepted: true }]);
    const after = await seen(api, "visitor-0001");
    expect(await signalsOf(api, jane)).toEqual([after, before]);
    expect(await claims(api)).toEqual([{ visitor_id: "visitor-0001", contact_id: jane, state: "linked", proof: "click" }]);
    const byServer = await api.call("POST", "/v1/identify", { body: { visitorId: "visitor-0002", via: "click", proof: click(api, jane) } });
    expect(byServer.body.data).toEqual({ accepted: true, contactId: jane, linked: true });
  });

  test("proves nothing when it is old, changed, of another workspace or of nobody, and answers alike (row 16)", async () => {
    const api = await startSite();
    const jane = await create(api, { email: "jane@acme.test" });
    await seen(api, "visitor-0001");
    const good = click(api, jane);
    const tokens = [click(api, jane, Date.now() - 31 * 86_400_000), click(api, jane, Date.now() + 31 * 86_400_000), click(api, jane, Date.now(), "other"), click(api, "nobody"), `${good.slice(0, -1)}${good.endsWith("A") ? "B" : "A"}`, good.replace(jane, "x"), good.slice(0, 40), "", "c1...", "x".repeat(200)];
    for (const proof of tokens) {
      const answer = await say(api, { visitorId: "visitor-0001", via: "click", proof });
      expect([answer.status, answer.body.data]).toEqual([202, { accepted: true }]);
    }
    expect([await claims(api), await signalsOf(api, jane)]).toEqual([[], []]);
    const refused = await api.call("POST", "/v1/identify", { body: { visitorId: "visitor-0001", via: "click", proof: "c1.x" } });
    expect(refused.body.error.details[0]).toMatchObject({ path: "proof", code: "invalid_proof" });
    for (const body of [{ visitorId: "visitor-0001", via: "click" }, { visitorId: "visitor-0001" }, { visitorId: "visitor-0001", person: {} }, { visitorId: "visitor-0001", via: "click", proof: good, admin: true }]) {
      expect((await say(api, body)).status).toBe(400);
    }
  });
});

describe("who a visitor is", () => {
  test("counts from the first signal on, whether the proof, the contact or the visit comes first", async () => {
    const steps = ["visit", "prove", "create"] as const;
    const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map((order) => order.map((i) => steps[i] ?? "visit"));
    const api = await startSite();
    const secret = api.server.parts.identitySecret(api.publishable.id);
    for (const [i, order] of orders.entries()) {
      const [email, visitorId] = [`p${i}@acme.test`, `visitor-000${i}`];
      let signalId = "";
      for (const step of order) {
        if (step === "visit") signalId = await seen(api, visitorId);
        if (step === "prove") await say(api, { visitorId, person: { email }, proof: signIdentity(secret, email) });
        if (step === "create") await api.call("PUT", "/v1/contacts", { body: { email, title: "CTO" } });
      }
      const { contactId } = (await api.call("PUT", "/v1/contacts", { body: { email } })).body.data;
      expect([order, await signalsOf(api, contactId)]).toEqual([order, [signalId]]);
    }
  });

  test("that nobody proved links nothing, also when a contact with that e-mail comes later (row 3)", async () => {
    const api = await startSite();
    await seen(api, "visitor-0001");
    for (let i = 0; i < 30; i++) await say(api, { visitorId: "visitor-0001", person: { email: "jane@acme.test" } });
    const jane = await create(api, { email: "jane@acme.test", tags: ["t"] });
    await say(api, { visitorId: "visitor-0001", person: { contactId: jane, firstName: "Eve" }, proof: "0".repeat(64) });
    await seen(api, "visitor-0001");
    expect(await signalsOf(api, jane)).toEqual([]);
    expect((await api.call("GET", `/v1/contacts/${jane}`)).body.data).toMatchObject({ firstName: null, tags: ["t"] });
    expect((await claims(api)).every((claim) => claim.state === "claim")).toBe(true);
    expect(await claims(api)).toHaveLength(20);
    expect((await api.call("GET", "/v1/contacts/duplicates")).body.data.groups).toEqual([]);
  });

  test("proved twice is kept once, and makes its contact and its event once", async () => {
    const api = await startSite();
    for (let i = 0; i < 3; i++) await say(api, { visitorId: "visitor-0001", via: "form", person: { email: "jane@acme.test" } });
    expect(await claims(api)).toHaveLength(1);
    const events = await api.store.read.selectFrom("events").select("kind").orderBy("id").execute();
    expect(events.map((event) => event.kind)).toEqual(["contact.created", "visitor.identified"]);
  });

  test("stays so when another proof contradicts it: the two are suggested as one, with the proofs, and never merged by machine", async () => {
    const api = await startSite();
    const signalId = await seen(api, "visitor-0001");
    await say(api, { visitorId: "visitor-0001", via: "form", person: { email: "jane@acme.test" } });
    await say(api, { visitorId: "visitor-0001", via: "form", person: { email: "jane@private.test" } });
    const people = (await api.call("GET", "/v1/contacts?sort_direction=asc")).body.data.contacts as { id: string; email: string }[];
    expect(people.map((c) => c.email)).toEqual(["jane@acme.test", "jane@private.test"]);
    const [first = { id: "" }, second = { id: "" }] = people;
    expect([await signalsOf(api, first.id), await signalsOf(api, second.id)]).toEqual([[signalId], []]);
    const { groups } = (await api.call("GET", "/v1/contacts/duplicates")).body.data;
    const ids = (await api.store.read.selectFrom("identity_claims").select("id").orderBy("id").execute()).map((claim) => claim.id);
    expect(groups).toMatchObject([{ contacts: [{ id: first.id }, { id: second.id }], reasons: [{ kind: "visitor", contactIds: [first.id, second.id], visitorId: "visitor-0001", claimIds: ids }] }]);
    const { mergeId } = (await api.call("POST", "/v1/contacts/merge", { body: { survivorId: second.id, loserIds: [first.id] } })).body.data;
    expect((await api.call("GET", "/v1/contacts/duplicates")).body.data.groups).toEqual([]);
    expect(await signalsOf(api, second.id)).toEqual([signalId]);
    await api.call("POST", `/v1/merges/${mergeId}/undo`);
    expect((await api.call("GET", "/v1/contacts/duplicates")).body.data.groups).toEqual(groups);
  });

  test("is never said of an anonymous visitor, not even by a server", async () => {
    const api = await startApi();
    await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit(), headers: browser });
    const [visitor] = (await api.call("GET", "/v1/visitors")).body.data.visitors;
    const answer = await api.call("POST", "/v1/identify", { body: { visitorId: visitor.id, person: { email: "jane@acme.test" } } });
    expect([answer.status, answer.body.error.details[0]]).toMatchObject([400, { path: "visitorId", code: "anonymous_visitor" }]);
    expect((await api.call("GET", "/v1/contacts")).body.data.contacts).toEqual([]);
    // A key that may know people learns nothing either, when a page names such a visitor.
    const { key } = await api.newKey({ type: "publishable", mode: "identified", origins: [site] });
    expect((await api.call("POST", "/v1/identify", { key, body: { visitorId: visitor.id, via: "form", person: { email: "jane@acme.test" } }, headers: browser })).status).toBe(202);
    expect((await api.call("GET", "/v1/contacts")).body.data.contacts).toEqual([]);
  });
});
