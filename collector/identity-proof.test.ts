import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { signIdentity, verifyIdentity } from "./identity-proof.ts";

const secret = "s3cret-of-a-key";
/** What a customer's own server does, in any language. */
const customerSigns = (text: string) => createHmac("sha256", secret).update(text).digest("hex");

describe("identity proofs", () => {
  it("are what a customer makes of the trimmed, lower-cased address", () => {
    expect(signIdentity(secret, "  Jane@ACME.com ")).toBe(customerSigns("jane@acme.com"));
    expect(verifyIdentity(secret, "jane@acme.com", customerSigns("jane@acme.com"))).toBe(true);
    expect(verifyIdentity(secret, " JANE@acme.com", customerSigns("jane@acme.com"))).toBe(true);
  });

  it("prove a contactId", () => {
    expect(verifyIdentity(secret, "01jabcdefghjkmnpqrstvwxyz0", customerSigns("01jabcdefghjkmnpqrstvwxyz0"))).toBe(true);
  });

  it("normalise full-width letters", () => {
    expect(verifyIdentity(secret, "ｊａｎｅ@acme.com", customerSigns("jane@acme.com"))).toBe(true);
  });

  it("prove an international domain in either spelling", () => {
    for (const value of ["jane@bücher.example", "jane@xn--bcher-kva.example"]) {
      expect(verifyIdentity(secret, value, customerSigns("jane@bücher.example"))).toBe(true);
      expect(verifyIdentity(secret, value, customerSigns("jane@xn--bcher-kva.example"))).toBe(true);
    }
  });

  it("may be written in upper-case hex", () => {
    expect(verifyIdentity(secret, "jane@acme.com", customerSigns("jane@acme.com").toUpperCase())).toBe(true);
  });

  it.each([
    ["another person's", customerSigns("joe@acme.com")],
    ["one by another secret", createHmac("sha256", "other").update("jane@acme.com").digest("hex")],
    ["none", ""],
    ["a cut one", customerSigns("jane@acme.com").slice(0, 62)],
    ["a longer one", `${customerSigns("jane@acme.com")}00`],
    ["one that is not hex", "z".repeat(64)],
    ["one half of which is not hex", customerSigns("jane@acme.com").slice(0, 32) + "z".repeat(32)],
    ["text of more bytes than characters", "é".repeat(64)],
  ])("refuse %s", (_name, proof) => {
    expect(verifyIdentity(secret, "jane@acme.com", proof)).toBe(false);
  });

  it("refuse a proof with any one digit changed", () => {
    const proof = customerSigns("jane@acme.com");
    for (let i = 0; i < proof.length; i++) {
      const wrong = proof.slice(0, i) + (proof[i] === "0" ? "1" : "0") + proof.slice(i + 1);
      expect(verifyIdentity(secret, "jane@acme.com", wrong)).toBe(false);
    }
  });

  it("prove nothing with an empty secret or for nobody", () => {
    expect(verifyIdentity("", "jane@acme.com", createHmac("sha256", "").update("jane@acme.com").digest("hex"))).toBe(false);
    expect(verifyIdentity(secret, "", customerSigns(""))).toBe(false);
    expect(() => signIdentity("", "jane@acme.com")).toThrow(/secret/);
  });
});
