import { expect, test } from "vitest";
import { fixedClock } from "../../core/clock.ts";
import { allScopes } from "../../core/endpoint.ts";
import { unseal } from "../../core/seal.ts";
import { deriveSecret } from "../../core/secret.ts";
import { startApi } from "../../test/support/api.ts";
import { createWorkspace } from "../keys/index.ts";

const hook = { url: "https://hooks.example.com/in?a=1", events: ["contact.created", "enrollment.*"], description: "CRM" };

async function start() {
  const clock = fixedClock(1_900_000_000_000);
  const api = await startApi({ clock });
  const manager = await api.newKey({ scopes: [...allScopes] });
  const call = (method: string, path: string, body?: unknown, key = manager.key) => api.call(method, `/v1${path}`, { body, key });
  const stored = async (id: string) => api.store.read.selectFrom("webhooks").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const open = (id: string, sealed: string | null) => unseal(deriveSecret(api.server.parts.secret, "webhooks"), [api.workspace.id, id, "secret"], sealed ?? "");
  return { ...api, clock, call, stored, open, plainKey: api.secret.key };
}

const path = (answer: { body: { error?: { details?: { path: string }[] } } }) => answer.body.error?.details?.[0]?.path;

test("a webhook's secret is shown once and stored sealed", async () => {
  const { call, stored, open } = await start();
  const made = await call("POST", "/webhooks", hook);
  expect([made.status, made.body.data]).toEqual([201, expect.objectContaining({ ...hook, status: "enabled", oldSecretUntil: null, secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) })]);
  const { id, secret, ...shown } = made.body.data;
  expect((await call("GET", `/webhooks/${id}`)).body.data).toEqual({ id, ...shown });
  expect((await call("GET", "/webhooks")).body.data.webhooks).toEqual([{ id, ...shown }]);
  const row = await stored(id);
  expect(JSON.stringify(row)).not.toContain(secret.slice(6, 20));
  expect(open(id, row.secret)).toBe(secret);
});

test("rotating shows a new secret once and keeps the old one for the overlap", async () => {
  const { call, stored, open, clock } = await start();
  const { id, secret } = (await call("POST", "/webhooks", hook)).body.data;
  const rotated = (await call("POST", `/webhooks/${id}/rotate`, { overlap: "1h" })).body.data;
  expect(rotated.secret).not.toBe(secret);
  expect(rotated.oldSecretUntil).toBe(clock.now() + 3_600_000);
  const row = await stored(id);
  expect([open(id, row.secret), open(id, row.old_secret)]).toEqual([rotated.secret, secret]);
  clock.advance(3_600_000);
  expect((await call("GET", `/webhooks/${id}`)).body.data.oldSecretUntil).toBeNull();
  await call("POST", `/webhooks/${id}/rotate`, { overlap: "0" });
  expect(await stored(id)).toMatchObject({ old_secret: null, old_secret_until: null });
});

test("a webhook is changed, switched off, and removed with its deliveries", async () => {
  const { call } = await start();
  const { id, secret: _, ...made } = (await call("POST", "/webhooks", hook)).body.data;
  expect((await call("PATCH", `/webhooks/${id}`, { status: "disabled", description: null })).body.data).toEqual({ id, ...made, status: "disabled", description: null });
  const sent = await call("POST", `/webhooks/${id}/test`);
  expect([sent.status, sent.body.data]).toEqual([202, { deliveryId: expect.any(String), status: "queued" }]);
  const replayed = (await call("POST", `/webhook-deliveries/${sent.body.data.deliveryId}/replay`)).body.data.deliveryId;
  const { deliveries } = (await call("GET", `/webhook-deliveries?webhookId=${id}`)).body.data;
  expect(deliveries).toMatchObject([{ id: replayed, event: "webhook.test", replayOf: sent.body.data.deliveryId }, { id: sent.body.data.deliveryId, replayOf: null }]);
  expect((await call("DELETE", `/webhooks/${id}`)).status).toBe(200);
  expect((await call("DELETE", `/webhooks/${id}`)).status).toBe(404);
  expect((await call("GET", "/webhook-deliveries")).body.data).toEqual({ deliveries: [], hasMore: false, nextCursor: null });
});

test.each([
  [{ ...hook, url: "ftp://x.com" }, "url"],
  [{ ...hook, url: "https://me:pass@x.com" }, "url"],
  [{ ...hook, url: "//x.com" }, "url"],
  [{ ...hook, events: [] }, "events"],
  [{ ...hook, events: ["*", "contact created"] }, "events.1"],
  [{ ...hook, events: ["contact.creatd"] }, "events.0"],
  [{ ...hook, events: ["contacts.*"] }, "events.0"],
  [{ ...hook, secret: "mine" }, "secret"],
])("what is wrong is named by its path: %j", async (body, wrong) => {
  const { call } = await start();
  const answer = await call("POST", "/webhooks", body);
  expect([answer.status, path(answer)]).toEqual([400, wrong]);
});

test("webhooks are their workspace's own, and need webhooks:manage", async () => {
  const { call, newKey, store, plainKey, clock } = await start();
  const other = await createWorkspace(store, clock.now(), { name: "Other" });
  const { key } = await newKey({ workspaceId: other.id, scopes: [...allScopes] });
  const { id } = (await call("POST", "/webhooks", hook)).body.data;
  const { deliveryId } = (await call("POST", `/webhooks/${id}/test`)).body.data;
  for (const [method, at, body] of [["GET", `/webhooks/${id}`], ["PATCH", `/webhooks/${id}`, {}], ["POST", `/webhooks/${id}/rotate`, {}], ["POST", `/webhooks/${id}/test`], ["DELETE", `/webhooks/${id}`], ["POST", `/webhooks/${id}/replay`, { from: 1 }], ["GET", `/webhook-deliveries/${deliveryId}`], ["POST", `/webhook-deliveries/${deliveryId}/replay`]] as const) {
    expect((await call(method, at, body, key)).status, at).toBe(404);
    expect((await call(method, at, body, plainKey)).body.error.code, at).toBe("INSUFFICIENT_SCOPE");
  }
  expect((await call("GET", "/webhook-deliveries", undefined, key)).body.data.deliveries).toEqual([]);
  expect((await call("GET", `/webhooks/${id}`)).status).toBe(200);
  expect((await call("GET", "/webhook-deliveries")).body.data.deliveries).toHaveLength(1);
});
