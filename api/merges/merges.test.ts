import { describe, expect, test } from "vitest";
import { eventKinds } from "../../core/event-words.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { snapshot, tablesWith } from "../../test/support/database.ts";
import { holdings, ownIndexes } from "./holdings.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
const held = [...holdings.map(({ table }) => table).filter((table) => table !== "events"), ...ownIndexes, "contacts", "match_keys"];

const create = async (api: Api, body: Record<string, unknown>): Promise<string> => (await api.call("POST", "/v1/contacts", { body })).body.data.contactId;
const get = async (api: Api, id: string) => (await api.call("GET", `/v1/contacts/${id}`)).body.data;
const merge = (api: Api, survivorId: string, ...loserIds: string[]) => api.call("POST", "/v1/contacts/merge", { body: { survivorId, loserIds } });
const undo = (api: Api, mergeId: string) => api.call("POST", `/v1/merges/${mergeId}/undo`);
const link = (api: Api, visitorId: string, contactId: string) => api.call("POST", "/v1/identify", { body: { visitorId, person: { contactId } } });
const signalsOf = async (api: Api, contactId: string) => (await api.call("GET", `/v1/signals?contactId=${contactId}`)).body.data.signals as { id: string }[];

async function sequence(api: Api): Promise<string> {
  const { key } = await api.newKey({ scopes: ["sequences:manage", "sequences:write", "sequences:read"] });
  const { id } = (await api.call("POST", "/v1/sequences", { key, body: { name: "Calls", steps: [{ type: "task", kind: "call", title: "Call" }] } })).body.data;
  await api.call("POST", `/v1/sequences/${id}/activate`, { key });
  return id;
}
const enroll = (api: Api, sequenceId: string, contactId: string) => api.call("POST", `/v1/sequences/${sequenceId}/enroll`, { body: { contactId } });

