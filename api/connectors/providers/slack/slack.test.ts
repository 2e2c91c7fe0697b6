import { expect, test } from "vitest";
import { startFarSide } from "../../../../test/support/far-side.ts";
import { startPlugged } from "../../../../test/support/plugged.ts";
import { testConnector } from "../../service.ts";

const notify = { do: "notify", message: "Hello", idempotencyKey: "k" } as const;

/** A Slack-shaped Web API. */
async function startBot(answer: Record<string, unknown>, more: { status?: number; headers?: Record<string, string> } = {}) {
  const slack = await startFarSide(() => ({ ...more, body: answer }));
  const plugged = await startPlugged();
  const { id } = await plugged.add("slack", { botToken: "xoxb-1-secret-token", channel: "C024", baseUrl: slack.url });
  return { ...plugged, slack, id };
}

test("a bot posts to its channel, or to the one that the call names", async () => {
  const { call, slack, id } = await startBot({ ok: true, channel: "C024", ts: "1.2" });
  expect(await call(id, { ...notify, subject: "Hot" })).toEqual({ status: "sent", detail: { channel: "C024", ts: "1.2" } });
  await call(id, { ...notify, to: "#sales" });
  expect(slack.heard).toMatchObject([{ method: "POST", url: "/chat.postMessage", headers: { authorization: "Bearer xoxb-1-secret-token" } }, { url: "/chat.postMessage" }]);
  expect(slack.heard.map(({ body }) => JSON.parse(body) as unknown)).toEqual([{ channel: "C024", text: "Hot\nHello", unfurl_links: false }, { channel: "#sales", text: "Hello", unfurl_links: false }]);
});

test("nobody's name can call a channel or hide a link", async () => {
  const { call, slack, id } = await startBot({ ok: true });
  await call(id, { ...notify, message: "<!channel> <@U1> <https://evil.example|Invoice> & co" });
  expect(JSON.parse(slack.heard[0]?.body ?? "")).toMatchObject({ text: "&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|Invoice&gt; &amp; co" });
});

test.each([
  ["invalid_auth", 200, undefined, "auth"],
  ["token_revoked", 200, undefined, "auth"],
  ["missing_scope", 200, undefined, "auth"],
  ["channel_not_found", 200, undefined, "refused"],
  ["channel_not_found", 200, "C999", "bad_request"],
  ["msg_too_long", 200, undefined, "bad_request"],
  ["internal_error", 200, undefined, "retry"],
  ["ratelimited", 429, undefined, "rate_limited"],
  ["ratelimited", 200, undefined, "rate_limited"],
  ["", 200, undefined, "retry"],
])("Slack's %s with status %d (to: %s) is %s", async (error, status, to, kind) => {
  const { failure, id } = await startBot(error === "" ? {} : { ok: false, error }, { status, headers: { "retry-after": "7" } });
  expect(await failure(id, { ...notify, to })).toMatchObject({ kind, ...(kind === "rate_limited" ? { retryAfterMs: 7000 } : {}) });
});

test("a bot's test asks who it is, and posts nothing", async () => {
  const { ctx, parts, id, slack } = await startBot({ ok: true, team: "Acme", user: "owl" });
  expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: true, detail: { team: "Acme", user: "owl" } });
  expect(slack.heard.map(({ url }) => url)).toEqual(["/auth.test"]);
});

test.each([
  [404, "no_service", "auth"], [404, "channel_not_found", "auth"], [410, "channel_is_archived", "auth"], [403, "action_prohibited", "auth"],
  [400, "invalid_payload", "bad_request"], [500, "rollup_error", "retry"], [302, "", "refused"],
])("a webhook's %d %s is %s", async (status, body, kind) => {
  const slack = await startFarSide(() => ({ status, body, headers: { location: "/elsewhere" } }));
  const { add, failure, call } = await startPlugged();
  const { id } = await add("slack", { webhookUrl: slack.url });
  expect(await failure(id, notify)).toMatchObject({ kind });
  expect(slack.heard).toHaveLength(1);
  await expect(call(id, { ...notify, to: "#sales" })).rejects.toMatchObject({ kind: kind === "auth" ? "auth" : "bad_request" });
});

test("an address that takes anything is no Slack webhook", async () => {
  const other = await startFarSide(() => ({ body: "thanks" }));
  const { add, ctx, parts } = await startPlugged();
  const { id } = await add("slack", { webhookUrl: other.url });
  expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: false, kind: "refused" });
});
