import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test } from "vitest";
import { fixedClock, systemClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { startApi } from "../../test/support/api.ts";
import { type Receiver, startReceiver } from "../../test/support/receiver.ts";
import { warningsOf } from "../console/warnings.ts";
import { createWorkspace } from "../keys/index.ts";
import { deleteDeliveriesOf } from "./queries.ts";

const hourMs = 3_600_000;
const wait = { timeout: 60_000, interval: 20 };
let day = 1_910_000_000_000;

/** A server that may reach receivers on loopback; `clock` moves by hand unless it has to be the real one. */
async function start(real = false) {
  const clock = fixedClock((day += 100 * 24 * hourMs));
  const api = await startApi({ clock: real ? systemClock : clock, flags: { "allow-outbound": "127.0.0.1" } });
  const { key } = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown) => api.call(method, `/v1${path}`, { body, key });
  const hook = async (url: string, events: string[]) => (await call("POST", "/webhooks", { url, events })).body.data as { id: string; secret: string };
  const person = async (n: number) => (await call("POST", "/contacts", { email: `p${n}@acme.example`, firstName: "Ada" })).body.data.contactId as string;
  const deliveries = async (id: string) => (await call("GET", `/webhook-deliveries?webhookId=${id}`)).body.data.deliveries as { id: string; status: string; attempts: number; error: string | null; responseStatus: number | null; nextAttemptAt: number | null; event: string }[];
  return { ...api, clock, call, hook, person, deliveries };
}

async function receiver(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const started = await startReceiver(...args);
  onTestFinished(() => started.close());
  return started;
}

const ids = (to: Receiver) => to.received.map(({ headers }) => headers["webhook-id"]);

test("an event arrives signed by Standard Webhooks, with the contact as the API shows it", async () => {
  const { hook, person, call, deliveries } = await start(true);
  const to = await receiver();
  const { id, secret } = await hook(to.url, ["contact.created"]);
  const contactId = await person(1);
  await expect.poll(() => to.received.length, wait).toBe(1);
  const [got] = to.received;
  const verified = new Webhook(secret).verify(got?.body ?? "", got?.headers ?? {});
  const { data } = (await call("GET", `/contacts?limit=1`)).body;
  expect(verified).toEqual({ type: "contact.created", timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), data: { contactId, contact: data.contacts[0] } });
  expect(() => new Webhook(`whsec_${Buffer.alloc(32).toString("base64")}`).verify(got?.body ?? "", got?.headers ?? {})).toThrow(/signature/i);
  await expect.poll(() => deliveries(id), wait).toMatchObject([{ status: "delivered", attempts: 1, responseStatus: 200, error: null, nextAttemptAt: null }]);
  const [delivery] = await deliveries(id);
  const detail = (await call("GET", `/webhook-deliveries/${delivery?.id}`)).body.data;
  expect(detail).toMatchObject({ messageId: got?.headers["webhook-id"], payload: verified as object, tries: [{ attempt: 1, responseStatus: 200, error: null, durationMs: expect.any(Number) }] });
  expect((await call("GET", `/webhooks/${id}`)).body.data).toMatchObject({ failures: 0, failingSince: null, lastSuccessAt: expect.any(Number) });
});

