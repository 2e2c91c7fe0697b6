import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { OperatorError } from "./errors.ts";
import { OutboundError } from "./outbound-error.ts";

/** Asks the name service for all addresses of a name; `dns.lookup`, or a test's own. */
export type ResolveAll = (hostname: string, callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void;

/** Where anything of ours may connect to: HTTP, mail and mailboxes alike. */
export interface Reach {
  /** True for what the operator lets through by name (or literal), whatever it resolves to. `host` as in a parsed URL. */
  vouches(host: string, port: number): boolean;
  /** Throws OutboundError when a literal or a name is refused by itself. */
  assertHost(host: string, port: number): void;
  /** For a socket: resolves once, checks every address, and hands out what was checked, so that another answer later changes nothing. */
  lookup: LookupFunction;
  /** The checked address to connect to. The caller connects to it, and not to the name, which may resolve to another by then. */
  resolve(host: string, port: number): Promise<string>;
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];
/** What an operator lets through although it is private: a host or address, with or without a port, or a CIDR range. */
type Allowed = { host: string; port: number | undefined } | { range: Range };

/** The system's resolver may try for longer. */
const resolveMs = 10_000;

const resolveBySystem: ResolveAll = (hostname, callback) => systemLookup(hostname, { all: true }, callback);

/** `allow` is the operator's opt-in list; without it only public addresses are reached. Throws OperatorError for a bad entry. */
export function createReach(allow: readonly string[], resolveAll: ResolveAll = resolveBySystem): Reach {
  const allowed = allow.map(parseAllowed);
  const mayReach = (ip: string) => isPublic(ip) || allowed.some((a) => "range" in a && matches(ip, a.range));
  const vouches = (typed: string, port: number) => {
    const host = plainHost(typed);
    return allowed.some((a) => "host" in a && a.host === host && (a.port === undefined || a.port === port));
  };

  function assertHost(typed: string, port: number): void {
    const host = plainHost(typed);
    if (vouches(host, port)) return;
    // Node calls no lookup for a literal, so it is looked at here.
    if (isIP(host) !== 0 ? !mayReach(host) : isInternalName(host)) throw new OutboundError("refused");
  }

  /** One bad address spoils all: a name that mixes public and private ones is a trap. */
  function checked(hostname: string, any: boolean, callback: (error: Error | null, addresses: LookupAddress[]) => void): void {
    resolveAll(hostname, (error, addresses) => {
      if (error) return callback(error, []);
      if (addresses.length === 0 || !(any || addresses.every(({ address }) => mayReach(address)))) return callback(new OutboundError("refused"), []);
      callback(null, addresses);
    });
  }

  return {
    vouches,
    assertHost,
    lookup: (hostname, options, callback) => {
      checked(hostname, false, (error, addresses) => {
        const [first] = addresses;
        if (error || !first) return callback(error, "", 0);
        if (options.all === true) return callback(null, addresses);
        callback(null, first.address, first.family);
      });
    },
    resolve: async (typed, port) => {
      const host = plainHost(typed);
      assertHost(host, port);
      if (isIP(host) !== 0) return host;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new OutboundError("timeout")), resolveMs);
        checked(host, vouches(host, port), (error, [first]) => {
          clearTimeout(timer);
          if (error || !first) reject(error instanceof OutboundError ? error : new OutboundError("network", error));
          else resolve(first.address);
        });
      });
    },
  };
}

/** Lower case, without brackets and trailing dots. */
const plainHost = (host: string) => host.toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(/\.+$/, "");

/** Names that only a network of its own resolves: one label, or one of the tops that are kept for such use. */
function isInternalName(host: string): boolean {
  const labels = host.split(".");
  if (labels.length < 2 || labels.some((label) => label === "")) return true;
  return /(^|\.)(localhost|local|internal|localdomain|home\.arpa|intranet|lan|corp|home|private|onion|test|invalid)$/.test(host);
}

/** Public by its range, but answered by the host of a cloud's machine: Azure's metadata and agents. */
const cloudInternals: Range[] = [ipaddr.parseCIDR("168.63.129.16/32")];
/** The only IPv6 range that is given out (RFC 4291); what is outside of it, IPv4-compatible addresses too, is not public. */
const globalUnicast = ipaddr.parseCIDR("2000::/3");

/** Global unicast only: what ipaddr.js has any other name for is refused, an IPv6 address that carries an IPv4 one as well. */
function isPublic(ip: string): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.parse(ip);
  if (address.range() !== "unicast" || cloudInternals.some((range) => matches(ip, range))) return false;
  if (address instanceof ipaddr.IPv4) return true;
  // ISATAP (RFC 5214): the last 64 bits carry an IPv4 address of the site's own network.
  const [, , , , isatap = 0, mark] = address.parts;
  if ((isatap & ~0x200) === 0 && mark === 0x5efe) return false;
  return matches(ip, globalUnicast);
}

function matches(ip: string, [range, bits]: Range): boolean {
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
  const text = isIP(entry) === 6 ? `[${entry}]` : entry;
  const given = /:(\d{1,5})$/.exec(text.replace(/\[.*\]/, ""))?.[1];
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined;
  if (!url || url.hostname === "" || url.hostname.includes("*") || url.href !== `http://${url.host}/` || url.username !== "") throw fail();
  return { host: plainHost(url.hostname), port: given === undefined ? undefined : Number(given) };
}
