import { describe, expect, test } from "vitest";
import { newId } from "../../core/id.ts";
import { chrome, startApi, visit } from "../../test/support/api.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
interface Entry {
  kind: string;
  id: string;
  at: number;
  what: string;
}
const create = async (api: Api, body: Record<string, unknown>): Promise<string> => (await api.call("POST", "/v1/contacts", { body })).body.data.contactId;
const timeline = async (api: Api, id: string, query = "") => (await api.call("GET", `/v1/contacts/${id}/timeline?${query}`)).body.data as { entries: Entry[]; hasMore: boolean; nextCursor: string | null };
const signal = async (api: Api, contactId: string) => (await api.call("POST", "/v1/signals", { body: visit({ contactId }) })).body.data.signalId as string;

/** A contact of whom there is something of every kind. */
async function busy(api: Api): Promise<{ id: string; signals: string[] }> {
  const id = await create(api, { email: "jane@acme.test" });
  const signals = [await signal(api, id)];
  const { key } = await api.newKey({ scopes: ["sequences:manage", "sequences:write", "workflows:manage", "workflows:write"] });
  const made = async (path: string, body: unknown) => (await api.call("POST", `/v1${path}`, { key, body })).body.data.id as string;
  const sequence = await made("/sequences", { name: "Calls", steps: [{ type: "task", kind: "call", title: "Call" }] });
  await api.call("POST", `/v1/sequences/${sequence}/activate`, { key });
  await api.call("POST", `/v1/sequences/${sequence}/enroll`, { key, body: { contactId: id } });
  const workflow = await made("/workflows", { name: "Tags", trigger: { on: "manual" }, steps: [{ do: "stop" }] });
  await api.call("POST", `/v1/workflows/${workflow}/activate`, { key });
  signals.push((await api.call("POST", `/v1/workflows/${workflow}/trigger`, { key, body: { contactId: id } })).body.data.signalId);
  const now = Date.now();
  const of = { workspace_id: api.workspace.id, thread_id: "t", contact_id: id, sender: "jane@acme.test", recipients: "[]", subject: "Hi", body: "x".repeat(500) };
  for (const [direction, at] of [["in", now - 3_600_000], ["out", now]] as const) {
    await api.store.write((tx) => tx.insertInto("messages").values({ ...of, id: newId(now), direction, sent_at: at }).execute());
  }
  await api.call("PATCH", `/v1/contacts/${id}`, { body: { title: "CTO" } });
  return { id, signals };
}

