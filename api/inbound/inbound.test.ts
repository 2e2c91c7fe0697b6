import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { fixedClock, systemClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { createLog } from "../../core/log.ts";
import { startApi } from "../../test/support/api.ts";
import { jobs } from "../../worker/jobs.ts";
import { createWorkspace } from "../keys/index.ts";
import { deletePayloadsWith } from "./queries.ts";

const dayMs = 86_400_000;
const wait = { timeout: 60_000, interval: 20 };
let base = 1_940_000_000_000;

async function start(real = false) {
  const clock = fixedClock((base += 100 * dayMs));
  const api = await startApi(real ? { clock: systemClock } : { clock });
  const { key } = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, by = key) => api.call(method, `/v1${path}`, { body, key: by });
  const hook = async (input: object) => {
    const answer = await call("POST", "/inbound-hooks", { name: "Feed", ...input });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.data as { id: string; url: string; secret: string | null };
  };
  const post = async (url: string, body: string | object, headers: Record<string, string> = {}) => {
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: typeof body === "string" ? body : JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) as { received?: true; id?: string; duplicate?: true; error?: { code: string; message: string } } };
  };
  const payload = async (id: string | undefined) => (await call("GET", `/inbound-payloads/${id}`)).body.data;
  const settled = async (id: string | undefined) => {
    await expect.poll(async () => (await payload(id)).status, wait).not.toBe("queued");
    return payload(id);
  };
  const signals = async () => (await call("GET", "/signals?limit=100")).body.data.signals as { data: Record<string, unknown>; contactId: string | null; type: string; page: { path: string } | null; occurredAt: number }[];
  const contacts = async () => (await call("GET", "/contacts?limit=100")).body.data.contacts as Record<string, unknown>[];
  const events = async () => (await api.store.read.selectFrom("events").selectAll().where("workspace_id", "=", api.workspace.id).where("kind", "=", "inbound.received").execute()).map(({ payload: text }) => JSON.parse(text));
  return { ...api, clock, call, hook, post, payload, settled, signals, contacts, events };
}

const row = (n: number, more: object = {}) => ({ "First Name": "Ada", "Last Name": `L${n}`, "Business Email": `ada${n}@acme${n}.example`, "Company Name": `Acme ${n}`, "Page URL": `https://www.example.com/pricing?n=${n}`, ...more });
const feed = { preset: "visitor_identification" };

test("a feed's batch is answered at once and becomes a contact and a visit for each row", async () => {
  const { hook, post, settled, signals, contacts, events, call } = await start();
  const { id, url } = await hook(feed);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/inbound\/[\w-]{43}$/);
  const answer = await post(url, [row(1), row(2), row(3)]);
  expect([answer.status, answer.body]).toEqual([200, { received: true, id: expect.any(String) }]);
  expect(await settled(answer.body.id)).toMatchObject({ status: "done", rows: 3, stored: 3, quarantined: 0, quarantine: [], inboundHookId: id });
  const people = await contacts();
  expect(people.map(({ email }) => email).toSorted()).toEqual(["ada1@acme1.example", "ada2@acme2.example", "ada3@acme3.example"]);
  const visits = await signals();
  expect(visits).toHaveLength(3);
  expect(visits.every((visit) => visit.type === "website_visit" && visit.page?.path === "/pricing" && people.some((person) => person["id"] === visit.contactId))).toBe(true);
  expect(await events()).toMatchObject([{ inboundHookId: id, row: 0, contactId: expect.any(String), signalId: expect.any(String) }, { row: 1 }, { row: 2 }]);
  await expect.poll(async () => (await call("GET", `/inbound-hooks/${id}`)).body.data, wait).toMatchObject({ received: 1, rejected: 0, lastReceivedAt: expect.any(Number) });
});

test("the same row counts once, in one payload or several", async () => {
  const { hook, post, settled, signals, contacts, events } = await start();
  const { url } = await hook(feed);
  for (const body of [[row(1), row(1)], [row(1)], [row(1), row(2)]]) await settled((await post(url, body)).body.id);
  expect(await signals()).toHaveLength(2);
  expect(await contacts()).toHaveLength(2);
  expect(await events()).toHaveLength(2);
});

