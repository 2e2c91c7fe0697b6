import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuMs } from "../test/support/cpu-ms.ts";
import { parsePage } from "./page-url.ts";

const noUtm = { source: null, medium: null, campaign: null, term: null, content: null };

describe("the page", () => {
  it.each([
    ["https://example.com/pricing", "example.com", "/pricing"],
    ["https://example.com", "example.com", "/"],
    ["https://EXAMPLE.com:443/A", "example.com", "/A"],
    ["http://localhost:8788/blog/?x=1#top", "localhost:8788", "/blog/"],
    ["//cdn.example.com/x", "cdn.example.com", "/x"],
    ["https://bücher.example/ä", "xn--bcher-kva.example", "/%C3%A4"],
    ["/pricing", null, "/pricing"],
    ["/pricing?plan=pro#a", null, "/pricing"],
    ["pricing", null, "/pricing"],
    ["", null, "/"],
    ["?a=b", null, "/"],
    ["/a/../b", null, "/b"],
    ["/shop;color=red/1", null, "/shop;color=red/1"],
    ["file:///C:/page.html", null, "/C:/page.html"],
    ["javascript:alert(1)", null, "/"],
    ["data:text/html,<b>x</b>", null, "/"],
    ["mailto:jane@acme.com", null, "/"],
    ["https://", null, "/"],
    ["https://exa mple.com/x", null, "/"],
    ["https://[::1", null, "/"],
  ])("of %j is on host %j at %j", (url, host, path) => {
    expect(parsePage(url)).toMatchObject({ host, path });
    expect(parsePage(url)).toMatchObject({ host, path });
  });
});

describe("the campaign", () => {
  it("is read from the utm parameters, decoded", () => {
    const { utm } = parsePage("https://example.com/?utm_source=News%20letter&utm_medium=email&utm_campaign=spring+sale&utm_term=caf%C3%A9&utm_content=top");
    expect(utm).toEqual({ source: "News letter", medium: "email", campaign: "spring sale", term: "café", content: "top" });
  });

  it("is the first of each, in any case, and of bare paths too", () => {
    expect(parsePage("/x?UTM_Source=a&utm_source=b&utm_medium=&utm_medium=c").utm).toEqual({ ...noUtm, source: "a", medium: "c" });
  });

  it("bears broken percent-encoding", () => {
    expect(parsePage("/x?utm_source=100%&utm_medium=%zz&utm_campaign=%e4%b8").utm).toMatchObject({ source: "100%", medium: "%zz" });
  });

  it("keeps no control characters and at most 200 characters", () => {
    expect(parsePage("/x?utm_source=a%00b%0Ac").utm.source).toBe("abc");
    expect(parsePage(`/x?utm_source=${"s".repeat(900)}`).utm.source).toHaveLength(200);
    expect(parsePage("/x?utm_source=%00").utm.source).toBeNull();
  });

  it("is not read from the fragment", () => {
    expect(parsePage("/x#?utm_source=a").utm).toEqual(noUtm);
  });

  it.each(["gclid", "gbraid", "wbraid", "fbclid", "msclkid", "ttclid", "li_fat_id", "twclid"])("of %s is a click of that kind", (kind) => {
    expect(parsePage(`https://example.com/?a=b&${kind}=Abc123`).clickId).toEqual({ kind });
  });

  it("has no click where the id is empty or missing", () => {
    expect(parsePage("/x?gclid=").clickId).toBeNull();
    expect(parsePage("/x?notgclid=1").clickId).toBeNull();
  });
});

