import { describe, expect, test } from "vitest";
import { allScopes } from "../../core/endpoint.ts";
import { fixedClock } from "../../core/clock.ts";
import { startApi, visit } from "../../test/support/api.ts";
import { addContact } from "../../test/support/contacts.ts";

const base = 1_950_000_000_000;
const dayMs = 86_400_000;
const leaders = {
  name: "Leaders",
  groups: [
    { category: "role", max: 40, criteria: [{ field: "contact.title", op: "contains", value: "VP", points: 30 }, { field: "contact.title", op: "contains", value: "Engineering", points: 30 }] },
    { category: "company", max: 30, criteria: [{ field: "company.industry", op: "eq", value: "SaaS", points: 30 }] },
    { category: "engagement", max: 30, criteria: [{ activity: "website_visit", halfLifeDays: 7, points: 10 }] },
  ],
  negative: [{ field: "contact.email", op: "endsWith", value: "@gmail.com", points: 20 }],
};

async function start() {
  const clock = fixedClock(base);
  const api = await startApi({ clock });
  const { key } = await api.newKey({ scopes: [...allScopes] });
  const call: typeof api.call = (method, path, init = {}) => api.call(method, path, { key, ...init });
  const profile = async (body: unknown = leaders, publish = true): Promise<string> => {
    const made = await call("POST", "/v1/icp-profiles", { body });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    if (publish) expect((await call("POST", `/v1/icp-profiles/${made.body.data.id}/publish`)).status).toBe(200);
    return made.body.data.id;
  };
  const score = (contactId: string, icpProfileId: string) => call("POST", `/v1/contacts/${contactId}/score`, { body: { icpProfileId } });
  return { ...api, clock, call, key, profile, score };
}

