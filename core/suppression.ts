import { createHash } from "node:crypto";
import { normalizeEmail } from "./email.ts";

export interface Opposed {
  kind: "email" | "domain";
  /** The duplicate key of the address, or the domain in ASCII. */
  value: string;
}

/** Finds an opt-out without telling whose it is: stays when the address itself is erased. */
export function suppressionDigest(workspaceId: string, { kind, value }: Opposed): string {
  return createHash("sha256").update(`${workspaceId}\n${kind}\n${value}`).digest("base64url");
}

/** Every opt-out that would hold for an address (its duplicate key): its own, its domain's, and those of the domains above. */
export function opposedBy(emailKey: string): Opposed[] {
  return [{ kind: "email", value: emailKey }, ...domainsOf(emailKey).map((value): Opposed => ({ kind: "domain", value }))];
}

/** The domain of an address and those above it, the top level left out. */
export function domainsOf(emailKey: string): string[] {
  const labels = emailKey.slice(emailKey.lastIndexOf("@") + 1).split(".");
  return labels.slice(0, -1).map((_, i) => labels.slice(i).join("."));
}

/** A typed domain as addresses' keys have it (NFKC, IDNA); undefined when it is none. */
export function domainKey(typed: string): string | undefined {
  const email = normalizeEmail(`x@${typed}`);
  return email.ok ? email.domain : undefined;
}