test("while a rotation overlaps a request verifies by either secret, and by the new one alone afterwards", async () => {
  const { hook, call, store, workspace } = await start(true);
  const to = await receiver();
  const { id, secret: old } = await hook(to.url, ["*"]);
  const { secret } = (await call("POST", `/webhooks/${id}/rotate`, { overlap: "1h" })).body.data;
  const verifies = (by: string, n: number) => {
    try {
      return new Webhook(by).verify(to.received[n]?.body ?? "", to.received[n]?.headers ?? {}) !== undefined;
    } catch {
      return false;
    }
  };
  await call("POST", `/webhooks/${id}/test`);
  await expect.poll(() => to.received.length, wait).toBe(1);
  expect(to.received[0]?.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
  expect([verifies(secret, 0), verifies(old, 0)]).toEqual([true, true]);
  await store.write((tx) => tx.updateTable("webhooks").set({ old_secret_until: Date.now() - 1 }).where("workspace_id", "=", workspace.id).execute());
  await call("POST", `/webhooks/${id}/test`);
  await expect.poll(() => to.received.length, wait).toBe(2);
  expect([verifies(secret, 1), verifies(old, 1)]).toEqual([true, false]);
});

test("what fails is tried ten times within 75 hours under one webhook-id, then kept as dead with its reason, and the webhook is switched off", async () => {
  const { hook, person, deliveries, clock, call, store, workspace } = await start();
  const to = await receiver((response) => void response.writeHead(500).end("<html>secret</html>"));
  const watcher = await receiver();
  const { id } = await hook(to.url, ["contact.*"]);
  await hook(watcher.url, ["webhook.*"]);
  await person(1);
  const from = clock.now();
  const waits: number[] = [];
  for (let n = 1; n < 10; n++) {
    await expect.poll(() => deliveries(id), wait).toMatchObject([{ status: "failed", attempts: n, responseStatus: 500, error: "The receiver answered 500." }]);
    const next = (await deliveries(id))[0]?.nextAttemptAt ?? 0;
    waits.push(next - clock.now());
    clock.advance(next - clock.now());
  }
  await expect.poll(() => deliveries(id), wait).toMatchObject([{ status: "dead", attempts: 10, error: "The receiver answered 500. It was the last of 10 tries.", nextAttemptAt: null }]);
  for (const [i, base] of [5000, 300_000, 1_800_000, 7_200_000, 5 * hourMs, 10 * hourMs, 14 * hourMs, 20 * hourMs, 24 * hourMs].entries()) {
    expect(Math.abs((waits[i] ?? 0) / base - 1), `wait ${i}`).toBeLessThanOrEqual(0.0401);
  }
  expect((clock.now() - from) / hourMs).toBeGreaterThanOrEqual(72);
  expect(to.received).toHaveLength(10);
  expect(new Set(ids(to)).size).toBe(1);
  expect(new Set(to.received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(10);
  expect((await call("GET", `/webhooks/${id}`)).body.data).toMatchObject({ status: "disabled", disabledAt: expect.any(Number), disabledReason: "Nothing arrived for three days.", failures: 10 });
  await expect.poll(() => watcher.received.map(({ body }) => JSON.parse(body)), wait).toMatchObject([{ type: "webhook.failing", data: { webhookId: id } }, { type: "webhook.disabled", data: { webhookId: id, reason: "Nothing arrived for three days." } }]);
  expect(await warningsOf(store, workspace.id, clock.now())).toMatchObject([{ kind: "webhook_disabled", webhookId: id, host: new URL(to.url).host, reason: "Nothing arrived for three days.", failures: 10 }]);
  expect(await warningsOf(store, "another", clock.now())).toEqual([]);
  const tries = (await call("GET", `/webhook-deliveries/${(await deliveries(id))[0]?.id}`)).body.data.tries;
  expect(tries).toHaveLength(10);
  expect(JSON.stringify(tries)).not.toContain("secret");
});

test("a dead one is replayed in bulk by its time, under its old webhook-id; switched on again the webhook is well", async () => {
  const { hook, person, deliveries, clock, call } = await start();
  let status = 410;
  const to = await receiver((response) => void response.writeHead(status).end());
  const { id } = await hook(to.url, ["contact.*"]);
  const from = clock.now();
  await person(1);
  await expect.poll(() => deliveries(id), wait).toMatchObject([{ status: "dead", attempts: 1, error: "The receiver answered 410 Gone: the webhook was switched off." }]);
  expect((await call("GET", `/webhooks/${id}`)).body.data).toMatchObject({ status: "disabled", disabledReason: "The receiver answered 410 Gone." });
  // Handed out while this webhook is off, as another one's hearing of it shows: it is not for later.
  const watcher = await receiver();
  await hook(watcher.url, ["contact.*"]);
  await person(2);
  await expect.poll(() => watcher.received.length, wait).toBe(1);
  clock.advance(1000);
  status = 204;
  expect((await call("PATCH", `/webhooks/${id}`, { status: "enabled" })).body.data).toMatchObject({ status: "enabled", failures: 0, disabledAt: null, disabledReason: null });
  expect((await call("POST", `/webhooks/${id}/replay`, { from, to: from })).body.error.details[0].code).toBe("empty_range");
  expect((await call("POST", `/webhooks/${id}/replay`, { from: clock.now() - 500 })).status).toBe(202);
  expect((await call("POST", `/webhooks/${id}/replay`, { from })).body.data).toEqual({ webhookId: id, from, to: clock.now(), status: "dead" });
  await expect.poll(() => deliveries(id), wait).toMatchObject([{ status: "delivered", responseStatus: 204 }, { status: "dead" }]);
  expect(ids(to)).toHaveLength(2);
  expect(new Set(ids(to)).size).toBe(1);
  expect(to.received[0]?.body).toBe(to.received[1]?.body);
});

test("Retry-After is honoured by all that waits for the receiver", async () => {
  const { hook, person, deliveries, clock, call } = await start();
  let busy = true;
  const to = await receiver((response) => void response.writeHead(busy ? 429 : 200, { "retry-after": "7200" }).end());
  const { id } = await hook(to.url, ["contact.*"]);
  await person(1);
  await expect.poll(() => deliveries(id), wait).toMatchObject([{ status: "failed", responseStatus: 429, nextAttemptAt: clock.now() + 2 * hourMs }]);
  expect((await call("GET", `/webhooks/${id}`)).body.data.holdUntil).toBe(clock.now() + 2 * hourMs);
  await person(2);
  await expect.poll(() => deliveries(id), wait).toHaveLength(2);
  clock.advance(hourMs);
  const other = await receiver();
  const { id: marker } = await hook(other.url, ["contact.*"]);
  await person(3);
  await expect.poll(() => deliveries(marker), wait).toMatchObject([{ status: "delivered" }]);
  expect(to.received).toHaveLength(1);
  busy = false;
  clock.advance(hourMs);
  await expect.poll(async () => (await deliveries(id)).map(({ status }) => status), wait).toEqual(["delivered", "delivered", "delivered"]);
});

test("a redirect is a failure, and is not followed", async () => {
  const { hook, person, deliveries } = await start();
  const target = await receiver();
  const to = await receiver((response) => void response.writeHead(307, { location: target.url }).end());
  const { id } = await hook(to.url, ["contact.*"]);
  await person(1);
  await expect.poll(() => deliveries(id), wait).toMatchObject([{ status: "failed", error: "The receiver answered with a redirect, which is not followed." }]);
  expect(target.received).toEqual([]);
});

test("nobody there, or a place that may not be reached: one text", async () => {
  const { hook, person, deliveries, store, workspace } = await start();
  const gone = await startReceiver();
  await gone.close();
  const a = await hook(gone.url, ["contact.*"]);
  const b = await hook("https://hooks.example.com/x", ["contact.*"]);
  // A name that resolves to a private address only shows itself when it is called.
  await store.write((tx) => tx.updateTable("webhooks").set({ url: "http://10.0.0.1/x" }).where("workspace_id", "=", workspace.id).where("id", "=", b.id).execute());
  await person(1);
  for (const { id } of [a, b]) await expect.poll(() => deliveries(id), wait).toMatchObject([{ status: "failed", responseStatus: null, error: "The address could not be reached, or may not be." }]);
});

test("a receiver that never answers holds nobody else's deliveries up, and takes few of its own at once", async () => {
  const { hook, person, deliveries } = await start();
  const held: (() => void)[] = [];
  const slow = await receiver((response) => void held.push(() => response.end()));
  const quick = await receiver();
  await hook(slow.url, ["contact.*"]);
  const { id } = await hook(quick.url, ["contact.*"]);
  for (let n = 0; n < 12; n++) await person(n);
  await expect.poll(() => quick.received.length, wait).toBe(12);
  await expect.poll(async () => (await deliveries(id)).every(({ status }) => status === "delivered"), wait).toBe(true);
  expect(slow.received).toHaveLength(4);
  const let_ = setInterval(() => held.splice(0).forEach((end) => end()), 20);
  onTestFinished(() => clearInterval(let_));
  await expect.poll(() => slow.received.length, wait).toBe(12);
  expect(ids(slow)).toEqual(expect.arrayContaining(ids(quick)));
});

test("patterns decide who hears of what, and no other workspace does", async () => {
  const { hook, person, call, newKey, store, clock, url } = await start();
  const [all, contacts, exact, foreign] = [await receiver(), await receiver(), await receiver(), await receiver()];
  await hook(all.url, ["*"]);
  await hook(contacts.url, ["contact.*"]);
  await hook(exact.url, ["contact.archived", "enrollment.*"]);
  const other = await createWorkspace(store, clock.now(), { name: "Other" });
  const { key } = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
  await fetch(`${url}/v1/webhooks`, { method: "POST", headers: { "x-api-key": key, "content-type": "application/json" }, body: JSON.stringify({ url: foreign.url, events: ["*"] }) });
  const id = await person(1);
  await call("DELETE", `/contacts/${id}`);
  await call("POST", "/companies", { linkedInUrl: "https://www.linkedin.com/company/acme" });
  const types = (to: Receiver) => to.received.map(({ body }) => JSON.parse(body).type as string).toSorted();
  await expect.poll(() => types(all), wait).toEqual(["company.created", "contact.archived", "contact.created"]);
  await expect.poll(() => types(contacts), wait).toEqual(["contact.archived", "contact.created"]);
  await expect.poll(() => types(exact), wait).toEqual(["contact.archived"]);
  expect(foreign.received).toEqual([]);
});

test("a test is sent at once and once, also by a webhook that is switched off", async () => {
  const { hook, call, deliveries } = await start();
  const to = await receiver((response) => void response.writeHead(503).end());
  const { id } = await hook(to.url, ["contact.*"]);
  await call("PATCH", `/webhooks/${id}`, { status: "disabled" });
  await call("POST", `/webhooks/${id}/test`);
  await expect.poll(() => deliveries(id), wait).toMatchObject([{ event: "webhook.test", status: "dead", attempts: 1, responseStatus: 503 }]);
  expect(JSON.parse(to.received[0]?.body ?? "")).toMatchObject({ type: "webhook.test", data: {} });
  expect((await call("GET", `/webhooks/${id}`)).body.data.failures).toBe(0);
});

test("signals are told of where a webhook asks for them, once each, and never bots'", async () => {
  const { hook, call, store, server, workspace, publishable } = await start();
  const signal = async (more: object = {}) => (await call("POST", "/signals", { type: "website_visit", data: { pageUrl: "https://acme.example/pricing" }, ...more })).body.data.signalId as string;
  await signal();
  const kinds = async () => (await store.read.selectFrom("events").select("kind").where("workspace_id", "=", workspace.id).execute()).map(({ kind }) => kind);
  expect(await kinds()).not.toContain("signal.received");
  const to = await receiver();
  await hook(to.url, ["signal.received"]);
  // What a router learned of the workspace before holds for a second.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const id = await signal();
  await fetch(`${server.url}/v1/signals`, { method: "POST", headers: { "x-api-key": publishable.key, "user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)" }, body: JSON.stringify({ type: "website_visit", data: { pageUrl: "https://acme.example/" } }) });
  const last = await signal({ priority: "high" });
  await expect.poll(() => to.received.length, wait).toBe(2);
  expect(to.received.map(({ body }) => JSON.parse(body).data)).toMatchObject([{ signalId: id, signal: { id, page: { path: "/pricing" } } }, { signalId: last, signal: { priority: "high" } }]);
  expect((await kinds()).filter((kind) => kind === "signal.received")).toHaveLength(2);
});

test.each(["http://localhost/x", "http://10.1.2.3/x", "http://[::1]/x", "http://169.254.169.254/latest", "http://printer/x"])("an address that may not be reached is refused when it is saved: %s", async (url) => {
  const { call, hook } = await start();
  const answer = await call("POST", "/webhooks", { url, events: ["*"] });
  expect([answer.status, answer.body.error.details[0]]).toMatchObject([400, { path: "url", code: "address_not_allowed" }]);
  const { id } = await hook("https://hooks.example.com/x", ["*"]);
  expect((await call("PATCH", `/webhooks/${id}`, { url })).status).toBe(400);
});

test("what tells of a person is erased with them, sent or not, and of nobody else", async () => {
  const { hook, person, call, deliveries, store, workspace } = await start();
  const to = await receiver((response) => void response.writeHead(500).end());
  const { id } = await hook(to.url, ["contact.*"]);
  const [gone, kept] = [await person(1), await person(2)];
  await call("PATCH", `/contacts/${gone}`, { title: "CTO" });
  await expect.poll(async () => (await deliveries(id)).map(({ status }) => status), wait).toEqual(["failed", "failed", "failed"]);
  await store.write((tx) => deleteDeliveriesOf(tx, workspace.id, [gone]));
  const left = await store.read.selectFrom("webhook_deliveries").select(["contact_id", "payload"]).where("workspace_id", "=", workspace.id).execute();
  expect(left).toMatchObject([{ contact_id: kept }]);
  expect(left[0]?.payload).not.toContain("p1@acme.example");
  expect(await store.read.selectFrom("webhook_attempts").select("attempt").execute()).toHaveLength(1);
});
