import { open } from "maxmind";
import type { NetworkCompany } from "../api/identity/index.ts";
import { companyDomain } from "../api/companies/index.ts";
import { OperatorError } from "../core/errors.ts";
import { isCarrier, isCarrierName } from "./networks.ts";

type Fields = Record<string, unknown>;

export type NetworkDatabase = (address: string) => NetworkCompany | undefined;

/** Networks of one organisation's own people; a database that knows types calls all others something else. */
const ownTypes = /^(business|corporate|company|enterprise|organi[sz]ation|education|college|school|university|library|government|military|banking)$/i;
const flags = ["is_hosting_provider", "is_anonymous", "is_anonymous_vpn", "is_public_proxy", "is_residential_proxy", "is_tor_exit_node", "is_hosting", "is_proxy", "is_vpn", "is_mobile", "hosting", "proxy", "vpn", "tor"];

/**
 * Opens an operator's MMDB files, of any vendor whose records name the organisation behind an address; the first that knows one is
 * believed. They are read again when they are replaced. Throws OperatorError for what is none.
 */
export async function openNetworkDatabases(files: readonly string[]): Promise<NetworkDatabase> {
  const databases = await Promise.all(files.map(openOne));
  return (address) => {
    for (const database of databases) {
      const found = database(address);
      if (found) return found;
    }
    return undefined;
  };
}

async function openOne(file: string): Promise<NetworkDatabase> {
  try {
    const reader = await open<never>(file, { watchForUpdates: true, watchForUpdatesNonPersistent: true });
    return (address) => companyOfRecord(reader.get(address) as unknown);
  } catch (error) {
    throw new OperatorError(`The file ${file} can't be read as an MMDB database (${error instanceof Error ? error.message : String(error)}). Mend --mmdb or OWLBOUND_MMDB.`);
  }
}

/** What a record says, whoever made it; undefined for carriers. A name without a domain is only looked up among companies that are there. */
export function companyOfRecord(record: unknown): NetworkCompany | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  const top = record as Fields;
  const [company, traits] = [inner(top, "company"), inner(top, "traits")];
  if (flags.some((flag) => isSet(top[flag]) || isSet(traits[flag]))) return undefined;
  const type = text(company["type"], top["company_type"], traits["user_type"], top["user_type"], top["type"], top["as_type"], inner(top, "asn")["type"]);
  if (type !== undefined && !ownTypes.test(type)) return undefined;
  const name = text(company["name"], top["company_name"], traits["organization"], top["organization"], top["as_name"], traits["autonomous_system_organization"], top["autonomous_system_organization"]);
  // Who announces a network is its owner only where the database says so.
  const typed = text(company["domain"], top["company_domain"], traits["domain"], top["domain"], ...(type === undefined ? [] : [top["as_domain"], inner(top, "asn")["domain"]]));
  const domain = typed === undefined ? undefined : companyDomain(typed);
  if ((typed !== undefined && domain === undefined) || (domain !== undefined && isCarrier(domain)) || (name !== undefined && isCarrierName(name))) return undefined;
  return domain === undefined && name === undefined ? undefined : { via: "mmdb", domain, name };
}

const inner = (record: Fields, name: string): Fields => (typeof record[name] === "object" && record[name] !== null ? (record[name] as Fields) : {});
const isSet = (value: unknown) => value === true || value === 1 || value === "true";

function text(...values: unknown[]): string | undefined {
  for (const value of values) if (typeof value === "string" && value.trim() !== "" && value.length <= 200 && !/[\p{Cc}]/u.test(value)) return value.trim();
  return undefined;
}