test("an id in the payload tells rows apart, whatever else they hold", async () => {
  const { hook, post, settled, signals } = await start();
  const { url } = await hook({ mapping: { id: "eventId", signal: { data: { n: "n" } } } });
  for (const body of [{ eventId: "a", n: 1 }, { eventId: "a", n: 2 }, { eventId: "b", n: 1 }]) await settled((await post(url, body)).body.id);
  expect((await signals()).map(({ data }) => data["n"])).toEqual([1, 1]);
});

test("a known contact's empty fields are filled, the others kept, tags added", async () => {
  const { hook, post, settled, contacts, call } = await start();
  await call("POST", "/contacts", { email: "ada1@acme1.example", firstName: "Augusta", tags: ["vip"] });
  const { url } = await hook({ mapping: { contact: { email: "Business Email", firstName: "First Name", lastName: "Last Name", tags: { const: "feed" } } } });
  await settled((await post(url, row(1))).body.id);
  expect(await contacts()).toMatchObject([{ firstName: "Augusta", lastName: "L1", tags: ["vip", "feed"] }]);
});

test("bad rows wait in quarantine with their reasons, good ones do not; mended, they are mapped and nothing is doubled", async () => {
  const { hook, post, settled, signals, contacts, call, payload, events, clock } = await start();
  const { id, url } = await hook(feed);
  const sent = await post(url, [row(1), row(2, { "Business Email": "nobody at acme", "First Name": "" , "Last Name": ""}), row(3, { "Captured At": "some day" })]);
  expect(await settled(sent.body.id)).toMatchObject({
    status: "quarantined", rows: 3, stored: 1, quarantined: 2,
    quarantine: [{ row: 1, reasons: [{ path: "contact.email", code: "invalid_email" }] }, { row: 2, reasons: [{ path: "signal.occurredAt", code: "invalid_time" }] }],
  });
  expect([(await contacts()).length, (await signals()).length]).toEqual([1, 1]);
  const mapping = (await call("GET", `/inbound-hooks/${id}`)).body.data.mapping;
  const mended = { ...mapping, signal: { ...mapping.signal, occurredAt: undefined }, contact: { firstName: "First Name", lastName: "Last Name" } };
  const shown = (await call("POST", `/inbound-hooks/${id}/preview`, { mapping: mended })).body.data.payloads;
  expect(shown).toMatchObject([{ id: sent.body.id, rows: 3, error: null, mapped: [{ row: 0, ok: true }, { row: 1, ok: true, contact: null, signal: { type: "website_visit" } }, { row: 2, ok: true, contact: { lastName: "L3" } }] }]);
  expect([(await contacts()).length, (await signals()).length]).toEqual([1, 1]);
  expect((await call("PATCH", `/inbound-hooks/${id}`, { mapping: mended })).status).toBe(200);
  expect((await call("GET", `/inbound-payloads?inboundHookId=${id}&status=quarantined`)).body.data.payloads).toHaveLength(1);
  clock.advance(1);
  expect((await call("POST", `/inbound-hooks/${id}/replay`, {})).body.data).toEqual({ inboundHookId: id });
  await expect.poll(async () => (await payload(sent.body.id)).status, wait).toBe("done");
  expect([(await contacts()).length, (await signals()).length, (await events()).length]).toEqual([2, 3, 3]);
});

