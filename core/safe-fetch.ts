import { Agent, fetch, type Response } from "undici";
import { invalid } from "./errors.ts";
import { createReach, type Reach, type ResolveAll } from "./outbound-address.ts";
import { OutboundError } from "./outbound-error.ts";
import { checkHeaders, type Hop, isRedirect, nextHop, parseTarget, portOf } from "./outbound-hop.ts";

export { OutboundError } from "./outbound-error.ts";

/** What goes out: every default is the strict one. */
export interface Outgoing {
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Names that decide where a request ends or which host answers (Host, Content-Length, …) are refused. */
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** For all of it, connecting, redirects and reading included; 10 s. */
  timeoutMs?: number;
  /** Decoded bytes of the answer; 2 MB. */
  bytesMax?: number;
  /** Hops that are followed, 3 at most, each checked; 0: a redirect is a failure. To another origin go no body and no headers but harmless ones. */
  redirectsMax?: number;
  /** Content types that are read, e.g. `application/json`; any when absent. A failure status of another type has no text, and is no failure here. */
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

/** The only way out to the network (security rows 25–27). */
export interface SafeFetch {
  /** Throws OutboundError. A status of 400 and above is an answer. */
  (url: string, request?: Outgoing): Promise<Incoming>;
  /** For what is not HTTP: the checked address of a host, to connect to in its place. Throws OutboundError. */
  resolve(host: string, port: number): Promise<string>;
  /** Whether the operator lets this host through by name, although it may be private. */
  vouches(host: string, port: number): boolean;
  /** Whether an address may be reached at all, as far as that can be said without asking a name server. */
  mayTry(url: string): boolean;
}

const timeoutMs = 10_000;
const bytesMax = 2 * 1024 * 1024;

/**
 * `allow` is the operator's opt-in list; without it only public addresses are reached. Throws OperatorError for a bad entry.
 * `more` is for tests: a name service, certificates to trust. The environment's proxies are not used.
 */
export function createSafeFetch(allow: readonly string[] = [], more: { resolveAll?: ResolveAll; ca?: string } = {}): SafeFetch & { close(): Promise<void> } {
  const reach = createReach(allow, more.resolveAll);
  const pool = (connect: { lookup?: Reach["lookup"] }) =>
    new Agent({ connect: { ...connect, ...(more.ca === undefined ? {} : { ca: more.ca }), timeout: timeoutMs }, allowH2: false, keepAliveTimeout: 10_000, connections: 32 });
  // One agent for names that the operator vouches for, one for all others: a pooled connection is never shared between them.
  const strict = pool({ lookup: reach.lookup });
  const vouched = pool({});

  const send = async (address: string, request: Outgoing = {}): Promise<Incoming> => {
    const signal = AbortSignal.timeout(request.timeoutMs ?? timeoutMs);
    let hop: Hop = { url: parseTarget(address), method: request.method ?? "GET", headers: { "user-agent": "Owlbound/1.0", ...checkHeaders(request.headers ?? {}) }, body: request.body };
    for (let followed = 0; ; followed++) {
      reach.assertHost(hop.url.hostname, portOf(hop.url));
      const dispatcher = reach.vouches(hop.url.hostname, portOf(hop.url)) ? vouched : strict;
      const { url, method, headers, body } = hop;
      const response = await fetch(url, { method, headers, body: body ?? null, redirect: "manual", signal, dispatcher }).catch((error: unknown) => {
        throw toOutbound(error, signal);
      });
      if (!isRedirect(response.status)) return await read(response, url, request, signal);
      await response.body?.cancel().catch(() => {});
      const location = response.headers.get("location");
      if (location === null) throw new OutboundError("redirect");
      hop = nextHop(hop, response.status, location, followed, request.redirectsMax ?? 0);
    }
  };
  const mayTry = (address: string): boolean => {
    try {
      const url = parseTarget(address);
      reach.assertHost(url.hostname, portOf(url));
      return true;
    } catch {
      return false;
    }
  };
  return Object.assign(send, {
    resolve: reach.resolve,
    vouches: reach.vouches,
    mayTry,
    // Nobody waits for an answer any more; a connection that is being made would hold the stop up for its time.
    close: async () => void (await Promise.all([strict.destroy(), vouched.destroy()])),
  });
}

/** Refuses an address, given at `path`, that would be refused anyway when it is asked: literals and internal names; other names wait for their addresses. */
export function assertReachable(outbound: Pick<SafeFetch, "mayTry">, path: string, url: string): void {
  if (outbound.mayTry(url)) return;
  throw invalid(path, "address_not_allowed", "This address may not be reached: it is private or internal. Give a public one, or let the operator allow it with OWLBOUND_ALLOW_OUTBOUND.");
}

async function read(response: Response, url: URL, request: Outgoing, signal: AbortSignal): Promise<Incoming> {
  const headers = Object.fromEntries(response.headers);
  const type = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const answer = { status: response.status, headers, url: url.href };
  if (request.types && !request.types.includes(type)) {
    await response.body?.cancel().catch(() => {});
    if (response.ok && response.status !== 204) throw new OutboundError("type");
    return { ...answer, text: "" };
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
  return { ...answer, text: request.statusOnly === true ? "" : Buffer.concat(chunks).toString("utf8") };
}

function toOutbound(error: unknown, signal: AbortSignal): OutboundError {
  for (let e = error; e instanceof Error; e = e.cause) if (e instanceof OutboundError) return e;
  return new OutboundError(signal.aborted ? "timeout" : "network", error);
}