describe("an ICP profile", () => {
  test("is written as the starting shape shows, changed by versions, published, listed, read as of then, archived", async () => {
    const api = await start();
    const id = await api.profile(leaders, false);
    expect((await api.call("GET", `/v1/icp-profiles/${id}`)).body.data).toMatchObject({ ...leaders, id, status: "draft", version: 1, publishedVersion: null, description: null });
    const published = await api.call("POST", `/v1/icp-profiles/${id}/publish`);
    expect(published.body.data).toMatchObject({ status: "published", version: 1, publishedVersion: 1, publishedAt: base });
    const negative = [{ field: "contact.email", op: "exists", value: false, points: 5 }];
    expect((await api.call("PATCH", `/v1/icp-profiles/${id}`, { body: { negative } })).body.data).toMatchObject({ version: 2, publishedVersion: 1, negative, groups: leaders.groups });
    expect((await api.call("GET", `/v1/icp-profiles/${id}?version=1`)).body.data).toMatchObject({ version: 1, negative: leaders.negative });
    expect((await api.call("POST", `/v1/icp-profiles/${id}/publish`)).body.data).toMatchObject({ publishedVersion: 2 });
    // Again changes nothing, nor tells anybody.
    await api.call("POST", `/v1/icp-profiles/${id}/publish`);
    const events = await api.store.read.selectFrom("audit").select("action").where("action", "like", "icp_profile.%").orderBy("id").execute();
    expect(events.map(({ action }) => action)).toEqual(["created", "published", "updated", "published"].map((done) => `icp_profile.${done}`));

    const draft = await api.profile({ ...leaders, name: "Draft" }, false);
    const ids = async (query: string) => (await api.call("GET", `/v1/icp-profiles${query}`)).body.data.profiles.map((p: { id: string }) => p.id);
    expect(await ids("")).toEqual([draft, id]);
    expect([await ids("?status=draft"), await ids("?status=published")]).toEqual([[draft], [id]]);
    const first = (await api.call("GET", "/v1/icp-profiles?limit=1")).body.data;
    expect(await ids(`?limit=1&cursor=${encodeURIComponent(first.nextCursor)}`)).toEqual([id]);
    await api.call("DELETE", `/v1/icp-profiles/${draft}`);
    expect((await api.call("DELETE", `/v1/icp-profiles/${draft}`)).body.data.archivedAt).toBe(base);
    expect([await ids(""), await ids("?include_archived=true")]).toEqual([[id], [draft, id]]);
    for (const [method, path] of [["PATCH", ""], ["POST", "/publish"]] as const) expect((await api.call(method, `/v1/icp-profiles/${draft}${path}`, method === "PATCH" ? { body: { name: "x" } } : {})).status).toBe(404);
  });

  test("is refused with the path of what to mend", async () => {
    const api = await start();
    const group = (more: object = {}) => ({ category: "role", max: 100, criteria: [{ field: "contact.title", op: "eq", value: "VP", points: 10 }], ...more });
    const paths = async (body: object) => {
      const answer = await api.call("POST", "/v1/icp-profiles", { body: { name: "P", ...body } });
      expect([answer.status, answer.body.error?.code]).toEqual([400, "VALIDATION_ERROR"]);
      return answer.body.error.details.map((d: { path: string }) => d.path);
    };
    const rule = (criterion: object) => paths({ groups: [group({ criteria: [criterion] })] });
    expect(await paths({ groups: [group({ max: 60 }), group({ category: "b", max: 30 })] })).toEqual(["groups"]);
    expect(await paths({ groups: [group({ max: 50 }), group({ category: " Role ", max: 50 })] })).toEqual(["groups.1.category"]);
    expect(await paths({ groups: [group({ category: "Negative" })] })).toEqual(["groups.0.category"]);
    expect(await paths({ groups: [] })).toEqual(["groups"]);
    expect(await paths({ groups: [group({ criteria: [] })] })).toEqual(["groups.0.criteria"]);
    expect(await rule({ field: "contact.nope", op: "eq", value: "x", points: 1 })).toEqual(["groups.0.criteria.0.field"]);
    expect(await rule({ field: "contact.score", op: "gt", value: 1, points: 1 })).toEqual(["groups.0.criteria.0.field"]);
    expect(await rule({ field: "signal.type", op: "eq", value: "job_change", points: 1 })).toEqual(["groups.0.criteria.0.field"]);
    expect(await rule({ field: "contact.title", op: "gt", value: 1, points: 1 })).toEqual(["groups.0.criteria.0.op"]);
    expect(await rule({ field: "contact.title", op: "contains", value: 1, points: 1 })).toEqual(["groups.0.criteria.0.value"]);
    expect(await rule({ field: "contact.title", op: "contains", value: "x", points: 1.5 })).toEqual(["groups.0.criteria.0.points"]);
    expect(await rule({ activity: "website_visit", halfLifeDays: 0, points: 1 })).toEqual(["groups.0.criteria.0.halfLifeDays"]);
    expect(await rule({ activity: "visit", halfLifeDays: 1, points: 1 })).toEqual(["groups.0.criteria.0.activity"]);
    expect(await rule({ activity: "website_visit", halfLifeDays: 1, points: 1, workspaceId: "w" })).toEqual(["groups.0.criteria.0.workspaceId"]);
    expect(await paths({ groups: [group()], negative: [{ activity: "website_visit", halfLifeDays: 1, points: 1 }] })).toContain("negative.0.field");
    expect(await paths({ groups: [group()], workspaceId: "w" })).toEqual(["workspaceId"]);
  });

  test("needs intelligence:write to be written, and is another workspace's secret", async () => {
    const api = await start();
    const { key } = await api.newKey({ scopes: ["intelligence:read"] });
    const id = await api.profile();
    for (const [method, path, body] of [["POST", "", leaders], ["PATCH", `/${id}`, { name: "x" }], ["DELETE", `/${id}`, undefined], ["POST", `/${id}/publish`, undefined]] as const) {
      expect([method, path, (await api.call(method, `/v1/icp-profiles${path}`, { key, ...(body ? { body } : {}) })).body.error?.code]).toEqual([method, path, "INSUFFICIENT_SCOPE"]);
    }
    expect((await api.call("GET", "/v1/icp-profiles", { key })).status).toBe(200);
    const other = await start();
    const contact = await addContact(other.store, base, other.workspace.id, "jane@acme.test");
    for (const [method, path, body] of [["GET", `/icp-profiles/${id}`], ["PATCH", `/icp-profiles/${id}`, { name: "x" }], ["DELETE", `/icp-profiles/${id}`], ["POST", `/icp-profiles/${id}/publish`], ["POST", `/icp-profiles/${id}/backtest`], ["POST", `/contacts/${contact}/score`, { icpProfileId: id }]] as [string, string, unknown?][]) {
      expect([method, path, (await other.call(method, `/v1${path}`, body === undefined ? {} : { body })).status]).toEqual([method, path, 404]);
    }
  });
});

