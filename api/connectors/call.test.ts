import { describe, expect, test } from "vitest";
import { dialects } from "../../test/support/stores.ts";
import { startFarSide } from "../../test/support/far-side.ts";
import { startPlugged } from "../../test/support/plugged.ts";
import { purgeConnectorCalls } from "./jobs.ts";
import { archiveConnector, getConnector, reconnectConnector, testConnector, updateConnector } from "./service.ts";

const notify = { do: "notify", message: "Ada is on /pricing", idempotencyKey: "s1 w1 0" } as const;
const minuteMs = 60_000;

describe.each(dialects)("a call on %s", (_name, open) => {
  /** A Slack-shaped webhook that answers with `answers.status` and what is set beside it. */
  async function start() {
    const answers = { status: 200, body: "ok", headers: {} as Record<string, string> };
    const far = await startFarSide(() => ({ ...answers }));
    const plugged = await startPlugged(open);
    const { id } = await plugged.add("slack", { webhookUrl: `${far.url}/services/T0/B0/shhhh-secret` });
    const health = async () => (await getConnector(plugged.ctx, id)).health;
    return { ...plugged, far, answers, id, health };
  }

  test("that is done says so, and makes the connector healthy", async () => {
    const { call, id, far, health, clock } = await start();
    expect(await health()).toMatchObject({ status: "unknown", checkedAt: null, lastSuccessAt: null, consecutiveFailures: 0 });
    expect(await call(id, notify)).toEqual({ status: "sent", detail: {} });
    expect(far.heard.map(({ body }) => JSON.parse(body) as unknown)).toEqual([{ text: "Ada is on /pricing" }]);
    expect(await health()).toEqual({ status: "healthy", reasons: [], lastSuccessAt: clock.now(), lastErrorAt: null, consecutiveFailures: 0, checkedAt: clock.now() });
    clock.advance(24 * 60 * minuteMs + 1);
    expect(await health()).toMatchObject({ status: "unknown", reasons: ["No call or test in the last 24 hours."] });
  });

  test("that fails is told, and connector.failing and connector.recovered come once each, on the edge", async () => {
    const { call, failure, id, answers, health, events, clock, far } = await start();
    answers.status = 500;
    expect(await failure(id, notify)).toMatchObject({ kind: "retry", maybeDone: true, message: "Slack answered 500" });
    expect(await health()).toMatchObject({ status: "degraded", consecutiveFailures: 1, reasons: ["The last call failed.", "Slack answered 500"] });
    await failure(id, notify);
    expect((await events()).map(([kind]) => kind)).toEqual(["connector.created"]);
    await failure(id, notify);
    expect(await health()).toMatchObject({ status: "failing", consecutiveFailures: 3 });
    await failure(id, notify);
    expect((await events()).slice(1)).toEqual([["connector.failing", { connectorId: id, integrationSlug: "slack", reason: "retry" }]]);
    answers.status = 200;
    await call(id, notify);
    await call(id, notify);
    expect((await events()).slice(2)).toEqual([["connector.recovered", { connectorId: id, integrationSlug: "slack" }]]);
    expect(await health()).toMatchObject({ status: "degraded", consecutiveFailures: 0, reasons: ["4 of 6 calls failed in the last 24 hours."] });
    clock.advance(24 * 60 * minuteMs + 1);
    for (let i = 0; i < 2; i++) await call(id, notify);
    expect(await health()).toMatchObject({ status: "healthy", reasons: [] });
    expect(far.heard).toHaveLength(8);
  });

  test("after five failures in a row is not sent, until one try is allowed; others wait for what comes of it", async () => {
    const { call, failure, id, answers, clock, far, again } = await start();
    answers.status = 503;
    for (let i = 0; i < 5; i++) expect((await failure(id, notify)).kind).toBe("retry");
    const other = await again();
    expect(await failure(id, notify)).toMatchObject({ kind: "unavailable", retryAfterMs: 30_000, maybeDone: false });
    expect(await failure(id, notify, other)).toMatchObject({ kind: "unavailable", retryAfterMs: 30_000 });
    expect(far.heard).toHaveLength(5);
    clock.advance(30_000);
    const tried = await Promise.all([failure(id, notify), failure(id, notify, other), failure(id, notify)]);
    expect(tried.map(({ kind }) => kind).toSorted()).toEqual(["retry", "unavailable", "unavailable"]);
    expect(far.heard).toHaveLength(6);
    // Twice as long after each.
    expect(await failure(id, notify)).toMatchObject({ kind: "unavailable", retryAfterMs: 60_000 });
    answers.status = 200;
    clock.advance(60_000);
    await call(id, notify, other);
    await call(id, notify);
    expect(far.heard).toHaveLength(8);
  });

  test("waits as long as the far side asks, in every process, also when a person tests", async () => {
    const { call, failure, id, answers, clock, far, again, health, ctx, parts, events } = await start();
    Object.assign(answers, { status: 429, headers: { "retry-after": "90" } });
    expect(await failure(id, notify)).toMatchObject({ kind: "rate_limited", retryAfterMs: 90_000, maybeDone: false });
    answers.status = 200;
    clock.advance(30_000);
    const other = await again();
    expect(await failure(id, notify, other)).toMatchObject({ kind: "rate_limited", retryAfterMs: 60_000 });
    expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: false, kind: "rate_limited", reason: "The far side asked to wait." });
    expect(far.heard).toHaveLength(1);
    expect(await health()).toMatchObject({ status: "degraded", consecutiveFailures: 0, reasons: expect.arrayContaining(["The far side asked to wait."]) });
    clock.advance(60_000);
    await call(id, notify);
    expect(far.heard).toHaveLength(2);
    // By date, and 503 as well; never for longer than a day.
    Object.assign(answers, { status: 503, headers: { "retry-after": new Date(clock.now() + 5000).toUTCString() } });
    expect((await failure(id, notify)).retryAfterMs).toBe(5000);
    clock.advance(5000);
    answers.headers = { "retry-after": "99999999" };
    expect((await failure(id, notify)).retryAfterMs).toBe(24 * 60 * minuteMs);
    expect((await events()).map(([kind]) => kind)).toEqual(["connector.created"]);
  });

  test("with credentials that are not accepted needs a person, and is not tried over and over", async () => {
    const { failure, call, id, answers, health, events, far, ctx, parts, store, clock } = await start();
    Object.assign(answers, { status: 403, body: "invalid_token" });
    expect(await failure(id, notify)).toMatchObject({ kind: "auth", message: "Slack answered 403: invalid_token" });
    expect(await failure(id, notify)).toMatchObject({ kind: "auth", message: "The credentials are not accepted. Reconnect the connector." });
    expect(far.heard).toHaveLength(1);
    expect(await health()).toMatchObject({ status: "needs_reauth", reasons: ["The credentials are not accepted. Reconnect it.", "Slack answered 403: invalid_token"] });
    answers.status = 200;
    const webhookUrl = `${far.url}/services/T0/B0/another-secret`;
    const reconnected = await store.write((tx) => reconnectConnector(ctx, tx, parts, id, { webhookUrl }));
    expect(reconnected).toMatchObject({ id, health: { status: "unknown", consecutiveFailures: 0 } });
    clock.advance(1);
    await call(id, notify);
    expect(far.heard.at(-1)?.url).toBe("/services/T0/B0/another-secret");
    expect((await events()).map(([kind, { reason }]) => [kind, reason])).toEqual([["connector.created", undefined], ["connector.failing", "auth"], ["connector.reconnected", undefined], ["connector.recovered", undefined]]);
    expect((await health()).status).toBe("healthy");
  });

  test("whose content is wrong is final, and says nothing against the connector", async () => {
    const { failure, id, answers, health } = await start();
    Object.assign(answers, { status: 400, body: "msg_too_long" });
    for (let i = 0; i < 6; i++) expect(await failure(id, notify)).toMatchObject({ kind: "bad_request", maybeDone: false });
    expect(await health()).toMatchObject({ status: "degraded", consecutiveFailures: 0, reasons: ["6 of 6 calls failed in the last 24 hours."] });
  });

  test("that fails with credentials which were replaced meanwhile leaves the new ones alone", async () => {
    const { failure, id, far, health, ctx, parts, store } = await start();
    const held = await startFarSide(async () => {
      await store.write((tx) => reconnectConnector(ctx, tx, parts, id, { webhookUrl: `${far.url}/new-secret` }));
      return { status: 403 };
    });
    await store.write((tx) => reconnectConnector(ctx, tx, parts, id, { webhookUrl: `${held.url}/old-secret` }));
    expect((await failure(id, notify)).kind).toBe("auth");
    expect(await health()).toMatchObject({ status: "unknown", consecutiveFailures: 0, lastErrorAt: null });
  });

  test("of a connector that is archived, off, missing or another workspace's is refused, and sent nowhere", async () => {
    const { failure, id, far, store, ctx, parts, health } = await start();
    await store.write((tx) => updateConnector(ctx, tx, parts, id, { enabled: false }));
    expect(await failure(id, notify)).toMatchObject({ kind: "refused", message: "The connector is switched off." });
    expect(await health()).toMatchObject({ status: "disabled", reasons: ["It is switched off."] });
    await store.write((tx) => updateConnector(ctx, tx, parts, id, { enabled: true }));
    expect(await failure(id, { do: "lookup", contact: {} })).toMatchObject({ kind: "refused", message: 'Slack is not made for "lookup".' });
    await store.write((tx) => archiveConnector(ctx, tx, id));
    expect(await failure(id, notify)).toMatchObject({ kind: "refused", message: "The connector is archived." });
    expect((await health()).status).toBe("disabled");
    expect(await failure("nobody", notify)).toMatchObject({ kind: "refused", message: "There is no such connector." });
    expect(far.heard).toEqual([]);
    expect(await store.read.selectFrom("connector_calls").selectAll().execute()).toEqual([]);
  });

  test("beyond eight at once waits for another time", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const far = await startFarSide(async () => {
      await gate;
      return { body: "ok" };
    });
    const { add, call, failure } = await startPlugged(open);
    const { id } = await add("slack", { webhookUrl: far.url });
    const eight = Array.from({ length: 8 }, () => call(id, notify));
    await expect.poll(() => far.heard.length).toBe(8);
    const ninth = await failure(id, notify).finally(() => release());
    expect(ninth).toMatchObject({ kind: "unavailable", maybeDone: false, retryAfterMs: 1000 });
    await Promise.all(eight);
    await call(id, notify);
    expect(far.heard).toHaveLength(9);
  });

  test("is kept for the day that health looks at, and no more than the newest 5,000 of a connector", async () => {
    const { call, id, clock, store, ctx } = await start();
    await call(id, notify);
    clock.advance(25 * 60 * minuteMs + 1);
    await call(id, notify);
    const count = async () => Number((await store.read.selectFrom("connector_calls").select((eb) => eb.fn.countAll().as("n")).executeTakeFirstOrThrow()).n);
    await purgeConnectorCalls(store, clock.now());
    expect(await count()).toBe(1);
    const { id: last, ...row } = await store.read.selectFrom("connector_calls").selectAll().executeTakeFirstOrThrow();
    const more = Array.from({ length: 5010 }, (_, i) => ({ ...row, id: `${last.slice(0, 9)}${"z".repeat(12)}${String(i).padStart(5, "0")}` }));
    for (let i = 0; i < more.length; i += 500) await store.write((tx) => tx.insertInto("connector_calls").values(more.slice(i, i + 500)).execute());
    await purgeConnectorCalls(store, clock.now());
    expect(await count()).toBe(5000);
    expect((await getConnector(ctx, id)).health.status).toBe("healthy");
  });
});