test("what is replayed is stored once, also what was good before", async () => {
  const { hook, post, settled, signals, clock, call, events, payload, store } = await start();
  const { id, url } = await hook({ mapping: { signal: { type: { from: "kind" }, data: { n: "n" } } } });
  const sent = await post(url, [{ kind: "website_visit", n: 1 }, { kind: "visit", n: 2 }, { kind: "visit", n: 3 }]);
  expect(await settled(sent.body.id)).toMatchObject({ status: "quarantined", stored: 1, quarantined: 2 });
  // Past the time for which messageIds are remembered: the payload itself knows what is done.
  clock.advance(10 * dayMs);
  for (const name of ["purge-dedupe", "purge-inbound-seen"]) await jobs.find((job) => job.name === name)?.run(store, clock.now(), createLog("silent"));
  await call("PATCH", `/inbound-hooks/${id}`, { mapping: { signal: { type: { from: "kind", map: { visit: "website_visit" } }, data: { n: "n" } } } });
  await call("POST", `/inbound-hooks/${id}/replay`, {});
  await expect.poll(async () => (await payload(sent.body.id)).status, wait).toBe("done");
  expect(await payload(sent.body.id)).toMatchObject({ rows: 3, stored: 3, quarantined: 0, quarantine: [] });
  expect((await signals()).map(({ data }) => data["n"]).toSorted()).toEqual([1, 2, 3]);
  expect((await events()).map((event) => event.row).toSorted()).toEqual([0, 1, 2]);
});

test("a body that can't be read, or holds too much, is kept whole with its reason", async () => {
  const { hook, post, settled } = await start();
  const { url } = await hook(feed);
  for (const [body, code] of [["{not json", "invalid_json"], [JSON.stringify(Array(1001).fill({})), "too_many_rows"], ['"\u0000"', "invalid_type"]] as const) {
    const { status, body: answer } = await post(url, body);
    expect(status).toBe(200);
    expect((await settled(answer.id)).quarantine, code).toMatchObject([{ row: 0, reasons: [{ code }] }]);
  }
});

test("forms are read as well", async () => {
  const { hook, post, settled, contacts } = await start();
  const { url } = await hook({ preset: "form" });
  const { body } = await post(url, "email=ada%40acme.example&first_name=Ada&message=Hello+there", { "content-type": "application/x-www-form-urlencoded" });
  expect(await settled(body.id)).toMatchObject({ status: "done", stored: 1 });
  expect(await contacts()).toMatchObject([{ email: "ada@acme.example", firstName: "Ada", tags: ["form"], source: "inbound" }]);
});

test("signed by Standard Webhooks: taken once, and refused when forged, old or changed", async () => {
  const { hook, post, settled, call, signals } = await start(true);
  const { id, url, secret } = await hook({ mapping: { signal: { data: "$" } }, verification: { mode: "standard" } });
  const body = JSON.stringify({ n: 1, text: "grüße" });
  const sign = (by: string, messageId: string, at = new Date()) => ({ "webhook-id": messageId, "webhook-timestamp": String(Math.floor(at.getTime() / 1000)), "webhook-signature": new Webhook(by).sign(messageId, at, body) });
  const first = await post(url, body, sign(secret ?? "", "msg_1"));
  expect([first.status, await settled(first.body.id)]).toMatchObject([200, { status: "done" }]);
  expect((await post(url, body, sign(secret ?? "", "msg_1"))).body).toEqual({ received: true, duplicate: true });
  for (const [what, headers, text] of [["none", {}, body], ["forged", sign(`whsec_${Buffer.alloc(32).toString("base64")}`, "msg_2"), body], ["old", sign(secret ?? "", "msg_3", new Date(Date.now() - 310_000)), body], ["changed", sign(secret ?? "", "msg_4"), `${body} `]] as const) {
    const refused = await post(url, text, headers);
    expect([refused.status, refused.body.error?.code], what).toEqual([401, "SIGNATURE_INVALID"]);
  }
  const rotated = (await call("POST", `/inbound-hooks/${id}/rotate`, {})).body.data;
  expect(rotated.secret).toMatch(/^whsec_/);
  for (const [by, messageId] of [[secret, "msg_5"], [rotated.secret, "msg_6"]] as const) expect((await post(url, body, sign(by ?? "", messageId))).status).toBe(200);
  await call("POST", `/inbound-hooks/${id}/rotate`, { overlap: "0", secret: `whsec_${Buffer.alloc(24, 1).toString("base64")}` });
  expect((await post(url, body, sign(rotated.secret, "msg_7"))).status).toBe(401);
  // The row is the same each time: it counts once.
  await expect.poll(async () => (await call("GET", `/inbound-payloads?status=done`)).body.data.payloads.length, wait).toBe(3);
  expect(await signals()).toHaveLength(1);
  await expect.poll(async () => (await call("GET", `/inbound-hooks/${id}`)).body.data, wait).toMatchObject({ received: 3, rejected: 5 });
});

