import ipaddr from "ipaddr.js";
import { OperatorError } from "../core/errors.ts";
import { boundedCache } from "../core/lru.ts";

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

const parsed = boundedCache<string, ipaddr.IPv4 | ipaddr.IPv6 | null>(20_000);
const truncated = boundedCache<string, string>(20_000);
const buckets = boundedCache<string, string>(20_000);

/**
 * Who is believed about X-Forwarded-For. The result walks from the right and answers the first address that is not a
 * trusted proxy; what can't be read ends the walk. An empty list believes nobody. Throws OperatorError for a bad entry.
 */
export function trustedProxies(list: readonly string[]): (remote: string, forwardedFor: string | undefined) => string {
  const ranges = list.map(parseRange);
  const trusted = (address: ipaddr.IPv4 | ipaddr.IPv6) => ranges.some(([range, bits]) => address.kind() === range.kind() && address.match(range, bits));
  return (remote, forwardedFor) => {
    const socket = parse(remote);
    if (ranges.length === 0 || forwardedFor === undefined || !socket || !trusted(socket)) return remote;
    let current = remote;
    for (const entry of forwardedFor.slice(-2048).split(",").toReversed()) {
      const address = parse(entry.trim());
      if (!address) return current;
      current = address.toString();
      if (!trusted(address)) return current;
    }
    return current;
  };
}

/** The network of an address: /24 or /48. What is stored or hashed of a visitor is never finer. */
export function truncateAddress(address: string): string {
  const known = truncated.get(address);
  if (known !== undefined) return known;
  const ip = parse(address);
  const text = !ip ? "" : ip.kind() === "ipv4" ? network(ip, 24) : network(ip, 48);
  truncated.set(address, text);
  return text;
}

/** What one visitor's limits count by: an IPv4 address, or an IPv6 /64, since a household holds a whole one. */
export function limitBucket(address: string): string {
  const known = buckets.get(address);
  if (known !== undefined) return known;
  const ip = parse(address);
  const text = !ip ? "unknown" : ip.kind() === "ipv4" ? ip.toString() : network(ip, 64);
  buckets.set(address, text);
  return text;
}

function network(ip: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const bytes = ip.toByteArray().map((byte, i) => (i * 8 < bits ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`;
}

function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  // `process` unwraps IPv4-mapped IPv6, as Node's dual-stack sockets report it.
  const ip = text.length <= 64 && ipaddr.isValid(text) ? ipaddr.process(text) : null;
  parsed.set(text, ip);
  return ip;
}

function parseRange(text: string): Range {
  try {
    if (text.includes("/")) return ipaddr.parseCIDR(text);
    const ip = ipaddr.process(text);
    return [ip, ip.kind() === "ipv4" ? 32 : 128];
  } catch {
    throw new OperatorError(`"${text}" is no address or CIDR range. Set OWLBOUND_TRUSTED_PROXIES or --trusted-proxies like 10.0.0.0/8,192.0.2.7`);
  }
}
