import { isIP } from "node:net";
import { z } from "zod";
import { OutboundError } from "../../../core/safe-fetch.ts";
import { line } from "../../../core/text-words.ts";
import { ConnectorError } from "../call-words.ts";
import type { Outside } from "../provider.ts";

/** A host as a person writes it: a name or an address, without scheme, port or path. */
export const mailHost = z
  .string()
  .min(1)
  .max(253)
  .refine((typed) => isIP(typed) !== 0 || /^[\p{L}\p{N}]([\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u.test(typed), "is a host name or an address, without port");
export const mailPort = z.number().int().min(1).max(65_535);
export const mailPassword = z.string().min(1).max(1000).refine((typed) => !/[\r\n\0]/.test(typed), "holds a line break or NUL");
/** `tls` from the first byte, `starttls` or nothing sent, `none`: in the clear. */
export const mailSecurity = z.enum(["tls", "starttls", "none"]);
export const mailUser = line(320);

interface Server {
  host: string;
  port: number;
  security: z.output<typeof mailSecurity>;
}

/** Only where the operator vouches for the way there: passwords and mails of people travel on it. */
export function checkSecurity({ outbound }: Pick<Outside, "outbound">, { host, port, security }: Server): { field: string; message: string } | undefined {
  if (security !== "none" || outbound.vouches(host, port)) return undefined;
  return { field: "security", message: "is tls or starttls; none only for hosts that the operator lists in OWLBOUND_ALLOW_OUTBOUND" };
}

/** Where passwords would go, and how well hidden. */
export const mailTarget = ({ host, port, security }: Server): string => `${security}://${host.toLowerCase()}:${port}`;

/** The checked address of a server, and the name that its certificate has to have. Throws ConnectorError. */
export async function findServer(outside: Outside, who: string, { host, port }: Server): Promise<{ address: string; servername: string | undefined }> {
  try {
    return { address: await outside.outbound.resolve(host, port), servername: isIP(host) === 0 ? host : undefined };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw new ConnectorError(error.kind === "refused" ? "refused" : "retry", `${who}: ${error.message}`, { cause: error });
  }
}

/** Whether a failure says that the other side is not who it should be; trying again would not help. */
export function isCertificateError(error: unknown): boolean {
  const text = error instanceof Error ? `${"code" in error ? String(error.code) : ""} ${error.message}` : "";
  return /CERT|self.signed|unable to (verify|get)|altname|hostname\/ip|certificate/i.test(text);
}
