import { normalizeEmail } from "../../../../core/email.ts";
import { ConnectorError, type Mail } from "../../call-words.ts";

const lineMax = 998;
/** Those that say who writes to whom, what the parts are, or who carried it: the library's and the servers' to write. */
const reserved = /^(from|to|cc|bcc|sender|reply-to|subject|date|message-id|in-reply-to|references|mime-version|content-.*|return-path|received|resent-.*|dkim-signature|arc-.*|authentication-results|delivered-to|x-original-to)$/i;

/**
 * Security row 30: refuses whatever could end a header line or add a recipient; the library encodes the rest. Answers the
 * mail's own headers. Throws ConnectorError `bad_request`, which names the field and not its value.
 */
export function checkMail(mail: Mail): Record<string, string> {
  const headers = Object.entries(mail.headers ?? {});
  const values: [string, string | undefined][] = [["to", mail.to], ["subject", mail.subject], ["replyTo", mail.replyTo], ["messageId", mail.messageId], ["inReplyTo", mail.inReplyTo], ...(mail.references ?? []).map((id): [string, string] => ["references", id]), ...headers];
  for (const [name, value] of values) {
    if (value === undefined) continue;
    if (/[\r\n\0\u2028\u2029]/.test(value)) throw wrong(`The mail's ${plain(name)} holds a line break or NUL.`);
    if (value.length > lineMax) throw wrong(`The mail's ${plain(name)} is longer than ${lineMax} characters.`);
  }
  for (const [name] of headers) if (!/^[A-Za-z0-9-]{1,76}$/.test(name) || reserved.test(name)) throw wrong(`The mail may not set the header ${plain(name)}.`);
  for (const [name, value] of [["to", mail.to], ["replyTo", mail.replyTo]] as const) {
    const email = value === undefined ? undefined : normalizeEmail(value);
    if (email?.ok === false) throw wrong(`The mail's ${name}: ${email.message}`);
  }
  for (const id of [mail.messageId, mail.inReplyTo, ...(mail.references ?? [])]) if (id !== undefined && !/^<[^<>\s]{1,900}>$/.test(id)) throw wrong("The mail's message ids are written like <id@host>.");
  return Object.fromEntries(headers);
}

const wrong = (text: string) => new ConnectorError("bad_request", text);
const plain = (name: string) => name.replaceAll(/[^\w-]/g, "?").slice(0, 76);
