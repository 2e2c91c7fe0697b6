import { expect, it } from "vitest";
import type { KeyWarning } from "../../../api/console/contract.ts";
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
