import Bowser from "bowser";
import { isbot, isbotMatch } from "isbot";
import { boundedCache } from "../core/lru.ts";

export interface UserAgent {
  browser: string | null;
  browserVersion: string | null;
  os: string | null;
  device: "desktop" | "mobile" | "tablet" | "bot" | "other";
}

/** Longer ones are junk or an attack on the parser's regular expressions. */
const agentLengthMax = 512;
const agents = boundedCache<string, UserAgent>(5000);
const reasons = boundedCache<string, string>(5000);

const headless = /HeadlessChrome|PhantomJS|Puppeteer|Playwright|Selenium|webdriver|Electron\/.*Nightmare/i;
/** Programs that developers send signals with, by the published example (curl). They run no page, so they are no bot visits. */
const tools = /^(curl|Wget|node|undici|axios|node-fetch|got|python-requests|python-httpx|aiohttp|Python-urllib|Go-http-client|okhttp|Java|Apache-HttpClient|PostmanRuntime|insomnia|HTTPie|GuzzleHttp|Ruby|Faraday|Deno|Bun|libwww-perl)\b/i;

const unknownAgent: UserAgent = { browser: null, browserVersion: null, os: null, device: "other" };

/** Browser, system and kind of device; nulls where the text doesn't tell. */
export function parseUserAgent(text: string | undefined): UserAgent {
  if (text === undefined || text === "") return unknownAgent;
  const known = agents.get(text);
  if (known) return known;
  const agent = read(text.slice(0, agentLengthMax));
  agents.set(text, agent);
  return agent;
}

function read(text: string): UserAgent {
  const { browser, os, platform } = Bowser.parse(text);
  const device = platform.type;
  return {
    browser: browser.name || null,
    browserVersion: browser.version ?? null,
    os: os.name ?? null,
    device: device === "desktop" || device === "mobile" || device === "tablet" || device === "bot" ? device : "other",
  };
}

/** Why a browser's signal counts as a bot's, or null. Servers with a secret key are never bots. */
export function botReason(text: string | undefined, from: "browser" | "server"): string | null {
  if (from === "server") return null;
  if (text === undefined || text === "") return "no_user_agent";
  let reason = reasons.get(text);
  if (reason === undefined) {
    reason = judge(text.slice(0, agentLengthMax));
    reasons.set(text, reason);
  }
  return reason === "" ? null : reason;
}

function judge(text: string): string {
  if (tools.test(text)) return "";
  if (headless.test(text)) return "headless";
  return isbot(text) ? `user_agent:${isbotMatch(text) ?? "bot"}`.slice(0, 100) : "";
}
