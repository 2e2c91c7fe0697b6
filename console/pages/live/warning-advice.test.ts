import { expect, it } from "vitest";
import type { CountsWarning, KeyWarning, WebhookWarning } from "../../../api/console/contract.ts";
import { warningAdvice } from "./warning-advice.ts";

const exposed = (more: Partial<KeyWarning> = {}): KeyWarning => ({
  kind: "secret_key_exposed", keyId: "k1", keyName: "Server", keyHint: "gtm_sk_abcd…wxyz", place: "browser", origin: "https://www.example.com", at: 0, ...more,
});

it("names an exposed key, the page, and the command that replaces it", () => {
  const advice = warningAdvice(exposed());
  expect(advice.text).toContain("“Server” (gtm_sk_abcd…wxyz) came from a page of https://www.example.com");
  expect(advice.paste).toContain("key rotate k1");
});

it("says where else a key was seen", () => {
  expect(warningAdvice(exposed({ place: "url" })).title).toContain("in an address");
  expect(warningAdvice(exposed({ place: "body" })).title).toContain("in a body");
  expect(warningAdvice(exposed({ origin: null })).text).toContain("an unknown origin");
});

const counts = (more: Partial<CountsWarning> = {}): CountsWarning => ({
  kind: "counts_differ", keyId: "k1", keyName: "Website", hours: 1, hour: Date.parse("2026-11-23T14:00:00Z"), received: 8, decided: 8, stored: 7, rows: 6, database: "sqlite", at: 0, ...more,
});

it("says which hour of which key does not add up, by which figures, and how to check the file", () => {
  const { text, paste } = warningAdvice(counts(), "UTC");
  expect(text).toMatch(/Key “Website”, .*14:00.*15:00: 7 counted as stored, but 6 there\. If/);
  expect(paste).toContain("PRAGMA integrity_check");
  expect(warningAdvice(counts({ decided: 7, rows: 7 })).text).toContain(": 8 received, but 7 stored, repeated or dropped. If");
  expect(warningAdvice(counts({ hours: 3 })).text).toContain("So it is in 3 hours");
  expect(warningAdvice(counts({ database: "postgres" }))).not.toHaveProperty("paste");
});

it("says of a webhook that fails what becomes of its deliveries, and of one that is off how to bring it back", () => {
  const webhook: WebhookWarning = { kind: "webhook_failing", webhookId: "h1", host: "crm.example.com", reason: null, failures: 7, at: 0 };
  expect(warningAdvice(webhook)).toEqual({ title: "The webhook to crm.example.com keeps failing", text: expect.stringContaining("Its last 7 tries failed.") });
  const { title, text } = warningAdvice({ ...webhook, kind: "webhook_disabled", reason: "The receiver answered 410 Gone." });
  expect(title).toBe("The webhook to crm.example.com was switched off");
  expect(text).toMatch(/^The receiver answered 410 Gone\. .*PATCH \/v1\/webhooks\/h1 .*replay\.$/);
});
