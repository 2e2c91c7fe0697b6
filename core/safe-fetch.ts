import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { Agent, fetch, type Response } from "undici";
import { OperatorError } from "./errors.ts";

/** What goes out: every default is the strict one. */
export interface Outgoing {
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Record<string, string>;
  body?: string;
  /** For all of it, connecting and reading included; 10 s. */
  timeoutMs?: number;
  /** Decoded bytes of the answer; 2 MB. */
  bytesMax?: number;
  /** Hops that are followed, each checked; 0: a redirect is a failure. */
  redirectsMax?: number;
  /** Content types that are read, e.g. `application/json`; any when absent. */
  types?: readonly string[];
  /** Only the status matters: a body that is too long, too slow or broken changes nothing, and `text` is empty. */
  statusOnly?: boolean;
}

export interface Incoming {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  text: string;
  /** Where the answer came from, after redirects. */
  url: string;
}

/** The only way out to the network (security rows 25–27). Throws OutboundError. */
export interface SafeFetch {
  (url: string, request?: Outgoing): Promise<Incoming>;
  /** Whether an address may be reached at all, as far as that can be said without asking a name server. */
  mayTry(url: string): boolean;
}

/** Why nothing came back. Only `refused` is final by itself; people are told the one text, logs the kind. */
export type OutboundFailure = "refused" | "redirect" | "timeout" | "network" | "too_large" | "type";

export class OutboundError extends Error {
  override readonly name = "OutboundError";
  readonly kind: OutboundFailure;
  constructor(kind: OutboundFailure, cause?: unknown) {
    super("The address could not be reached, or may not be.", { cause });
    this.kind = kind;
  }
}

/** What an operator lets through although it is private: a host or address, with or without a port, or a CIDR range. */
type Allowed = { host: string; port: string | undefined } | { range: [ipaddr.IPv4 | ipaddr.IPv6, number] };

const timeoutMs = 10_000;
const bytesMax = 2 * 1024 * 1024;

/** `allow` is the operator's opt-in list; without it only public addresses are reached. Throws OperatorError for a bad entry. */
export function createSafeFetch(allow: readonly string[] = []): SafeFetch & { close(): Promise<void> } {
  const allowed = allow.map(parseAllowed);
  const letIn = (host: string, port: string) => allowed.some((a) => "host" in a && a.host === host && (a.port === undefined || a.port === port));
  const inRange = (ip: string) => allowed.some((a) => "range" in a && matches(ip, a.range));
  const mayReach = (ip: string) => isPublic(ip) || inRange(ip);
  // One agent for names that the operator vouches for, one for all others: a pooled connection is never shared between them.
  const strict = new Agent({ connect: { lookup: checkedLookup(mayReach) }, keepAliveTimeout: 10_000, connections: 32 });
  const vouched = new Agent({ keepAliveTimeout: 10_000, connections: 32 });

  function agentFor(url: URL): Agent {
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new OutboundError("refused");
    if (url.username !== "" || url.password !== "") throw new OutboundError("refused");
    const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
    if (letIn(host, url.port || (url.protocol === "https:" ? "443" : "80"))) return vouched;
    // Node calls no lookup for a literal, so it is looked at here.
    if (isIP(host) !== 0 ? !mayReach(host) : isInternalName(host)) throw new OutboundError("refused");
    return strict;
  }

  const send = async (address: string, request: Outgoing = {}): Promise<Incoming> => {
    const signal = AbortSignal.timeout(request.timeoutMs ?? timeoutMs);
    let url = parseUrl(address);
    for (let hop = 0; ; hop++) {
      const response = await fetch(url, {
        method: request.method ?? "GET",
        headers: { "user-agent": "Owlbound/1.0", ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: "manual",
        signal,
        dispatcher: agentFor(url),
      }).catch((error: unknown) => {
        throw toOutbound(error, signal);
      });
      const location = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
      if (location === null) return await read(response, url, request, signal);
      await response.body?.cancel();
      if (hop >= (request.redirectsMax ?? 0)) throw new OutboundError("redirect");
      const next = parseUrl(location, url);
      if (url.protocol === "https:" && next.protocol === "http:") throw new OutboundError("redirect");
      url = next;
    }
  };
  const mayTry = (address: string): boolean => {
    try {
      return agentFor(parseUrl(address)) !== undefined;
    } catch {
      return false;
    }
  };
  return Object.assign(send, { mayTry, close: async () => void (await Promise.all([strict.close(), vouched.close()])) });
}

async function read(response: Response, url: URL, request: Outgoing, signal: AbortSignal): Promise<Incoming> {
  const headers = Object.fromEntries(response.headers);
  const type = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (request.types && !request.types.includes(type)) {
    await response.body?.cancel();
    throw new OutboundError("type");
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).byteLength;
      if (size > (request.bytesMax ?? bytesMax)) throw new OutboundError("too_large");
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    if (request.statusOnly !== true) throw toOutbound(error, signal);
  }
  if (request.statusOnly === true) return { status: response.status, headers, text: "", url: url.href };
  return { status: response.status, headers, text: Buffer.concat(chunks).toString("utf8"), url: url.href };
}

function toOutbound(error: unknown, signal: AbortSignal): OutboundError {
  for (let e = error; e instanceof Error; e = e.cause) if (e instanceof OutboundError) return e;
  return new OutboundError(signal.aborted ? "timeout" : "network", error);
}

function parseUrl(text: string, base?: URL): URL {
  try {
    return new URL(text, base);
  } catch {
    throw new OutboundError("refused");
  }
}

/** Resolves once and hands out what was checked, so that a second answer of the name server changes nothing. One bad address spoils all. */
function checkedLookup(mayReach: (ip: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, "", 0);
      const first = addresses[0];
      if (first === undefined || !addresses.every(({ address }) => mayReach(address))) return callback(new OutboundError("refused") as NodeJS.ErrnoException, "", 0);
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function isInternalName(host: string): boolean {
  return host === "" || !host.includes(".") || /(^|\.)(localhost|local|internal|localdomain|home\.arpa|intranet|lan|corp)$/.test(host);
}

/** Global unicast only: what ipaddr.js has any other name for is refused, an IPv6 address that carries an IPv4 one as well. */
function isPublic(ip: string): boolean {
  if (!ipaddr.isValid(ip)) return false;
  return ipaddr.parse(ip).range() === "unicast";
}

function matches(ip: string, [range, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const parsed = ipaddr.process(ip);
  return parsed.kind() === range.kind() && parsed.match(range, bits);
}

function parseAllowed(entry: string): Allowed {
  const fail = () => new OperatorError(`"${entry}" is no host, host:port or CIDR range. Set OWLBOUND_ALLOW_OUTBOUND or --allow-outbound like hooks.internal:8080,10.0.0.0/8`);
  if (entry.includes("/")) {
    if (!ipaddr.isValidCIDR(entry)) throw fail();
    return { range: ipaddr.parseCIDR(entry) };
  }
  try {
    const url = new URL(`http://${entry}`);
    if (url.pathname !== "/" || url.search !== "" || url.username !== "") throw fail();
    const port = /:(\d+)$/.exec(entry.replace(/\[.*\]/, ""))?.[1];
    return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
  } catch {
    throw fail();
  }
}
