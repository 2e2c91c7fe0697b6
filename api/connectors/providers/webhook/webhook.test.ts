import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { startFarSide } from "../../../../test/support/far-side.ts";
import { startPlugged } from "../../../../test/support/plugged.ts";
import { testConnector } from "../../service.ts";

const secret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;

async function start(status = 204, headers: Record<string, string> = {}) {
  const receiver = await startFarSide(() => ({ status, headers, body: status === 204 ? "" : "a stranger's words" }));
  const plugged = await startPlugged();
  const { id } = await plugged.add("webhook", { url: `${receiver.url}/in?token=t0ken-of-mine`, secret, headers: { Authorization: "Bearer mine", "Webhook-Signature": "v1,forged" } });
  return { ...plugged, receiver, id };
}

test("a body is posted signed by Standard Webhooks, with the same id for each try", async () => {
  const { call, receiver, id, clock } = await start();
  // The library that checks it compares with the time of day.
  clock.advance(Date.now() - clock.now());
  const post = { do: "post", body: { hello: "wörld" }, headers: { "X-Campaign": "7", Authorization: "from the step", "content-length": "1" }, idempotencyKey: "signal 1, step 2" } as const;
  await expect(call(id, post)).rejects.toMatchObject({ kind: "refused" });
  const fine = { ...post, headers: { "X-Campaign": "7", Authorization: "from the step" } };
  expect(await call(id, fine)).toEqual({ status: "sent", detail: { httpStatus: 204 } });
  await call(id, fine);
  await call(id, { ...fine, idempotencyKey: "signal 1, step 3" });
  const [first, second, third] = receiver.heard;
  expect(new Webhook(secret).verify(first?.body ?? "", first?.headers as Record<string, string>)).toEqual({ hello: "wörld" });
  expect(first).toMatchObject({ method: "POST", url: "/in?token=t0ken-of-mine", headers: { "x-campaign": "7", authorization: "Bearer mine" } });
  expect(first?.headers["webhook-id"]).toMatch(/^msg_[\w-]{27}$/);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(third?.headers["webhook-id"]).not.toBe(first?.headers["webhook-id"]);
});

test("a notification and a test are messages of their own", async () => {
  const { call, receiver, id, ctx, parts } = await start();
  await call(id, { do: "notify", message: "Ada is back", subject: "Hot", idempotencyKey: "k" });
  expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: true });
  expect(receiver.heard.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([{ type: "notification", data: { message: "Ada is back", subject: "Hot" } }, { type: "connector.test", data: {} }]);
});

test.each([[400, "bad_request"], [401, "auth"], [404, "refused"], [410, "refused"], [409, "retry"], [500, "retry"], [301, "refused"], [429, "rate_limited"]])("a receiver's %d is %s, and its words are not repeated", async (status, kind) => {
  const { failure, id, receiver } = await start(status, { location: "/moved" });
  const error = await failure(id, { do: "post", body: {}, idempotencyKey: "k" });
  expect(error.kind).toBe(kind);
  expect(error.message).not.toContain("stranger");
  expect(receiver.heard).toHaveLength(1);
});
