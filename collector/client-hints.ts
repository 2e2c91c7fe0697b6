import Bowser from "bowser";
import { isbot, isbotMatch } from "isbot";
import { boundedCache } from "../core/lru.ts";

export interface UserAgent {
  browser: string | null;
  browserVersion: string | null;
  os: string | null;
  device: "desktop" | "mobile" | "tablet" | "bot" | "other";
}

/** What else a request tells about automation. */
export interface BotHints {
  /** The header `sec-ch-ua`; a headless Chrome names itself there even when its user agent was changed. */
  secChUa?: string;
  /** `navigator.webdriver`, as the page saw it. */
  webdriver?: boolean;
}

/** Longer texts are junk, or an attack on the parsers' regular expressions: cut before them, and kept out of the caches. */
const textCharsMax = 512;
const reasonCharsMax = 64;
const nameCharsMax = 40;
const agents = boundedCache<string, UserAgent>(5000);
const reasons = boundedCache<string, string>(5000);
const unknownAgent: UserAgent = Object.freeze({ browser: null, browserVersion: null, os: null, device: "other" });

const headless = /HeadlessChrome|PhantomJS|Puppeteer|Playwright|Selenium|WebDriver|SlimerJS|CasperJS|Nightmare|jsdom|HtmlUnit/i;
/** Programs that people send signals with on purpose, as the reference's curl example does. They load no page, so they are no bot's visit. */
const tools =
  /^(?:curl|Wget|node|undici|axios|node-fetch|got|python-requests|python-httpx|aiohttp|Python-urllib|Go-http-client|okhttp|Java|Apache-HttpClient|PostmanRuntime|insomnia|HTTPie|GuzzleHttp|Ruby|Faraday|Deno|Bun|libwww-perl)\b/i;

/** Browser, system and kind of device from at most 512 characters; null where the text doesn't tell. Never throws. */
export function parseUserAgent(text: string | undefined): UserAgent {
  if (text === undefined || text === "") return unknownAgent;
  if (text.length > textCharsMax) return readAgent(text.slice(0, textCharsMax));
  let agent = agents.get(text);
  if (agent === undefined) agents.set(text, (agent = readAgent(text)));
  return agent;
}

/**
 * Why a signal counts as a bot's, or null: `no_user_agent`, `webdriver`, `headless`, `crawler:<what named it>`. A server with
 * a secret key is nobody's browser, so it is never a bot. Never throws.
 */
export function botReason(text: string | undefined, from: "browser" | "server", hints: BotHints = {}): string | null {
  if (from === "server") return null;
  if (hints.webdriver === true) return "webdriver";
  if (hints.secChUa !== undefined && headless.test(hints.secChUa.slice(0, textCharsMax))) return "headless";
  if (text === undefined || text.trim() === "") return "no_user_agent";
  if (text.length > textCharsMax) return judge(text.slice(0, textCharsMax)) || null;
  let reason = reasons.get(text);
  if (reason === undefined) reasons.set(text, (reason = judge(text)));
  return reason === "" ? null : reason;
}

function readAgent(text: string): UserAgent {
  const { browser, os, platform } = Bowser.parse(text);
  return { browser: named(browser.name), browserVersion: named(browser.version), os: named(os.name), device: deviceOf(text, platform.type) };
}

/** Of an unknown browser the parser answers whatever stands before the slash. */
function named(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text.slice(0, nameCharsMax);
}

function deviceOf(text: string, type: string | undefined): UserAgent["device"] {
  if (type === "bot" || judge(text) !== "") return "bot";
  return type === "desktop" || type === "mobile" || type === "tablet" ? type : "other";
}

function judge(text: string): string {
  if (tools.test(text)) return "";
  if (headless.test(text)) return "headless";
  return isbot(text) ? `crawler:${isbotMatch(text) ?? "unnamed"}`.slice(0, reasonCharsMax) : "";
}