describe("the clean URL", () => {
  it.each([
    "https://example.com",
    "https://Example.com/a b?x=1&y=%zz#frag",
    "/pricing?plan=pro&utm_source=x&gclid=abc",
    "/x?promo_code=SPRING&keyword=token&tokens=3&monkey=1&author=j&passenger=2&zipcode=1",
    "/x?a&b=&=c&&d",
    "/x?",
    "/x#",
    "https://example.com/@handle/x@y",
    "/x?at=48.1@now",
    "/app#/route?tab=1",
    "/shop;color=red/1?x=1",
    "mailto:jane@acme.com",
    "javascript:alert(1)",
    "",
    "https://exa mple.com/?x=1",
  ])("of %j is %j itself", (url) => {
    expect(parsePage(url).cleanUrl).toBe(url);
  });

  it.each(
    "token password passwd pwd secret email access_token id_token refresh_token api_key apikey api-key code auth session session_id sid jwt key otp client_secret user[email] e-mail Authorization X-Amz-Signature PHPSESSID JSESSIONID resetToken"
      .split(" "),
  )("has no parameter %s", (name) => {
    expect(parsePage(`https://example.com/a?x=1&${name}=hush&y=2#top`).cleanUrl).toBe("https://example.com/a?x=1&y=2#top");
    expect(parsePage(`/a?${name.toUpperCase()}=hush`).cleanUrl).toBe("/a");
    expect(parsePage(`/a?x=1#${name}=hush&z=1`).cleanUrl).toBe("/a?x=1#z=1");
  });

  it.each([
    ["https://user:hush@example.com/x", "https://example.com/x"],
    ["https://hush@example.com/x", "https://example.com/x"],
    ["https:hush:hush@example.com/x", "https://example.com/x"],
    ["https:\\\\hush:hush@example.com\\x", "https://example.com/x"],
    ["https://a@hush@example.com/x", "https://example.com/x"],
    ["h\nttps://us\ter:hush@example.com/x", "https://example.com/x"],
    ["//user:hush@example.com/x", "http://example.com/x"],
    ["https://user:hush@exa mple.com/x", "https://exa mple.com/x"],
    ["/x?%74oken=hush&a=1", "/x?a=1"],
    ["/x?to%6ben=hush", "/x"],
    ["/x?to\nken=hush&a=1", "/x?a=1"],
    ["/x?+token=hush", "/x"],
    ["/x?a=1;token=hush", "/x"],
    ["/x?token=hush%", "/x"],
    ["/x?token=hush&token=hush", "/x"],
    ["/x?user=hush%40acme.com&a=1", "/x?a=1"],
    ["/x?user=hush@acme.com", "/x"],
    ["/x?next=%2Flogin%3Ftoken%3Dhush&a=1", "/x?a=1"],
    ["/x?next=/login?token=hush", "/x"],
    ["/x?next=%252Flogin%253Ftoken%253Dhush", "/x"],
    ["/x;jsessionid=hush/y;a=1", "/x/y;a=1"],
    ["/app#access_token=hush&token_type=bearer", "/app#token_type=bearer"],
    ["/app#/reset?token=hush&a=1", "/app#/reset?a=1"],
    ["/app#/reset?token=hush", "/app#/reset"],
    ["/x?a=1?token=hush", "/x"],
    [`/x?${"n".repeat(500)}_token=hush`, "/x"],
  ])("of %.60j is %j", (url, clean) => {
    expect(parsePage(url).cleanUrl).toBe(clean);
    expect(JSON.stringify(parsePage(url))).not.toContain("hush");
  });
});

describe("hostile texts", () => {
  it("are cut at 2,048 characters, never within a surrogate pair", () => {
    expect(parsePage(`/${"x".repeat(5000)}`).cleanUrl).toHaveLength(2048);
    expect(parsePage(`/${"😀".repeat(3000)}`).cleanUrl.isWellFormed()).toBe(true);
    expect(parsePage(`/${"é".repeat(3000)}`).path.length).toBeLessThanOrEqual(2048);
    expect(parsePage(`/?${"x".repeat(2040)}&token=hush`).cleanUrl).not.toContain("hush");
  });

  it("take less than 50 ms each", () => {
    const texts = ["?", "&", "=", ";", "#", "@", "/", "%", "%25", "a=b&", "?a=", "token=", "://", "@.", "%40.", "\\", "\n", ".", "[", "a;b=c/"].flatMap((unit): ((round: number) => string)[] => [
      (round) => unit.repeat(1_000_000 / unit.length) + round,
      (round) => `https://x/${round}?${unit.repeat(2000)}`,
      (round) => `/x${round}#${unit.repeat(2000)}=`,
    ]);
    for (const text of texts) {
      const took = cpuMs((round) => expect(parsePage(text(round)).cleanUrl.length).toBeLessThanOrEqual(2048 + 8));
      expect(took).toBeLessThan(50);
    }
  });

  it("of any kind give a path and never throw, and cleaning twice changes nothing", () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom("?", "&", "=", "#", ";", "/", "@", ":", "//", "https:", "token=", "%", "a.b", "\n", "\u0000", "%3D", "%26"));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const page = parsePage(pieces.join(""));
        expect(page.path.startsWith("/")).toBe(true);
        expect(parsePage(page.cleanUrl).cleanUrl).toBe(page.cleanUrl);
      }),
      { numRuns: 3000 },
    );
  });
});
