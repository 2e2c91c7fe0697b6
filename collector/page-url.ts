import { unescape } from "node:querystring";
import { boundedCache } from "../core/lru.ts";
import { nameOf, split, withoutSecrets } from "./url-secrets.ts";

export interface Utm {
  source: string | null;
  medium: string | null;
  campaign: string | null;
  term: string | null;
  content: string | null;
}

export interface PageUrl {
  /** With its port unless that is the scheme's own; null for a bare path and for what is no web page. */
  host: string | null;
  path: string;
  utm: Utm;
  /** Which advertiser's click brought the visitor; the id itself is not kept. */
  clickId: { kind: ClickIdKind } | null;
  /** Without userinfo and secret-like parameters; to the letter what was sent when it had none. */
  cleanUrl: string;
}

const clickIdKinds = ["gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "li_fat_id", "twclid", "igshid", "yclid", "rdt_cid", "sccid", "epik"] as const;
export type ClickIdKind = (typeof clickIdKinds)[number];

const urlCharsMax = 2048;
const utmCharsMax = 200;
const noUtm: Utm = Object.freeze({ source: null, medium: null, campaign: null, term: null, content: null });
const clickIds: ReadonlyMap<string, ClickIdKind> = new Map(clickIdKinds.map((kind) => [kind, kind]));
const utmNames: ReadonlyMap<string, keyof Utm> = new Map([
  ["utm_source", "source"],
  ["utm_medium", "medium"],
  ["utm_campaign", "campaign"],
  ["utm_term", "term"],
  ["utm_content", "content"],
]);
const pages = boundedCache<string, PageUrl>(2000);
const cleaningsMax = 4;
const bareBase = "http://bare.invalid";

/**
 * Reads a page's URL, absolute or a bare path, of which the first 2,048 characters count. Takes time in proportion to its
 * length, and makes something of every text: never throws.
 */
export function parsePage(pageUrl: string): PageUrl {
  const known = pages.get(pageUrl);
  if (known !== undefined) return known;
  if (pageUrl.length > urlCharsMax) return read(pageUrl.slice(0, urlCharsMax).toWellFormed());
  const page = read(pageUrl);
  pages.set(pageUrl, page);
  return page;
}

function read(text: string): PageUrl {
  const url = parseUrl(text);
  let cleanUrl = withoutSecrets(text, url);
  // What stood before a secret may turn out to be userinfo once the secret is gone: until nothing changes.
  for (let i = 0, before = text; cleanUrl !== before && i < cleaningsMax; i++) {
    before = cleanUrl;
    cleanUrl = withoutSecrets(before, parseUrl(before));
  }
  const { host, path } = placeOf(url, cleanUrl);
  const { utm, clickId } = campaignOf(split(text).query);
  return { host, path, utm, clickId, cleanUrl };
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text, bareBase);
  } catch {
    return null;
  }
}

function placeOf(url: URL | null, cleanUrl: string): { host: string | null; path: string } {
  if (url === null) {
    // An address that can't be read, e.g. with a space in its host; a path is still a path.
    return { host: null, path: cleanUrl.startsWith("/") ? split(cleanUrl).path : "/" };
  }
  const host = url.host === "" || url.origin === bareBase ? null : url.host;
  const path = url.pathname.startsWith("/") ? url.pathname : "/";
  return { host, path: (path.includes(";") ? withoutSecrets(path, null) : path).slice(0, urlCharsMax) };
}

function campaignOf(query: string | undefined): { utm: Utm; clickId: PageUrl["clickId"] } {
  let utm = noUtm;
  let clickId: PageUrl["clickId"] = null;
  if (query === undefined) return { utm, clickId };
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || equals === pair.length - 1) continue;
    const name = nameOf(pair.slice(0, equals));
    const key = utmNames.get(name);
    if (key !== undefined && utm[key] === null) utm = { ...utm, [key]: wordOf(pair.slice(equals + 1)) };
    const kind = clickIds.get(name);
    if (kind !== undefined && clickId === null) clickId = { kind };
  }
  return { utm, clickId };
}

/** The value of a parameter as somebody typed it; broken percent-encoding stays as it is. */
function wordOf(value: string): string | null {
  const word = unescape(value.replaceAll("+", " ")).replaceAll(/\p{Cc}/gu, "").trim().slice(0, utmCharsMax).toWellFormed();
  return word === "" ? null : word;
}