test("signed by an HMAC of its own: the same signature does nothing again", async () => {
  const { hook, post, settled } = await start();
  const { url } = await hook({ ...feed, verification: { mode: "hmac", header: "X-Signature", prefix: "sha256=" }, secret: "their-own-secret" });
  const body = JSON.stringify(row(1));
  const headers = { "x-signature": `sha256=${createHmac("sha256", "their-own-secret").update(body).digest("hex")}` };
  expect((await settled((await post(url, body, headers)).body.id)).status).toBe("done");
  expect((await post(url, body, headers)).body).toEqual({ received: true, duplicate: true });
  expect((await post(url, body, { "x-signature": `sha256=${"0".repeat(64)}` })).status).toBe(401);
});

test("an unknown token, an old one, and a hook that is off: one 404, the one of any unknown path", async () => {
  const { hook, post, call, server } = await start();
  const { id, url } = await hook(feed);
  const unknown = await fetch(`${server.url}/nowhere`, { method: "POST" });
  const { error } = (await unknown.json()) as { error: { code: string; message: string } };
  const isUnknown = async (at: string) => expect(await post(at, row(1))).toMatchObject({ status: 404, body: { error: { code: error.code, message: error.message } } });
  await isUnknown(`${url.slice(0, -1)}_`);
  await isUnknown(`${server.url}/inbound/x`);
  await call("PATCH", `/inbound-hooks/${id}`, { status: "disabled" });
  await isUnknown(url);
  await call("PATCH", `/inbound-hooks/${id}`, { status: "enabled" });
  expect((await post(url, row(1))).status).toBe(200);
  const renewed = (await call("POST", `/inbound-hooks/${id}/renew-url`)).body.data.url;
  await isUnknown(url);
  expect((await post(renewed, row(2))).status).toBe(200);
  await call("DELETE", `/inbound-hooks/${id}`);
  await isUnknown(renewed);
  expect((await call("GET", "/inbound-payloads")).body.data.payloads).toEqual([]);
});

test("guessing tokens is slowed down by address, sending too much by hook", async () => {
  const { post, server, hook } = await start();
  let refused: Awaited<ReturnType<typeof post>> | undefined;
  for (let n = 0; n < 700 && refused?.status !== 429; n += 50) {
    for (const answer of await Promise.all(Array.from({ length: 50 }, () => post(`${server.url}/inbound/guess`, {})))) refused = answer.status === 429 ? answer : refused;
  }
  expect([refused?.status, Number(refused?.headers.get("retry-after"))]).toEqual([429, expect.any(Number)]);
  const { url } = await hook(feed);
  expect((await post(url, row(1))).status).toBe(200);
});

test("what is no JSON and no form, or too large, is refused", async () => {
  const { hook, post } = await start();
  const { url } = await hook(feed);
  expect((await post(url, "<a/>", { "content-type": "application/xml" })).status).toBe(415);
  expect((await post(url, "{}", { "content-encoding": "gzip" })).status).toBe(415);
  expect((await post(url, JSON.stringify({ a: "x".repeat(256 * 1024) }))).status).toBe(413);
  expect((await post(url, JSON.stringify({ "First Name": "A", notes: "x".repeat(200 * 1024) }))).status).toBe(200);
  expect((await fetch(url)).status).toBe(404);
});

test("secrets and urls are stored sealed; the secret is shown once", async () => {
  const { hook, call, store, workspace } = await start();
  const { id, url, secret } = await hook({ ...feed, verification: { mode: "standard" } });
  const stored = JSON.stringify(await store.read.selectFrom("inbound_hooks").selectAll().where("workspace_id", "=", workspace.id).execute()) + JSON.stringify(await store.read.selectFrom("inbound_tokens").selectAll().execute());
  expect(stored).not.toContain(url.split("/").at(-1));
  expect(stored).not.toContain(secret?.slice(6, 30));
  expect((await call("GET", `/inbound-hooks/${id}`)).body.data).not.toHaveProperty("secret");
  expect((await call("GET", "/inbound-hooks")).body.data.inboundHooks).toMatchObject([{ id, url, verification: { mode: "standard" } }]);
});

