import ipaddr from "ipaddr.js";
import { OperatorError } from "./errors.ts";
import { boundedCache } from "./lru.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

const hopsMax = 32;
const entryCharsMax = 64;
const cachedHeaderChars = 128;

/**
 * Who is believed about X-Forwarded-For. The result walks that header from its right end and answers the first address
 * that is no trusted proxy; an entry that can't be read ends the walk at the hop before it. With an empty list it is
 * always the socket's address. Throws OperatorError for a bad entry.
 */
export function trustedProxies(list: readonly string[]): (remote: string, forwardedFor: string | undefined) => string {
  const ranges = list.map(parseRange);
  const trusted = (ip: Address) => ranges.some(([range, bits]) => ip.kind() === range.kind() && ip.match(range, bits));
  const answers = boundedCache<string, string>(10_000);

  return (remote, forwardedFor) => {
    const header = ranges.length === 0 ? "" : (forwardedFor ?? "");
    const question = `${remote} ${header}`;
    const known = answers.get(question);
    if (known !== undefined) return known;
    const answer = walk(remote, header, trusted);
    if (header.length <= cachedHeaderChars) answers.set(question, answer);
    return answer;
  };
}

/** The network of an address as text: /24 of IPv4, /48 of IPv6. Nothing finer of a visitor is stored or hashed. "" for what is no address. */
export function truncateAddress(address: string): string {
  return cached(networks, address, (ip) => (ip ? network(ip, ip.kind() === "ipv4" ? 24 : 48) : ""));
}

/** What one visitor's limits count by: an IPv4 address, or an IPv6 /64, since one household holds a whole one. */
export function limitBucket(address: string): string {
  return cached(buckets, address, (ip) => (!ip ? "unknown" : ip.kind() === "ipv4" ? ip.toString() : network(ip, 64)));
}

const networks = boundedCache<string, string>(20_000);
const buckets = boundedCache<string, string>(20_000);

function cached(cache: typeof networks, address: string, make: (ip: Address | undefined) => string): string {
  const known = cache.get(address);
  if (known !== undefined) return known;
  const text = make(parseAddress(address));
  if (address.length <= entryCharsMax) cache.set(address, text);
  return text;
}

function walk(remote: string, header: string, trusted: (ip: Address) => boolean): string {
  const socket = parseAddress(remote);
  if (!socket) return remote;
  let current = socket;
  let end = header.length;
  for (let hop = 0; hop < hopsMax && end > 0 && trusted(current); hop++) {
    const comma = header.lastIndexOf(",", end - 1);
    const next = end - comma > entryCharsMax ? undefined : parseAddress(withoutPort(header.slice(comma + 1, end).trim()));
    if (!next) break;
    current = next;
    end = comma;
  }
  return textOf(current);
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  if (entry.startsWith("[")) return entry.slice(1, Math.max(1, entry.indexOf("]")));
  const colon = entry.indexOf(":");
  return colon > 0 && entry.includes(".") && colon === entry.lastIndexOf(":") ? entry.slice(0, colon) : entry;
}

/** Strict: `127.1`, `0x7f000001` and other old spellings of IPv4 are no addresses here. IPv4-mapped IPv6 becomes IPv4. */
function parseAddress(text: string): Address | undefined {
  if (text.length > entryCharsMax) return undefined;
  if (!text.includes(":")) return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined;
  const zone = text.indexOf("%");
  const plain = zone < 0 ? text : text.slice(0, zone);
  if (!ipaddr.IPv6.isValid(plain)) return undefined;
  const ip = ipaddr.IPv6.parse(plain);
  return ip.isIPv4MappedAddress() ? ip.toIPv4Address() : ip;
}

function textOf(ip: Address): string {
  return "parts" in ip ? ip.toRFC5952String() : ip.toString();
}

function network(ip: Address, bits: number): string {
  const bytes = ip.toByteArray().map((byte, i) => (i * 8 < bits ? byte : 0));
  return `${textOf(ipaddr.fromByteArray(bytes))}/${bits}`;
}

function parseRange(entry: string): Range {
  const slash = entry.indexOf("/");
  const text = slash < 0 ? entry : entry.slice(0, slash);
  const ip = parseAddress(text);
  const full = ip?.kind() === "ipv4" ? 32 : 128;
  const typed = slash < 0 ? undefined : entry.slice(slash + 1);
  const mapped = full === 32 && text.includes(":") ? 96 : 0;
  const bits = typed === undefined ? full : /^\d{1,3}$/.test(typed) ? Number(typed) - mapped : -1;
  if (!ip || bits < 0 || bits > full) {
    throw new OperatorError(`"${entry}" is no address or CIDR range. Set OWLBOUND_TRUSTED_PROXIES or --trusted-proxies like 10.0.0.0/8,192.0.2.7`);
  }
  if (bits === 0) {
    throw new OperatorError(`"${entry}" would believe anybody's X-Forwarded-For. List only your own proxies in OWLBOUND_TRUSTED_PROXIES or --trusted-proxies, like 10.0.0.0/8`);
  }
  return [ip, bits];
}
