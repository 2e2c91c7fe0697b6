import { OutboundError } from "./outbound-error.ts";

/** One request of a chain of redirects. */
export interface Hop {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Hops that are followed at most, whatever is asked for. */
const redirectsMax = 3;

/** Of the caller's headers, those that another origin may see: all others may hold secrets. */
const harmless = new Set(["accept", "accept-language", "user-agent", "content-type"]);
const ofBody = new Set(["content-type"]);

/** Those that decide where a request ends, which host answers or what the connection does: ours or undici's to set. */
const reserved = /^(host|connection|content-length|transfer-encoding|keep-alive|upgrade|te|trailer|expect|date|origin|referer|accept-encoding|proxy-.*|sec-.*|:.*)$/;
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** Names in lower case. Throws for a name or value that could end a line or change what the request is. */
export function checkHeaders(given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [typed, value] of Object.entries(given)) {
    const name = typed.toLowerCase();
    if (!isHeaderName(name) || !isHeaderValue(value)) throw new OutboundError("refused");
    headers[name] = value;
  }
  return headers;
}

/** One that a caller may set. */
export const isHeaderName = (name: string): boolean => token.test(name.toLowerCase()) && !reserved.test(name.toLowerCase());
/** Latin-1, without CR, LF, NUL or another control character. */
export const isHeaderValue = (value: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

/** http or https, without user name and password. */
export function parseTarget(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "" || url.password !== "" || url.port === "0") throw new OutboundError("refused");
  return url;
}

export const portOf = (url: URL): number => Number(url.port || (url.protocol === "https:" ? "443" : "80"));

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/**
 * The request that a redirect leads to, after `followed` of at most `allowed` others. Never from https to http; no body to
 * another origin, and none of the caller's headers but harmless ones. Throws OutboundError.
 */
export function nextHop(from: Hop, status: number, location: string, followed: number, allowed: number): Hop {
  if (followed >= Math.min(allowed, redirectsMax)) throw new OutboundError("redirect");
  const url = parseTarget(location, from.url);
  if (from.url.protocol === "https:" && url.protocol === "http:") throw new OutboundError("redirect");
  const toGet = status === 303 ? from.method !== "HEAD" : from.method === "POST" && (status === 301 || status === 302);
  const method = toGet ? "GET" : from.method;
  const body = toGet ? undefined : from.body;
  const same = url.origin === from.url.origin;
  if (!same && body !== undefined) throw new OutboundError("redirect");
  const kept = Object.entries(from.headers).filter(([name]) => (same || harmless.has(name)) && !(toGet && ofBody.has(name)));
  return { url, method, headers: Object.fromEntries(kept), body };
}
