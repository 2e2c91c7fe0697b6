import { ConnectorError } from "../../call-words.ts";
import { isCertificateError } from "../mail-server.ts";

/** What a failure of nodemailer or of the socket means. */
export function failureOf(error: unknown, contentSent: boolean): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const { code, command, responseCode, response } = (error instanceof Error ? error : {}) as { code?: string; command?: string; responseCode?: number; response?: string };
  const said = responseCode === undefined ? "" : ` answered ${responseCode}${response === undefined ? "" : `: ${response.replace(/^\d{3}[ -]/, "")}`}`;
  const text = `The mail server${said || " could not be reached, or broke off."}`;
  if (code === "EAUTH" || code === "ENOAUTH" || code === "EOAUTH2" || [530, 534, 535, 538].includes(responseCode ?? 0)) return new ConnectorError("auth", said === "" ? "The mail server does not accept the credentials." : text);
  if (isCertificateError(error)) return new ConnectorError("refused", "The mail server's certificate is not one to trust for this host.", { cause: error });
  if (code === "ETLS") return new ConnectorError("refused", "The mail server does not offer a safe connection.", { cause: error });
  // A mail whose end was sent, and whose receipt was not confirmed.
  if (responseCode === undefined) return new ConnectorError("retry", text, { cause: error, maybeDone: contentSent });
  if (responseCode < 500) return new ConnectorError("retry", text);
  // Of the sender's address, the connector's own.
  if (command === "MAIL FROM") return new ConnectorError("refused", text);
  return new ConnectorError("bad_request", text);
}
