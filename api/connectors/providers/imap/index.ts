import { ImapFlow } from "imapflow";
import { z } from "zod";
import { line } from "../../../../core/text-words.ts";
import { ConnectorError } from "../../call-words.ts";
import { type Outside, provider } from "../../provider.ts";
import { checkSecurity, findServer, isCertificateError, mailHost, mailPassword, mailPort, mailSecurity, mailTarget, mailUser } from "../mail-server.ts";

const wholeMs = 25_000;
const stepMs = 10_000;

const config = z.strictObject({
  host: mailHost,
  port: mailPort.default(993),
  security: mailSecurity.default("tls"),
  username: mailUser,
  password: mailPassword,
  mailbox: line(500).default("INBOX"),
});
type Config = z.output<typeof config>;

export const imap = provider({
  slug: "imap",
  name: "Mailbox (IMAP)",
  category: "email",
  docs: "https://www.rfc-editor.org/rfc/rfc9051",
  config,
  secrets: ["password"],
  calls: [],
  target: mailTarget,
  check: checkSecurity,
  probe: (outside, given) =>
    withMailbox(outside, given, async (client) => {
      const opened = await client.mailboxOpen(given.mailbox, { readOnly: true });
      return { mailbox: given.mailbox, messages: opened.exists };
    }),
  call: () => Promise.reject(new ConnectorError("refused", "A mailbox is read, and not called.")),
});

/** Logged in at the checked address; logged out afterwards. */
async function withMailbox<T>(outside: Outside, given: Config, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { address, servername } = await findServer(outside, "The mailbox's server", given);
  const client = new ImapFlow({
    host: address,
    ...(servername === undefined ? {} : { servername }),
    port: given.port,
    secure: given.security === "tls",
    doSTARTTLS: given.security === "starttls",
    auth: { user: given.username, pass: given.password },
    logger: false,
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    disableAutoIdle: true,
  });
  // It tells of a broken socket here as well as to whoever waits; unheard, it would end the process.
  client.on("error", () => {});
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client.close();
  }, wholeMs);
  try {
    await client.connect();
    const result = await work(client);
    await client.logout().catch(() => {});
    return result;
  } catch (error) {
    throw failureOf(error, late);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

function failureOf(error: unknown, late: boolean): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const { authenticationFailed, responseText, responseStatus, code } = (error instanceof Error ? error : {}) as { authenticationFailed?: boolean; responseText?: string; responseStatus?: string; code?: string };
  const said = responseText === undefined ? "" : `: ${responseText}`;
  if (authenticationFailed === true) return new ConnectorError("auth", `The mailbox's server does not accept the credentials${said}`);
  if (isCertificateError(error)) return new ConnectorError("refused", "The certificate of the mailbox's server is not one to trust for this host.", { cause: error });
  if (!late && code === "ETLS") return new ConnectorError("refused", "The mailbox's server does not offer a safe connection.", { cause: error });
  if (responseStatus === "NO" || responseStatus === "BAD") return new ConnectorError("refused", `The mailbox can't be opened${said}`);
  return new ConnectorError("retry", "The mailbox's server could not be reached, or broke off.", { cause: error });
}
