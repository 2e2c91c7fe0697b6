import { domainToASCII } from "node:url";
import freeMail from "email-providers/all.json" with { type: "json" };
import { getDomain, parse } from "tldts";

const freeMailDomains = new Set<string>(freeMail);
const typedMax = 300;

/** What anybody can have an address at (a kept list, consumer ISPs included): never a company. */
export const isFreeMail = (domain: string): boolean => freeMailDomains.has(domain);

/** A typed domain or web address in ASCII, without scheme, `www.` and path; undefined when it is none. */
export function asciiDomain(typed: string): string | undefined {
  if (typed.length > typedMax) return undefined;
  const host = typed.trim().toLowerCase().replace(/^https?:\/\//, "").replace(/^www\./, "").replace(/[/?#:].*$/, "");
  const domain = domainToASCII(host);
  return /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/.test(domain) && domain.length <= 253 && !/\.\d+$/.test(domain) ? domain : undefined;
}

/** `jane@mail.acme.co.uk` and `www.acme.co.uk` are of `acme.co.uk`. Undefined for what nobody can register (`co.uk`, addresses). */
export const registrable = (domain: string): string | undefined => getDomain(domain) ?? undefined;

/** The domain that stands for a company, or undefined: free mail, and names under a host's own (`acme.herokuapp.com`), stand for none. */
export function companyDomain(typed: string): string | undefined {
  const ascii = asciiDomain(typed);
  if (ascii === undefined || parse(ascii, { allowPrivateDomains: true }).isPrivate === true) return undefined;
  const domain = registrable(ascii);
  return domain === undefined || isFreeMail(domain) || isFreeMail(ascii) ? undefined : domain;
}

/** What of an e-mail's duplicate key a company can be known by; null for free mail. */
export function emailDomain(emailKey: string): string | null {
  const domain = emailKey.slice(emailKey.lastIndexOf("@") + 1);
  const wider = registrable(domain) ?? domain;
  return isFreeMail(domain) || isFreeMail(wider) ? null : wider;
}