describe("scoring a contact", () => {
  test("answers at once from the published rules, with evidence, and is written down with the contact, its history and an event", async () => {
    const api = await start();
    const icp = await api.profile();
    await api.call("POST", "/v1/companies", { body: { linkedInUrl: "https://www.linkedin.com/company/acme", domain: "acme.test", industry: "SaaS" } });
    const { contactId } = (await api.call("POST", "/v1/contacts", { body: { email: "jane@acme.test", title: "VP Engineering" } })).body.data;
    const sent = await api.call("POST", "/v1/signals", { body: visit({ contactId }) });
    api.clock.advance(7 * dayMs);
    const answer = await api.score(contactId, icp);
    expect([answer.status, answer.body.meta.credits]).toEqual([200, { used: 3 }]);
    expect(answer.body.data).toMatchObject({ contactId, icpProfileId: icp, icpVersion: 1, score: 75, verdict: "good_fit", model: "rules", scoredAt: base + 7 * dayMs });
    expect(answer.body.data.breakdown).toMatchObject([
      { category: "role", score: 40, max: 40 },
      { category: "company", score: 30, max: 30, evidence: [{ rule: 'company.industry eq "SaaS"', value: "SaaS" }] },
      { category: "engagement", score: 5, max: 30, evidence: [{ points: 5, signals: 1, signalIds: [sent.body.data.signalId] }] },
      { category: "negative", score: 0, max: 0, evidence: [] },
    ]);
    expect((await api.call("GET", `/v1/contacts/${contactId}`)).body.data).toMatchObject({ score: 75, activityScore: 9, scores: [answer.body.data] });

    await api.call("PATCH", `/v1/contacts/${contactId}`, { body: { email: "jane@gmail.com" } });
    const again = (await api.score(contactId, icp)).body.data;
    // Without a company by its address: 40 + 5 − 20.
    expect(again).toMatchObject({ score: 25, verdict: "poor_fit" });
    expect(again.breakdown.at(-1)).toMatchObject({ category: "negative", score: -20, evidence: [{ points: -20, value: "jane@gmail.com" }] });
    const history = (await api.call("GET", `/v1/contacts/${contactId}/scores?limit=1`)).body.data;
    expect([history.scores, history.hasMore]).toEqual([[again], true]);
    expect((await api.call("GET", `/v1/contacts/${contactId}/scores?limit=1&cursor=${encodeURIComponent(history.nextCursor)}`)).body.data.scores).toEqual([answer.body.data]);
    const events = await api.store.read.selectFrom("events").select("payload").where("kind", "=", "contact.scored").orderBy("id").execute();
    expect(events.map(({ payload }) => JSON.parse(payload))).toMatchObject([
      { contactId, icpProfileId: icp, icpVersion: 1, oldScore: null, newScore: 75 },
      { contactId, icpProfileId: icp, icpVersion: 1, oldScore: 75, newScore: 25, scoreId: again.id },
    ]);
  });

  test("goes by the version that is published, and by the profile that is named", async () => {
    const api = await start();
    const one = (points: number, name: string) => ({ name, groups: [{ category: "all", max: 100, criteria: [{ field: "contact.email", op: "exists", points }] }] });
    const [a, b] = [await api.profile(one(10, "A")), await api.profile(one(90, "B"))];
    const contact = await addContact(api.store, base, api.workspace.id, "jane@acme.test");
    await api.call("PATCH", `/v1/icp-profiles/${a}`, { body: { groups: one(50, "A").groups } });
    expect((await api.score(contact, a)).body.data).toMatchObject({ score: 10, icpVersion: 1 });
    await api.call("POST", `/v1/icp-profiles/${a}/publish`);
    expect((await api.score(contact, a)).body.data).toMatchObject({ score: 50, icpVersion: 2 });
    expect((await api.score(contact, b)).body.data).toMatchObject({ score: 90, icpVersion: 1 });
    const detail = (await api.call("GET", `/v1/contacts/${contact}`)).body.data;
    expect([detail.score, detail.scores.map((s: { score: number }) => s.score)]).toEqual([90, [90, 50]]);
    const scores = (await api.call("GET", `/v1/contacts/${contact}/scores?icpProfileId=${a}`)).body.data.scores;
    expect(scores.map((s: { icpVersion: number; score: number }) => [s.icpVersion, s.score])).toEqual([[2, 50], [1, 10]]);
  });

  test("counts no bot, nobody else's signal and no claim that nobody proved", async () => {
    const api = await start();
    const icp = await api.profile({ name: "E", groups: [{ category: "engagement", max: 100, criteria: [{ activity: "website_visit", halfLifeDays: 7, points: 10 }] }] });
    const [jane, bob] = [await addContact(api.store, base, api.workspace.id, "jane@acme.test"), await addContact(api.store, base, api.workspace.id, "bob@acme.test")];
    await api.call("POST", "/v1/signals", { body: visit({ contactId: bob }) });
    await api.call("POST", "/v1/signals", { key: api.publishable.key, body: visit({ contactId: jane }) });
    await api.call("POST", "/v1/signals", { body: visit({ contactId: jane }) });
    await api.store.write((tx) => tx.updateTable("signals").set({ bot: "user_agent" }).where("contact_id", "=", jane).execute());
    expect((await api.score(jane, icp)).body.data).toMatchObject({ score: 0, breakdown: [{ evidence: [] }] });
    expect((await api.call("GET", `/v1/contacts/${jane}`)).body.data).toMatchObject({ score: 0, activityScore: 0 });
    expect((await api.score(bob, icp)).body.data.score).toBe(10);
  });

  test("needs a published profile and a contact that is there; a dry run and a failure write nothing", async () => {
    const api = await start();
    const [draft, gone, icp] = [await api.profile(leaders, false), await api.profile(), await api.profile()];
    await api.call("DELETE", `/v1/icp-profiles/${gone}`);
    const contact = await addContact(api.store, base, api.workspace.id, "jane@acme.test");
    const archived = await addContact(api.store, base, api.workspace.id, "old@acme.test", { archived: true });
    const code = async (id: string, profileId: string) => {
      const { status, body } = await api.score(id, profileId);
      return [status, body.error?.code];
    };
    expect(await code(contact, draft)).toEqual([409, "ICP_PROFILE_NOT_PUBLISHED"]);
    expect(await code(contact, gone)).toEqual([404, "NOT_FOUND"]);
    expect(await code(contact, "none")).toEqual([404, "NOT_FOUND"]);
    expect(await code("none", icp)).toEqual([404, "NOT_FOUND"]);
    expect(await code(archived, icp)).toEqual([409, "CONTACT_ARCHIVED"]);
    expect((await api.call("POST", `/v1/contacts/${contact}/score`, { body: {} })).body.error.details[0].path).toBe("icpProfileId");
    expect((await api.call("POST", `/v1/contacts/${contact}/score`, { body: { icpProfileId: icp, score: 100 } })).status).toBe(400);
    expect((await api.call("POST", `/v1/contacts/${contact}/score`, { key: api.publishable.key, body: { icpProfileId: icp } })).status).toBe(403);
    const dry = await api.call("POST", `/v1/contacts/${contact}/score?dry_run=true`, { body: { icpProfileId: icp } });
    expect([dry.status, dry.body.data.score, dry.body.meta]).toMatchObject([200, 0, { credits: { used: 0 }, dryRun: true }]);
    expect((await api.call("GET", `/v1/contacts/${contact}/scores`)).body.data.scores).toEqual([]);
    expect((await api.call("GET", "/v1/contacts/none/scores")).status).toBe(404);
    expect((await api.call("GET", `/v1/contacts/${contact}`)).body.data).toMatchObject({ score: null, activityScore: null, scores: [] });
  });

  test("at once by many leaves a history without a gap: each event's old score is the one before", async () => {
    const api = await start();
    const icp = await api.profile();
    const contact = await addContact(api.store, base, api.workspace.id, "jane@acme.test", { title: "VP" });
    await Promise.all(Array.from({ length: 60 }, () => api.score(contact, icp)));
    const events = (await api.store.read.selectFrom("events").select("payload").where("kind", "=", "contact.scored").orderBy("id").execute()).map(({ payload }) => JSON.parse(payload) as { oldScore: number | null });
    expect(events.map(({ oldScore }) => oldScore).filter((old) => old === null)).toHaveLength(1);
    // The newest 50 are kept.
    expect((await api.call("GET", `/v1/contacts/${contact}/scores?limit=100`)).body.data.scores).toHaveLength(50);
  });
});
