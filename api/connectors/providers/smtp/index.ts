import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { createTransport } from "nodemailer";
import { z } from "zod";
import { normalizeEmail } from "../../../../core/email.ts";
import { line } from "../../../../core/text-words.ts";
import type { Mail } from "../../call-words.ts";
import { type Done, type Outside, provider } from "../../provider.ts";
import { checkSecurity, findServer, mailHost, mailPassword, mailPort, mailSecurity, mailTarget, mailUser } from "../mail-server.ts";
import { failureOf } from "./failures.ts";
import { checkMail } from "./headers.ts";

/** For all of it; a server that drips its answers gets no longer. */
const wholeMs = 25_000;
const stepMs = 10_000;

const address = z.string().max(320).refine((typed) => normalizeEmail(typed).ok, "is no e-mail address");
const config = z
  .strictObject({
    host: mailHost,
    port: mailPort.default(587),
    security: mailSecurity.default("starttls"),
    username: mailUser.optional(),
    password: mailPassword.optional(),
    from: address.meta({ description: "The sender's address" }),
    fromName: line(100).optional(),
  })
  .refine((given) => (given.username === undefined) === (given.password === undefined), { path: ["password"], message: "Give username and password, or neither." });
type Config = z.output<typeof config>;

export const smtp = provider({
  slug: "smtp",
  name: "Mail (SMTP)",
  category: "email",
  docs: "https://www.rfc-editor.org/rfc/rfc6409",
  config,
  secrets: ["password"],
  calls: ["mail", "notify"],
  target: mailTarget,
  check: checkSecurity,
  probe: async (outside, given) => {
    await withServer(outside, given, (transport) => transport.verify());
    return { authenticated: given.username !== undefined };
  },
  call: async (outside, given, call): Promise<Done> => {
    const mail: Mail = call.do === "mail" ? call.mail : { to: call.to ?? given.from, subject: call.subject ?? subjectOf(call.message), text: call.message };
    const headers = checkMail(mail);
    const messageId = mail.messageId ?? messageIdOf(outside, given, call.idempotencyKey);
    const sent = await withServer(outside, given, (transport) =>
      transport.sendMail({
        from: { name: given.fromName ?? "", address: given.from },
        // An object, so that a comma in it adds nobody.
        to: { name: "", address: mail.to.trim() },
        subject: mail.subject,
        text: mail.text,
        ...(mail.html === undefined ? {} : { html: mail.html }),
        ...(mail.replyTo === undefined ? {} : { replyTo: { name: "", address: mail.replyTo.trim() } }),
        messageId,
        ...(mail.inReplyTo === undefined ? {} : { inReplyTo: mail.inReplyTo }),
        ...(mail.references === undefined ? {} : { references: [...mail.references] }),
        headers,
        date: new Date(outside.clock.now()),
        // Nothing of a mail is read from a disk or another server.
        disableFileAccess: true,
        disableUrlAccess: true,
      }),
    );
    return { status: "sent", detail: { messageId: sent.messageId } };
  },
});

type Transport = ReturnType<typeof createTransport>;

/** On a socket to the checked address; the certificate has to be the name's. */
async function withServer<T>(outside: Outside, given: Config, work: (transport: Transport) => Promise<T>): Promise<T> {
  const { address: ip } = await findServer(outside, "The mail server", given);
  let socket: Socket | undefined;
  let contentSent = false;
  const quiet = () => {};
  // The library tells in no other way how far a mail got before its server went silent.
  const info = (entry: unknown) => void (contentSent ||= typeof entry === "object" && entry !== null && "tnx" in entry && entry.tnx === "message");
  const logger = { level: quiet, trace: quiet, debug: quiet, info, warn: quiet, error: quiet, fatal: quiet };
  const timer = setTimeout(() => socket?.destroy(new Error("ETIMEDOUT")), wholeMs);
  try {
    const connection = await new Promise<Socket>((resolve, reject) => {
      const made = connect({ host: ip, port: given.port });
      socket = made;
      made.setTimeout(stepMs, () => made.destroy(new Error("ETIMEDOUT")));
      made.once("error", reject).once("connect", () => resolve(made));
    });
    const transport = createTransport({
      host: given.host,
      port: given.port,
      connection,
      secure: given.security === "tls",
      requireTLS: given.security === "starttls",
      ignoreTLS: given.security === "none",
      ...(given.username === undefined ? {} : { auth: { user: given.username, pass: given.password ?? "" } }),
      logger,
      greetingTimeout: stepMs,
      socketTimeout: stepMs,
    });
    return await work(transport);
  } catch (error) {
    throw failureOf(error, contentSent);
  } finally {
    clearTimeout(timer);
    socket?.destroy();
  }
}

/** The same for each try of one effect: mail systems drop a second one that they know. */
function messageIdOf(outside: Outside, given: Config, idempotencyKey: string): string {
  const name = createHash("sha256").update(outside.scope).update("\0").update(idempotencyKey).digest("hex").slice(0, 40);
  return `<${name}@${given.from.slice(given.from.lastIndexOf("@") + 1)}>`;
}

const subjectOf = (message: string) => message.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").trim().slice(0, 120).toWellFormed() || "Notification";