describe("the timeline", () => {
  test("holds every kind, newest first, each entry with the id of its evidence; kind picks some", async () => {
    const api = await startApi();
    const { id, signals } = await busy(api);
    const { entries, hasMore } = await timeline(api, id);
    expect([hasMore, new Set(entries.map((entry) => entry.kind))]).toEqual([false, new Set(["signal", "message", "run", "enrollment", "change"])]);
    expect(entries.map((entry) => entry.at)).toEqual(entries.map((entry) => entry.at).toSorted((a, b) => b - a));
    expect(entries.filter((entry) => entry.kind === "signal").map((entry) => entry.id)).toEqual(signals.toReversed());
    expect(entries.at(-1)).toMatchObject({ kind: "message", what: "in" });
    expect((await timeline(api, id, "kind=change")).entries.map((entry) => entry.what)).toEqual(["contact.updated", "contact.created"]);
    expect((await timeline(api, id, "kind=run,%20message")).entries.map((entry) => entry.kind).toSorted()).toEqual(["message", "message", "run"]);
  });

  test("is paged without a gap or a repetition while things are added, by a cursor bound to contact and kinds", async () => {
    const api = await startApi();
    const { id } = await busy(api);
    const whole = (await timeline(api, id)).entries.map((entry) => entry.id);
    const paged: string[] = [];
    let cursor: string | null = "";
    for (let page = 0; page < 20 && cursor !== null; page++) {
      const answer: Awaited<ReturnType<typeof timeline>> = await timeline(api, id, `limit=2${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
      paged.push(...answer.entries.map((entry) => entry.id));
      cursor = answer.nextCursor;
      await signal(api, id);
    }
    expect(paged).toEqual(whole);
    const { nextCursor } = await timeline(api, id, "limit=1");
    const misused = `cursor=${encodeURIComponent(nextCursor ?? "")}`;
    expect((await api.call("GET", `/v1/contacts/${id}/timeline?kind=signal&${misused}`)).status).toBe(400);
    expect((await api.call("GET", `/v1/contacts/${await create(api, { firstName: "B" })}/timeline?${misused}`)).status).toBe(400);
    for (const query of ["kind=secrets", "kind=", "limit=101"]) expect((await api.call("GET", `/v1/contacts/${id}/timeline?${query}`)).status).toBe(400);
  });

  test("of the survivor holds what the loser did, until the merge is undone", async () => {
    const api = await startApi();
    const { id } = await busy(api);
    const before = (await timeline(api, id)).entries;
    const survivor = await create(api, { firstName: "S" });
    const own = (await timeline(api, survivor)).entries;
    const { mergeId } = (await api.call("POST", "/v1/contacts/merge", { body: { survivorId: survivor, loserIds: [id] } })).body.data;
    const merged = (await timeline(api, survivor)).entries.map((entry) => entry.id);
    expect(merged).toEqual(expect.arrayContaining([...before, ...own].map((entry) => entry.id)));
    expect((await timeline(api, id)).entries).toEqual([]);
    await api.call("POST", `/v1/merges/${mergeId}/undo`);
    expect((await timeline(api, id)).entries).toEqual(before);
    expect((await timeline(api, survivor)).entries.map((entry) => entry.what)).toEqual(["contact.merge_undone", "contact.merged", "contact.created"]);
  });
});

test("why a contact is known: origin, visitors with proofs and signals, claims, company, merges, each with its id", async () => {
  const site = "https://www.example.com";
  const api = await startApi({ publishable: { mode: "identified", origins: [site] } });
  const headers = { "user-agent": chrome, origin: site };
  const { companyId } = (await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://linkedin.com/company/acme", domain: "acme.com" } })).body.data;
  const visits = [1, 2].map(() => api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit({ visitorId: "visitor-0001" }), headers }));
  const ids = (await Promise.all(visits)).map(({ body }) => body.data.signalId as string).toSorted();
  const say = (visitorId: string, via?: string) => api.call("POST", "/v1/identify", { key: api.publishable.key, body: { visitorId, ...(via ? { via } : {}), person: { email: "jane@mail.acme.com" } }, headers });
  await say("visitor-0002");
  await say("visitor-0001", "form");
  const [contact] = (await api.call("GET", "/v1/contacts")).body.data.contacts;
  const direct = await signal(api, contact.id);
  const loser = await create(api, { firstName: "J" });
  const { mergeId } = (await api.call("POST", "/v1/contacts/merge", { body: { survivorId: contact.id, loserIds: [loser] } })).body.data;

  const claims = await api.store.read.selectFrom("identity_claims").select(["id", "state"]).orderBy("id").execute();
  const created = await api.store.read.selectFrom("events").select("id").where("kind", "=", "contact.created").orderBy("id").execute();
  const why = (await api.call("GET", `/v1/contacts/${contact.id}/why`)).body.data;
  expect(why).toEqual({
    contactId: contact.id,
    origin: { source: "website", at: contact.createdAt, eventId: created[0]?.id },
    mergedInto: null,
    visitors: [{ visitorId: "visitor-0001", proofs: [{ claimId: claims[1]?.id, proof: "form", at: expect.any(Number) }], signals: { count: 2, firstId: ids[0], lastId: ids[1] }, companies: [] }],
    unproved: [{ claimId: claims[0]?.id, visitorId: "visitor-0002", state: "claim", proof: null, at: expect.any(Number) }],
    directSignals: { count: 1, firstId: direct, lastId: direct },
    company: { companyId, reason: "email_domain", evidence: "mail.acme.com" },
    scores: [],
    enrichment: [],
    merges: [{ mergeId, loserIds: [loser], at: expect.any(Number) }],
  });
  expect((await api.call("GET", `/v1/contacts/${loser}/why`)).body.data).toMatchObject({ mergedInto: contact.id, company: null, visitors: [] });
});

test.each(["timeline", "why"])("%s of a missing contact and of another workspace's is the same 404 (row 16), and needs the scope", async (what) => {
  const [api, other] = [await startApi(), await startApi()];
  const foreign = await create(other, { firstName: "F" });
  const [missing, strange] = [await api.call("GET", `/v1/contacts/none/${what}`), await api.call("GET", `/v1/contacts/${foreign}/${what}`)];
  expect([missing.status, strange.status, strange.body.error.message]).toEqual([404, 404, missing.body.error.message]);
  const { key } = await api.newKey({ scopes: ["signals:read"] });
  expect((await api.call("GET", `/v1/contacts/none/${what}`, { key })).status).toBe(403);
});
