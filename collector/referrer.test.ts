import { describe, expect, it } from "vitest";
import { cpuMs } from "../test/support/cpu-ms.ts";
import { parsePage } from "./page-url.ts";
import { referrerKind } from "./referrer.ts";

describe("referrerKind", () => {
  it.each([
    ["https://www.google.com/", "search", "Google"],
    ["https://www.google.co.uk/search?q=x", "search", "Google"],
    ["https://google.com", "search", "Google"],
    ["google.com", "search", "Google"],
    ["https://www.bing.com/search?q=x", "search", "Bing"],
    ["https://duckduckgo.com/", "search", "DuckDuckGo"],
    ["https://search.brave.com/", "search", "Brave Search"],
    ["android-app://com.google.android.googlequicksearchbox/", "search", "Google"],
    ["https://www.linkedin.com/feed/", "social", "LinkedIn"],
    ["https://lnkd.in/x", "social", "LinkedIn"],
    ["https://t.co/abc", "social", "Twitter"],
    ["https://l.facebook.com/l.php?u=x", "social", "Facebook"],
    ["https://old.reddit.com/r/x", "social", "Reddit"],
    ["https://news.ycombinator.com/item?id=1", "social", "Hacker News"],
    ["https://mail.google.com/mail/u/0", "email", "Gmail"],
    ["android-app://com.google.android.gm/", "email", "Gmail"],
    ["https://chatgpt.com/", "ai", "ChatGPT"],
    ["https://www.perplexity.ai/search/x", "ai", "Perplexity"],
    ["https://claude.ai/chat/1", "ai", "Claude"],
    ["https://gemini.google.com/app", "ai", "Gemini"],
    ["https://copilot.microsoft.com/", "ai", "Copilot"],
    ["https://www.blog.example.org/post", "referral", "blog.example.org"],
    ["https://127.0.0.1:9000/x", "referral", "127.0.0.1"],
  ])("of %s is %s by %s", (referrer, kind, name) => {
    expect(referrerKind(referrer, "example.com")).toMatchObject({ kind, name });
    expect(referrerKind(referrer, null)).toMatchObject({ kind, name });
  });

  it.each(["https://t.company.com/", "https://google.com.evil.example/", "https://notgoogle.com/", "https://mychatgpt.com/", "https://x.community/", "https://evil.example/google.com", "https://google.com@evil.example/"])(
    "does not take %s for its look-alike",
    (referrer) => {
      expect(referrerKind(referrer, "example.com").kind).toBe("referral");
    },
  );

  it.each([undefined, "", " ", "about:blank", "junk text", "https://", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "__proto__", "\u0000", "http://[", "%"])("of %j is direct", (referrer) => {
    expect(referrerKind(referrer, "example.com")).toEqual({ kind: "direct", name: null, host: null });
  });

  it("of the own host, with or without www., is internal", () => {
    expect(referrerKind("https://example.com/a", "example.com")).toEqual({ kind: "internal", name: null, host: "example.com" });
    expect(referrerKind("https://www.example.com/a", "example.com").kind).toBe("internal");
    expect(referrerKind("https://example.com/a", "www.example.com").kind).toBe("internal");
    expect(referrerKind("http://localhost:8788/", "localhost:8788").kind).toBe("internal");
    expect(referrerKind("/pricing", "example.com")).toEqual({ kind: "internal", name: null, host: null });
    expect(referrerKind("https://example.com/a", "example.com", parsePage("/?utm_source=x").utm).kind).toBe("internal");
  });

  it("of another host or another port is not internal", () => {
    expect(referrerKind("http://localhost:8787/", "localhost:8788").kind).toBe("referral");
    expect(referrerKind("https://evil-example.com/", "example.com").kind).toBe("referral");
  });

  it.each([
    ["/?utm_source=spring&utm_medium=cpc", "campaign", "spring"],
    ["/?utm_source=linkedin&utm_medium=paid-social", "campaign", "LinkedIn"],
    ["/?utm_source=weekly&utm_medium=email", "email", "weekly"],
    ["/?utm_source=weekly&utm_medium=Newsletter", "email", "weekly"],
    ["/?utm_campaign=launch", "campaign", "launch"],
    ["/?utm_medium=cpc", "campaign", "cpc"],
    ["/?utm_source=chatgpt.com", "ai", "ChatGPT"],
  ])("lets the tags of %s win over the page before", (page, kind, name) => {
    const { utm } = parsePage(page);
    expect(referrerKind("https://www.google.com/", "example.com", utm)).toEqual({ kind, name, host: "www.google.com" });
    expect(referrerKind(undefined, "example.com", utm)).toEqual({ kind, name, host: null });
  });

  it("goes by the referrer where the page has no tags", () => {
    expect(referrerKind("https://www.google.com/", "example.com", parsePage("/?a=b&gclid=1").utm).kind).toBe("search");
  });

  it("answers hostile texts of a megabyte in under 50 ms", () => {
    for (const unit of ["a", ".", "a.", "/", "www.", "-", "https://", "@", "%", "\n"]) {
      const took = cpuMs((round) => {
        referrerKind(unit.repeat(1_000_000 / unit.length) + round, "example.com");
        referrerKind(`https://${unit.repeat(100_000)}${round}`, "example.com");
      });
      expect(took).toBeLessThan(50);
    }
  });
});