test.each([
  [{ name: "x" }, "mapping"],
  [{ name: "x", mapping: {} }, "mapping"],
  [{ name: "x", mapping: { contact: { email: "a..b" } } }, "mapping.contact.email"],
  [{ name: "x", preset: "nope" }, "preset"],
  [{ name: "", ...feed }, "name"],
  [{ name: "x", ...feed, secret: "given-but-unsigned" }, "secret"],
  [{ name: "x", ...feed, verification: { mode: "standard" }, secret: "not-whsec-prefixed" }, "secret"],
  [{ name: "x", ...feed, more: 1 }, "more"],
])("what is wrong is named by its path: %j", async (body, wrong) => {
  const { call } = await start();
  const answer = await call("POST", "/inbound-hooks", body);
  expect([answer.status, answer.body.error?.details?.[0]?.path]).toEqual([400, wrong]);
});

test("hooks and payloads are their workspace's own, and need webhooks:manage", async () => {
  const { hook, call, newKey, store, clock, secret, post, settled } = await start();
  const { id, url } = await hook(feed);
  const sent = await post(url, row(1));
  await settled(sent.body.id);
  const other = await createWorkspace(store, clock.now(), { name: "Other" });
  const { key } = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
  for (const [method, at, body] of [
    ["GET", `/inbound-hooks/${id}`], ["PATCH", `/inbound-hooks/${id}`, {}], ["POST", `/inbound-hooks/${id}/rotate`, {}], ["POST", `/inbound-hooks/${id}/renew-url`], ["POST", `/inbound-hooks/${id}/preview`, {}],
    ["POST", `/inbound-hooks/${id}/replay`, {}], ["GET", `/inbound-payloads/${sent.body.id}`], ["DELETE", `/inbound-hooks/${id}`],
  ] as const) {
    expect((await call(method, at, body, key)).status, at).toBe(404);
    expect((await call(method, at, body, secret.key)).body.error.code, at).toBe("INSUFFICIENT_SCOPE");
  }
  for (const at of ["/inbound-hooks", "/inbound-payloads"]) expect(JSON.stringify((await call("GET", at, undefined, key)).body.data)).not.toContain(id);
  expect((await call("GET", `/inbound-hooks/${id}`)).status).toBe(200);
  expect((await call("GET", "/inbound-presets")).body.data.presets).toHaveLength(3);
});

test("raw payloads are deleted after 30 days", async () => {
  const { hook, post, settled, clock, store, call } = await start();
  const { url } = await hook(feed);
  await settled((await post(url, row(1, { "Captured At": "?" }))).body.id);
  const purge = () => jobs.find((job) => job.name === "purge-inbound")?.run(store, clock.now(), createLog("silent"));
  clock.advance(29 * dayMs);
  await purge();
  expect((await call("GET", "/inbound-payloads")).body.data.payloads).toHaveLength(1);
  clock.advance(2 * dayMs);
  await purge();
  expect((await call("GET", "/inbound-payloads")).body.data.payloads).toEqual([]);
  expect(await store.read.selectFrom("inbound_rows").selectAll().execute()).toEqual([]);
});

test("raw payloads that name a person are erased with them, and no others", async () => {
  const { hook, post, settled, store, workspace, call } = await start();
  const { url } = await hook(feed);
  for (const n of [1, 2]) await settled((await post(url, row(n, { "Captured At": "?" }))).body.id);
  await store.write((tx) => deletePayloadsWith(tx, workspace.id, ["ADA1@acme1.example", "ada_@acme_.example"]));
  const { payloads } = (await call("GET", "/inbound-payloads")).body.data;
  expect(payloads).toHaveLength(1);
  expect((await call("GET", `/inbound-payloads/${payloads[0].id}`)).body.data.body).toContain("ada2@acme2.example");
  expect(await store.read.selectFrom("inbound_rows").select("idx").execute()).toHaveLength(1);
});
