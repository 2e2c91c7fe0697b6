import { boundedCache } from "../core/lru.ts";

export interface PageUrl {
  host: string | null;
  path: string;
  utm: { source: string | null; medium: string | null; campaign: string | null; term: string | null; content: string | null };
  clickId: { kind: string } | null;
  /** Without userinfo and secret-like parameters; unchanged when it had none. */
  cleanUrl: string;
}

const urlLengthMax = 2048;
const pages = boundedCache<string, PageUrl>(10_000);
const noUtm = { source: null, medium: null, campaign: null, term: null, content: null };

const secretParameter = /^(.*[_-])?(token|password|passwd|pwd|pass|secret|e-?mail|api_?key|auth|authorization|session|session_?id|sid|jwt|otp|signature|access_token|id_token|refresh_token|code|key)$/i;
const clickIds = ["gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id", "igshid", "yclid", "rdt_cid", "sccid", "epik"];

/** Reads a page's URL: absolute or a bare path, never throwing, in linear time. */
export function parsePage(pageUrl: string): PageUrl {
  const known = pages.get(pageUrl);
  if (known) return known;
  const page = read(pageUrl.slice(0, urlLengthMax));
  pages.set(pageUrl, page);
  return page;
}

function read(text: string): PageUrl {
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(text);
  let url: URL;
  try {
    url = new URL(text, absolute ? undefined : "http://relative.invalid");
  } catch {
    return { host: null, path: text.split(/[?#]/, 1)[0] ?? "", utm: noUtm, clickId: null, cleanUrl: text.split(/[?#]/, 1)[0] ?? "" };
  }
  const parameters = url.searchParams;
  const utm = (name: string) => parameters.get(`utm_${name}`)?.slice(0, 200) || null;
  const click = clickIds.find((name) => parameters.has(name));
  return {
    host: absolute && url.host !== "" ? url.host : null,
    path: url.pathname,
    utm: { source: utm("source"), medium: utm("medium"), campaign: utm("campaign"), term: utm("term"), content: utm("content") },
    clickId: click === undefined ? null : { kind: click },
    cleanUrl: clean(url, text, absolute),
  };
}

function clean(url: URL, text: string, absolute: boolean): string {
  const secrets = [...url.searchParams.keys()].filter((name) => secretParameter.test(name));
  // Implicit-flow sign-ins put tokens behind the hash.
  const hashSecret = url.hash.includes("=") && url.hash.slice(1).split("&").some((pair) => secretParameter.test(pair.split("=", 1)[0] ?? ""));
  if (secrets.length === 0 && url.username === "" && url.password === "" && !hashSecret) return text;
  for (const name of secrets) url.searchParams.delete(name);
  url.username = "";
  url.password = "";
  if (hashSecret) url.hash = "";
  return absolute ? url.href : url.href.slice(url.origin.length);
}
