import { describe, expect, it } from "vitest";
import { mailHref, readableUrl, safeHref } from "./link.ts";

describe("links made from what strangers sent", () => {
  it.each(["http://example.com/a?b=c#d", "https://example.com/"])("follows %s", (url) => {
    expect(safeHref(url)).toBe(url);
  });

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " \u0000javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://example.com/1",
    "file:///etc/passwd",
    "android-app://com.example",
    "mailto:a@example.com",
    "//example.com",
    "/pricing",
    "",
    "https://",
  ])("does not follow %j", (url) => {
    expect(safeHref(url)).toBeNull();
  });

  it("makes nothing of nothing", () => {
    expect(safeHref(null)).toBeNull();
    expect(mailHref(null)).toBeNull();
  });

  it.each(["a@example.com", "ada.l+x@example.co.uk"])("writes to %s", (email) => {
    expect(mailHref(email)).toBe(`mailto:${email}`);
  });

  it.each(["a@example.com?bcc=x@y.z", "a@example.com&subject=x", "a b@example.com", "a@b@c", "a%0d%0ax@example.com", "javascript:alert(1)", "a"])("does not write to %j", (email) => {
    expect(mailHref(email)).toBeNull();
  });

  it("shows an address as people read it, and odd text as it is", () => {
    expect(readableUrl("https://www.example.com/stra%C3%9Fe?a=1#top")).toBe("www.example.com/straße?a=1");
    expect(readableUrl("https://example.com/%E0%A4%A")).toBe("example.com/%E0%A4%A");
    expect(readableUrl("javascript:alert(1)")).toBe("javascript:alert(1)");
  });
});
