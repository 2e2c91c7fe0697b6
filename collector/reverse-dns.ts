import { promises as dns } from "node:dns";
import type { NetworkCompany } from "../api/identity/index.ts";
import { OperatorError } from "../core/errors.ts";
import { companyOfHost } from "./networks.ts";

const timeoutMs = 2000;
const namesMax = 3;

export type ReverseDns = (address: string) => Promise<NetworkCompany | undefined>;

/** `servers`: `on` for the machine's own, or addresses. Throws OperatorError for what is neither. */
export function createReverseDns(servers: readonly string[]): ReverseDns {
  const resolver = new dns.Resolver({ timeout: timeoutMs, tries: 1 });
  const given = servers.filter((server) => server !== "on");
  try {
    if (given.length > 0) resolver.setServers(given);
  } catch {
    throw new OperatorError(`--reverse-dns=${servers.join(",")}: write on, or addresses of DNS servers like 192.0.2.53 or 192.0.2.53:5353.`);
  }

  return async (address) => {
    const names = await resolver.reverse(address).catch(() => []);
    for (const name of names.slice(0, namesMax)) {
      const domain = companyOfHost(name, address);
      // Whoever holds an address can give it any name; only the name's owner can point it back.
      if (domain !== undefined && (await pointsTo(name, address))) return { via: "reverse_dns", domain, name: undefined };
    }
    return undefined;
  };

  async function pointsTo(name: string, address: string): Promise<boolean> {
    const found = await (address.includes(":") ? resolver.resolve6(name) : resolver.resolve4(name)).catch((): string[] => []);
    return found.includes(address);
  }
}
