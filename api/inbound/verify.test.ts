import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { Verification } from "./contract.ts";
import { verify } from "./verify.ts";

const now = 1_900_000_000_000;
const at = Math.floor(now / 1000);
const body = Buffer.from('{"a":"ü"}');
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const other = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const standard = Verification.parse({ mode: "standard" });

/** Signed by the public library, not by our own code. */
const signed = (by = secret, id = "msg_1", seconds = at, text: Buffer = body) => ({ "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": new Webhook(by).sign(id, new Date(seconds * 1000), text.toString()) });
const ok = (headers: Record<string, string>, how: Verification = standard, secrets = [secret], bytes: Buffer = body) => verify({ headers, body: bytes }, how, secrets, now).ok;

test("what the public library signs is taken, by either secret of a rotation", () => {
  expect(ok(signed())).toBe(true);
  expect(ok(signed(other))).toBe(false);
  expect(ok(signed(other), standard, [secret, other])).toBe(true);
  expect(ok({ ...signed(), "webhook-signature": `v1,AAAA v2,xyz ${signed()["webhook-signature"]}` })).toBe(true);
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = signed();
  expect(ok({ "svix-id": id, "svix-timestamp": timestamp, "svix-signature": signature })).toBe(true);
});

test.each([
  ["another body", signed(), Buffer.from('{"a":"u"}')],
  ["another id", { ...signed(), "webhook-id": "msg_2" }, body],
  ["another time", { ...signed(), "webhook-timestamp": String(at - 1) }, body],
  ["no signature", { "webhook-id": "msg_1", "webhook-timestamp": String(at) }, body],
  ["an empty signature", { ...signed(), "webhook-signature": "v1," }, body],
  ["too old", signed(secret, "msg_1", at - 301), body],
  ["from the future", signed(secret, "msg_1", at + 301), body],
  ["no number for a time", { ...signed(), "webhook-timestamp": "soon" }, body],
] as const)("%s is refused", (_what, headers, bytes) => expect(ok({ ...headers }, standard, [secret], bytes)).toBe(false));

test("five minutes either way are let pass", () => {
  expect(ok(signed(secret, "msg_1", at - 300))).toBe(true);
  expect(ok(signed(secret, "msg_1", at + 300))).toBe(true);
});

test("a repeat is known by its id under any time, a stranger's body by nothing", () => {
  const seen = (headers: Record<string, string>) => verify({ headers, body }, standard, [secret], now);
  expect(seen(signed())).toEqual(seen(signed(secret, "msg_1", at - 60)));
  expect(seen(signed())).not.toEqual(seen(signed(secret, "msg_2")));
});

const hex = (text: string | Buffer, key = "s3cret-key") => createHmac("sha256", key).update(text).digest("hex");

test("a header with an HMAC, plain or with a time", () => {
  const plain = Verification.parse({ mode: "hmac", header: "X-Hub-Signature-256", prefix: "sha256=" });
  expect(ok({ "x-hub-signature-256": `sha256=${hex(body)}` }, plain, ["s3cret-key"])).toBe(true);
  for (const wrong of [hex(body), `sha256=${hex(body).slice(2)}`, `sha256=${hex("x")}`, `sha256=${hex(body, "other")}`, "sha256=", "sha256=zz"]) expect(ok({ "x-hub-signature-256": wrong }, plain, ["s3cret-key"]), wrong).toBe(false);
  expect(ok({}, plain, ["s3cret-key"])).toBe(false);

  const timed = Verification.parse({ mode: "hmac", header: "x-slack-signature", prefix: "v0=", timestampHeader: "X-Slack-Request-Timestamp", signed: "v0:{timestamp}:{body}" });
  const headers = (seconds: number) => ({ "x-slack-request-timestamp": String(seconds), "x-slack-signature": `v0=${hex(Buffer.concat([Buffer.from(`v0:${seconds}:`), body]))}` });
  expect(ok(headers(at), timed, ["s3cret-key"])).toBe(true);
  expect(ok(headers(at - 301), timed, ["s3cret-key"])).toBe(false);
  expect(ok({ ...headers(at), "x-slack-request-timestamp": String(at + 1) }, timed, ["s3cret-key"])).toBe(false);

  const base64 = Verification.parse({ mode: "hmac", header: "x-sig", algorithm: "sha512", encoding: "base64" });
  expect(ok({ "x-sig": createHmac("sha512", "k2k2k2k2").update(body).digest("base64") }, base64, ["k2k2k2k2"])).toBe(true);
});

test.each([
  { mode: "hmac", header: "x", timestampHeader: "t" },
  { mode: "hmac", header: "x", signed: "{timestamp}.{body}" },
  { mode: "hmac", header: "x y" },
  { mode: "hmac", header: "x", signed: "body" },
  { mode: "hmac", header: "x", algorithm: "md5" },
  { mode: "trust me" },
])("%j is no way to verify", (how) => expect(Verification.safeParse(how).success).toBe(false));
