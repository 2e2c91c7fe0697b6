import { expect, test } from "vitest";
import { seal, unseal } from "./seal.ts";

const binding = ["w1", "hook1", "secret"];

test("what is sealed opens with its key and binding only, unchanged, and shows nothing of itself", () => {
  const sealed = seal("key", binding, "whsec_ü");
  expect(unseal("key", binding, sealed)).toBe("whsec_ü");
  expect(sealed).not.toContain("whsec");
  expect(seal("key", binding, "whsec_ü")).not.toBe(sealed);
  expect(() => unseal("other", binding, sealed)).toThrow(/authenticate/);
  for (const wrong of [["w2", "hook1", "secret"], ["w1", "hook2", "secret"], ["w1", "hook1", "old"]]) expect(() => unseal("key", wrong, sealed)).toThrow(/authenticate/);
  const at = sealed.length - 4;
  expect(() => unseal("key", binding, sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1))).toThrow(/authenticate/);
  expect(() => unseal("key", binding, "whsec_plain")).toThrow(/no sealed secret/);
});
