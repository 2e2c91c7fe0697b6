import { describe, expect, it } from "vitest";
import { cpuMs } from "../test/support/cpu-ms.ts";
import { botReason, parseUserAgent } from "./client-hints.ts";

const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const headless = chrome.replace("Chrome/", "HeadlessChrome/");
const google = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

const people = [
  [chrome, "Chrome", "Windows", "desktop"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Safari/605.1.15", "Safari", "macOS", "desktop"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox", "Linux", "desktop"],
  [`${chrome} Edg/131.0.0.0`, "Microsoft Edge", "Windows", "desktop"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1", "Safari", "iOS", "mobile"],
  ["Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome", "Android", "mobile"],
  ["Mozilla/5.0 (iPad; CPU OS 16_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.2 Mobile/15E148 Safari/604.1", "Safari", "iOS", "tablet"],
  ["Mozilla/5.0 (Linux; Android 11; SM-T510) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36", "Samsung Internet for Android", "Android", "tablet"],
] as const;

const hostile = [
  "a".repeat(1_000_000),
  "Mozilla/5.0 (".repeat(50_000),
  " ".repeat(500_000),
  "Version/1.".repeat(50_000),
  `Mozilla/5.0 (Linux; Android 1${"0;".repeat(200_000)}`,
  "http://".repeat(50_000),
  "\u0000\ud800\u202e<script>alert(1)</script>",
  "__proto__",
  "constructor",
];

describe("parseUserAgent", () => {
  it.each(people)("reads %s", (text, browser, os, device) => {
    expect(parseUserAgent(text)).toMatchObject({ browser, os, device });
    expect(parseUserAgent(text).browserVersion).toMatch(/^\d/);
  });

  it("says so when there is nothing to read", () => {
    const nothing = { browser: null, browserVersion: null, os: null, device: "other" };
    expect(parseUserAgent(undefined)).toEqual(nothing);
    expect(parseUserAgent("")).toEqual(nothing);
    expect(parseUserAgent("nothing known here")).toMatchObject({ browser: null, browserVersion: null, os: null });
  });

  it("calls a crawler's and a headless browser's device a bot", () => {
    expect(parseUserAgent(google).device).toBe("bot");
    expect(parseUserAgent(headless).device).toBe("bot");
  });

  it("answers hostile texts of any length in under 50 ms", () => {
    for (const text of hostile) {
      expect((parseUserAgent(text).browser ?? "").length).toBeLessThanOrEqual(40);
      const took = cpuMs((round) => {
        parseUserAgent(text + round);
        botReason(text + round, "browser");
      });
      expect(took).toBeLessThan(50);
    }
  });

  it("reads the same the second time", () => {
    for (const [text] of people) expect(parseUserAgent(text)).toEqual(parseUserAgent(`${text}`));
  });
});

describe("botReason", () => {
  it.each(people)("is null for %s", (text) => {
    expect(botReason(text, "browser", { secChUa: '"Chromium";v="131", "Google Chrome";v="131"', webdriver: false })).toBeNull();
  });

  it("is null for phones whose maker's name ends in bot", () => {
    expect(botReason("Mozilla/5.0 (Linux; Android 12; CUBOT P60) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36", "browser")).toBeNull();
  });

  it.each([
    [google, /^crawler:/],
    ["Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", /^crawler:/],
    ["Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", /^crawler:/],
    ["facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", /^crawler:/],
    [headless, /^headless$/],
    ["Mozilla/5.0 (Unknown; Linux) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1", /^headless$/],
    [`${chrome} Puppeteer`, /^headless$/],
    ["Playwright/1.50.0 (x64; debian 12) node/24", /^headless$/],
    [`${chrome} Selenium`, /^headless$/],
    [undefined, /^no_user_agent$/],
    ["", /^no_user_agent$/],
    ["  ", /^no_user_agent$/],
  ])("of %s is told", (text, reason) => {
    expect(botReason(text, "browser")).toMatch(reason);
    expect(botReason(text, "browser")).toMatch(reason);
  });

  it("hears the webdriver flag and a headless sec-ch-ua behind an ordinary user agent", () => {
    expect(botReason(chrome, "browser", { webdriver: true })).toBe("webdriver");
    expect(botReason(chrome, "browser", { secChUa: '"HeadlessChrome";v="131", "Chromium";v="131"' })).toBe("headless");
  });

  it("is null for a server, whatever its user agent", () => {
    for (const text of [undefined, "", "curl/8.5.0", google, headless]) expect(botReason(text, "server")).toBeNull();
  });

  it.each(["curl/8.5.0", "node", "undici", "python-requests/2.31", "PostmanRuntime/7.39"])("is null for %s, with which people send signals on purpose", (text) => {
    expect(botReason(text, "browser")).toBeNull();
  });

  it("stays short", () => {
    for (const text of [...hostile, `${"x".repeat(300)}bot${"y".repeat(300)}`]) expect((botReason(text, "browser") ?? "").length).toBeLessThanOrEqual(64);
  });
});
