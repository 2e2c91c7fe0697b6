import { createHash, createHmac } from "node:crypto";
import { z } from "zod";
import { webUrl } from "../../../../core/text-words.ts";
import type { ConnectorCall } from "../../call-words.ts";
import { type Done, type Outside, provider } from "../../provider.ts";
import { ask, failureOf, isSuccess, sendJson } from "../http.ts";
import { headersOf } from "../secret-headers.ts";

const signingSecret = z
  .string()
  .max(200)
  .refine((typed) => (keyOf(typed)?.length ?? 0) >= 24, "is whsec_ and Base64 of 24 to 64 bytes");

const config = z.strictObject({
  url: webUrl.meta({ description: "Gets a POST for each call" }),
  secret: signingSecret.meta({ description: "Signs each request by Standard Webhooks: whsec_… of 24 bytes or more" }),
  headers: headersOf.optional(),
});
type Config = z.output<typeof config>;

/** A signed POST (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature) to an address of the workspace's choice. */
export const webhook = provider({
  slug: "webhook",
  name: "Webhook",
  category: "webhook",
  docs: "https://www.standardwebhooks.com",
  config,
  secrets: ["url", "secret", "headers"],
  calls: ["post", "notify"],
  target: (given) => new URL(given.url).origin,
  probe: async (outside, given) => {
    await post(outside, given, { type: "connector.test", timestamp: new Date(outside.clock.now()).toISOString(), data: {} }, `probe ${outside.clock.now()}`);
    return { answered: true };
  },
  call: async (outside, given, call): Promise<Done> => {
    const status = await post(outside, given, bodyOf(outside, call), call.idempotencyKey, call.do === "post" ? call.headers : undefined);
    return { status: "sent", detail: { httpStatus: status } };
  },
});

function bodyOf(outside: Outside, call: Extract<ConnectorCall, { do: "post" | "notify" }>): unknown {
  if (call.do === "post") return call.body;
  return { type: "notification", timestamp: new Date(outside.clock.now()).toISOString(), data: { message: call.message, ...(call.subject === undefined ? {} : { subject: call.subject }), ...(call.to === undefined ? {} : { to: call.to }) } };
}

async function post(outside: Outside, given: Config, body: unknown, idempotencyKey: string, more: Readonly<Record<string, string>> = {}): Promise<number> {
  // The same for each try, so that a receiver knows a repeat.
  const id = `msg_${createHash("sha256").update(outside.scope).update("\0").update(idempotencyKey).digest("base64url").slice(0, 27)}`;
  const timestamp = String(Math.floor(outside.clock.now() / 1000));
  const request = sendJson(body ?? null);
  const signature = createHmac("sha256", keyOf(given.secret) ?? "").update(`${id}.${timestamp}.${request.body}`).digest("base64");
  const own = { ...request.headers, accept: "*/*", "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}`, "idempotency-key": id };
  const others = Object.fromEntries(Object.entries({ ...more, ...given.headers }).filter(([name]) => !Object.hasOwn(own, name.toLowerCase())));
  const answer = await ask(outside, "The webhook's receiver", given.url, { ...request, headers: { ...others, ...own } });
  // What a stranger's server writes is not repeated (security row 27).
  if (!isSuccess(answer.status)) throw failureOf(outside, "The webhook's receiver", answer);
  return answer.status;
}

function keyOf(secret: string): Buffer | undefined {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  return text === undefined ? undefined : Buffer.from(text, "base64");
}
