import { describe, expect, it } from "vitest";
import { initials, visitorName } from "./visitor-name.ts";

describe("names of visitors", () => {
  it("are the same for an id, always", () => {
    expect(visitorName("v2a38a4a9316c49e5a833")).toBe(visitorName("v2a38a4a9316c49e5a833"));
    expect(visitorName("1m83ffe1hdnn0bgsjg9egzevwm")).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+ [0-9a-f]{2}$/);
  });

  it("seldom meet: ids that differ in one character spread over all names", () => {
    const names = new Set(Array.from({ length: 2000 }, (_, i) => visitorName(`visitor-${i}`)));
    expect(names.size).toBeGreaterThan(1980);
  });

  it.each([
    ["Ada Lovelace", null, "AL"],
    ["Cher", null, "C"],
    ["Ana María de la Cruz", null, "AC"],
    [null, "grace.hopper@navy.example", "GH"],
    [null, null, "?"],
    ["🦉 Owl", null, "🦉O"],
  ])("shortens %j %j", (name, email, short) => {
    expect(initials(name, email)).toBe(short);
  });
});