describe("a merge", () => {
  test("moves what hangs on the loser, fills what the survivor lacks, archives the loser, and is undone to the letter", async () => {
    const api = await startApi();
    const survivor = await create(api, { firstName: "Jane", email: "jane@acme.test", tags: ["vip"], attributes: { a: 1, both: "s" } });
    const loser = await create(api, { firstName: "J.", lastName: "Smith", email: "jane@private.test", linkedInUrl: "https://linkedin.com/in/jane-smith", tags: ["vip", "new"], attributes: { both: "l", b: 2 }, notes: "met" });
    await link(api, "visitor-of-loser", loser);
    await api.call("POST", "/v1/signals", { body: visit({ contactId: loser }) });
    await api.call("POST", "/v1/signals", { body: visit({ visitorId: "visitor-of-loser" }) });
    const before = await snapshot(api.store, held);

    const merged = await merge(api, survivor, loser);
    expect([merged.status, merged.body.meta.credits.used]).toEqual([200, 0]);
    expect(merged.body.data).toMatchObject({ survivorId: survivor, loserIds: [loser], moved: { signals: 2, visitors: 1, identity_claims: 1 }, stoppedEnrollmentIds: [] });
    expect(merged.body.data.filledFields.toSorted()).toEqual(["attributes", "lastName", "linkedInUrl", "notes", "tags"]);
    expect(await get(api, survivor)).toMatchObject({ firstName: "Jane", lastName: "Smith", email: "jane@acme.test", linkedInUrl: "https://linkedin.com/in/jane-smith", tags: ["vip", "new"], attributes: { a: 1, b: 2, both: "s" } });
    expect(await get(api, loser)).toMatchObject({ archiveReason: "merged", mergedInto: survivor, email: "jane@private.test", linkedInUrl: null });
    expect(await signalsOf(api, survivor)).toHaveLength(2);
    // The visitor is the survivor's from the next signal on.
    await api.call("POST", "/v1/signals", { body: visit({ visitorId: "visitor-of-loser" }) });
    expect(await signalsOf(api, survivor)).toHaveLength(3);
    expect((await api.call("POST", "/v1/contacts/search", { body: { query: "smith" } })).body.data.contacts.map((c: { id: string }) => c.id)).toEqual([survivor]);

    const added = (await signalsOf(api, survivor))[0]?.id;
    await api.store.write((tx) => tx.deleteFrom("signals").where("id", "=", added ?? "").execute());
    const undone = await undo(api, merged.body.data.mergeId);
    expect(undone.body.data).toMatchObject({ survivorId: survivor, loserIds: [loser], returned: expect.any(Number), keptFields: [] });
    // When the visitor was last seen is what came since.
    const unseen = (all: Awaited<ReturnType<typeof snapshot>>) => ({ ...all, visitors: all["visitors"]?.map((row) => ({ ...row, last_seen_at: 0 })) });
    expect(unseen(await snapshot(api.store, held))).toEqual(unseen(before));
    expect((await undo(api, merged.body.data.mergeId)).body.data.undoneAt).toBe(undone.body.data.undoneAt);
    await api.call("POST", "/v1/signals", { body: visit({ visitorId: "visitor-of-loser" }) });
    expect(await signalsOf(api, loser)).toHaveLength(3);
    const audit = await api.store.read.selectFrom("audit").select("action").where("action", "like", "contact.merge%").orderBy("id").execute();
    expect(audit.map((row) => row.action)).toEqual(["contact.merged", "contact.merge_undone"]);
    // Each has its place in the feed, its words in the catalogue.
    expect(Object.keys(eventKinds)).toEqual(expect.arrayContaining(["contact.merged", "contact.merge_undone"]));
    const events = await api.store.read.selectFrom("events").select(["kind", "contact_id"]).where("kind", "like", "contact.merge%").orderBy("id").execute();
    expect(events).toEqual([{ kind: "contact.merged", contact_id: survivor }, { kind: "contact.merge_undone", contact_id: survivor }]);
  });

  test("stops the loser's enrollment where both run in a sequence, moves the others, and undoing lets them go on", async () => {
    const api = await startApi();
    const [both, only] = [await sequence(api), await sequence(api)];
    const survivor = await create(api, { firstName: "A" });
    const loser = await create(api, { firstName: "B" });
    const third = await create(api, { firstName: "C" });
    await enroll(api, both, survivor);
    const stopped = (await enroll(api, both, loser)).body.data.enrollmentId;
    const moved = (await enroll(api, only, loser)).body.data.enrollmentId;
    const alsoStopped = (await enroll(api, only, third)).body.data.enrollmentId;
    const before = await snapshot(api.store, held);
    const { data } = (await merge(api, survivor, loser, third)).body;
    expect(data).toMatchObject({ stoppedEnrollmentIds: [stopped, alsoStopped], moved: { enrollments: 3 } });
    const running = await api.store.read.selectFrom("enrollments").select("id").where("contact_id", "=", survivor).where("status", "=", "active").execute();
    expect(running.map((row) => row.id)).toContain(moved);
    expect(running).toHaveLength(2);
    await undo(api, data.mergeId);
    expect(await snapshot(api.store, held)).toEqual(before);
  });

  test("keeps what was changed and added after it, when undone", async () => {
    const api = await startApi();
    const survivor = await create(api, { firstName: "A", tags: ["x"] });
    const loser = await create(api, { lastName: "B", email: "b@acme.test", phone: "1", title: "CTO", tags: ["y"] });
    const { mergeId } = (await merge(api, survivor, loser)).body.data;
    await api.call("PATCH", `/v1/contacts/${survivor}`, { body: { phone: "2", tags: ["x", "y", "z"] } });
    await api.call("POST", "/v1/signals", { body: visit({ contactId: survivor }) });
    expect((await undo(api, mergeId)).body.data).toMatchObject({ keptFields: ["phone"] });
    expect(await get(api, survivor)).toMatchObject({ lastName: null, email: null, phone: "2", title: null, tags: ["x", "z"] });
    expect(await get(api, loser)).toMatchObject({ email: "b@acme.test", phone: "1", tags: ["y"], archivedAt: null, archiveReason: null, mergedInto: null });
    expect([await signalsOf(api, survivor), await signalsOf(api, loser)].map((rows) => rows.length)).toEqual([1, 0]);
  });

  test("keeps the loser's addresses taken: whoever comes with them is the survivor", async () => {
    const api = await startApi();
    const survivor = await create(api, { email: "a@acme.test" });
    const loser = await create(api, { email: "b@acme.test" });
    await merge(api, survivor, loser);
    const refused = await api.call("POST", "/v1/contacts", { body: { email: "b@acme.test" } });
    expect(refused.body.error.details[0]).toMatchObject({ field: "email", existingContactId: survivor, archived: false });
    expect((await api.call("PUT", "/v1/contacts", { body: { email: "b@acme.test", title: "CTO" } })).body.data).toEqual({ contactId: survivor, created: false });
    expect(await get(api, survivor)).toMatchObject({ email: "a@acme.test", title: "CTO" });
    const proved = await api.call("POST", "/v1/identify", { body: { visitorId: "visitor-0001", person: { email: "b@acme.test" } } });
    expect(proved.body.data).toEqual({ accepted: true, contactId: survivor, linked: true });
    await api.call("POST", "/v1/signals", { body: visit({ contactId: loser }) });
    expect(await signalsOf(api, survivor)).toHaveLength(1);
    for (const [method, path] of [["PATCH", ""], ["POST", "/restore"]] as const) {
      const answer = await api.call(method, `/v1/contacts/${loser}${path}`, method === "PATCH" ? { body: { title: "x" } } : {});
      expect([answer.status, answer.body.error.code, answer.body.error.details[0].existingContactId]).toEqual([409, "CONTACT_MERGED", survivor]);
    }
  });

  test("of merges is undone from the last on; one whose address was taken since, or whose survivor would be nobody, says why not", async () => {
    const api = await startApi();
    const [a, b, c] = [await create(api, { email: "a@acme.test" }), await create(api, { firstName: "B" }), await create(api, { firstName: "C" })];
    const first = (await merge(api, b, a)).body.data.mergeId;
    const second = (await merge(api, c, b)).body.data.mergeId;
    const early = await undo(api, first);
    expect([early.status, early.body.error.code, early.body.error.details[0].path]).toEqual([409, "MERGE_NOT_UNDOABLE", "survivorId"]);
    expect((await merge(api, c, a)).body.error.code).toBe("CONTACT_MERGED");
    expect((await undo(api, second)).status).toBe(200);
    await api.call("PATCH", `/v1/contacts/${b}`, { body: { email: "other@acme.test" } });
    const taker = await create(api, { email: "a@acme.test" });
    const taken = await undo(api, first);
    expect([taken.status, taken.body.error.code, taken.body.error.details[0].existingContactId]).toEqual([409, "DUPLICATE_CONTACT", taker]);
    expect((await get(api, a)).mergedInto).toBe(b);
    await api.call("PATCH", `/v1/contacts/${taker}`, { body: { email: "free@acme.test" } });
    expect((await undo(api, first)).body.data.keptFields).toEqual(["email"]);
    expect((await get(api, a)).email).toBe("a@acme.test");
    const [d, e] = [await create(api, { firstName: "D" }), await create(api, { email: "e@acme.test" })];
    const third = (await merge(api, d, e)).body.data.mergeId;
    await api.call("PATCH", `/v1/contacts/${d}`, { body: { firstName: null } });
    expect((await undo(api, third)).body.error.details[0].code).toBe("identity_required");
  });

  test("is refused for one contact twice, archived survivors, missing and foreign ids (row 16), unknown fields (row 17), and keys without the scope", async () => {
    const api = await startApi();
    const other = await startApi();
    const [a, b] = [await create(api, { firstName: "A" }), await create(api, { firstName: "B" })];
    const foreign = await create(other, { firstName: "F" });
    const { mergeId } = (await merge(api, await create(api, { firstName: "S" }), await create(api, { firstName: "L" }))).body.data;
    const refusal = async (body: unknown, key?: string) => {
      const answer = await api.call("POST", "/v1/contacts/merge", { body, ...(key === undefined ? {} : { key }) });
      return [answer.status, answer.body.error?.code];
    };
    for (const body of [{ survivorId: a, loserIds: [a] }, { survivorId: a, loserIds: [b, b] }, { survivorId: a, winnerId: b, loserIds: [b] }, { loserIds: [b] }, { survivorId: a, loserIds: [] }, { survivorId: a, loserIds: [b], force: true }]) {
      expect(await refusal(body)).toEqual([400, "VALIDATION_ERROR"]);
    }
    const missing = await api.call("POST", "/v1/contacts/merge", { body: { survivorId: a, loserIds: ["none"] } });
    const foreignAnswer = await api.call("POST", "/v1/contacts/merge", { body: { survivorId: a, loserIds: [foreign] } });
    const bare = (error: Record<string, unknown>) => ({ ...error, requestId: undefined });
    expect([missing.status, bare(foreignAnswer.body.error)]).toEqual([404, bare(missing.body.error)]);
    expect((await other.call("POST", `/v1/merges/${mergeId}/undo`)).status).toBe(404);
    expect((await undo(api, "none")).status).toBe(404);
    const { key } = await api.newKey({ scopes: ["contacts:read"] });
    expect(await refusal({ survivorId: a, loserIds: [b] }, key)).toEqual([403, "INSUFFICIENT_SCOPE"]);
    expect((await api.call("POST", `/v1/merges/${mergeId}/undo`, { key })).status).toBe(403);
    await api.call("DELETE", `/v1/contacts/${a}`);
    expect(await refusal({ survivorId: a, loserIds: [b] })).toEqual([409, "CONTACT_ARCHIVED"]);
    // The other way round it is no matter: it was archived before, and is again.
    const { body } = await api.call("POST", "/v1/contacts/merge?dry_run=true", { body: { winnerId: b, loserIds: [a] } });
    expect([body.meta.dryRun, (await get(api, b)).lastName, (await get(api, a)).mergedInto]).toEqual([true, null, null]);
  });
});

test("every table that knows contacts is one that a merge moves, or one that it makes anew", async () => {
  const api = await startApi();
  expect((await tablesWith(api.store, "contact_id")).filter((name) => name !== "visitor_signals")).toEqual([...holdings.map(({ table }) => table), ...ownIndexes].toSorted());
});
