import { type AddressInfo, createServer, type Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import { startPlugged } from "../../../../test/support/plugged.ts";
import { testCertificate, testKey } from "../../../../test/support/tls.ts";
import type { ConnectorCall, Mail } from "../../call-words.ts";
import { testConnector } from "../../service.ts";

interface Received {
  from: string | undefined;
  to: string[];
  text: string;
  user: string | undefined;
}

async function startServer(more: SMTPServerOptions = {}) {
  const mails: Received[] = [];
  const tried: string[] = [];
  const server = new SMTPServer({
    logger: false,
    cert: testCertificate,
    key: testKey,
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      tried.push(username ?? "");
      if (username === "ada" && password === "correct-horse") done(null, { user: username });
      else done(Object.assign(new Error(`535 no: ${password} ${Buffer.from(`\0${username}\0${password}`).toString("base64")}`), { responseCode: 535 }));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({ from: mailFrom === false ? undefined : mailFrom.address, to: rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString("utf8"), user: session.user });
        done(null);
      });
    },
    ...more,
  });
  server.on("error", () => {});
  const port = await new Promise<number>((resolve) => {
    const listening = server.listen(0, "127.0.0.1", () => resolve((listening.address() as AddressInfo).port));
  });
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { port, mails, tried };
}

async function plug(port: number, more: Record<string, unknown> = {}) {
  const plugged = await startPlugged();
  const { id } = await plugged.add("smtp", { host: "127.0.0.1", port, security: "none", username: "ada", password: "correct-horse", from: "ada@acme.example", fromName: "Ada Łovelace", ...more });
  const send = (mail: Partial<Mail>, idempotencyKey = "k"): ConnectorCall => ({ do: "mail", mail: { to: "bob@example.com", subject: "Hello", text: "Hi Bob", ...mail }, idempotencyKey });
  return { ...plugged, id, send };
}

const headersOf = (text: string) => (text.split("\r\n\r\n")[0] ?? "").replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");

test("a mail is sent with its headers encoded, and the same Message-ID for each try", async () => {
  const { port, mails } = await startServer();
  const { call, id, send } = await plug(port);
  const first = await call(id, send({ subject: "Grüße, Bob", html: "<p>Hi</p>", replyTo: "team@acme.example", inReplyTo: "<a@b>", references: ["<a@b>", "<c@d>"], headers: { "List-Unsubscribe": "<https://acme.example/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" } }));
  await call(id, send({}));
  await call(id, send({}, "another"));
  const ids = mails.map(({ text }) => headersOf(text).find((line) => line.startsWith("Message-ID")));
  expect(first).toEqual({ status: "sent", detail: { messageId: expect.stringMatching(/^<[0-9a-f]{40}@acme\.example>$/) } });
  expect([ids[0], ids[1] === ids[0], ids[2] === ids[0]]).toEqual([`Message-ID: ${String(first.detail["messageId"])}`, true, false]);
  expect(mails[0]).toMatchObject({ from: "ada@acme.example", to: ["bob@example.com"], user: "ada" });
  const headers = headersOf(mails[0]?.text ?? "");
  for (const line of ["To: bob@example.com", "Reply-To: team@acme.example", "In-Reply-To: <a@b>", "References: <a@b> <c@d>", "List-Unsubscribe: <https://acme.example/u/1>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click", "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe=2C_Bob?=", "MIME-Version: 1.0"]) expect(headers).toContain(line);
});

test("a notification goes to whom it names, else to the connector's own address", async () => {
  const { port, mails } = await startServer();
  const { call, id } = await plug(port);
  await call(id, { do: "notify", message: "Ada\nis on /pricing", idempotencyKey: "1" });
  await call(id, { do: "notify", message: "x", subject: "Hot lead", to: "sales@acme.example", idempotencyKey: "2" });
  expect(mails.map(({ to, text }) => [to, headersOf(text).find((line) => line.startsWith("Subject"))])).toEqual([[["ada@acme.example"], "Subject: Ada is on /pricing"], [["sales@acme.example"], "Subject: Hot lead"]]);
});

test.each<[string, Partial<Mail>]>([
  ["CRLF in the subject", { subject: "Hi\r\nBcc: victim@example.com" }],
  ["LF in the subject", { subject: "Hi\nBcc: victim@example.com" }],
  ["CR in the subject", { subject: "Hi\rBcc: victim@example.com" }],
  ["NUL in the subject", { subject: "Hi\0" }],
  ["a line separator in the subject", { subject: "Hi\u2028Bcc: victim@example.com" }],
  ["a header behind the address", { to: "bob@example.com\r\nBcc: victim@example.com" }],
  ["two addresses", { to: "bob@example.com, victim@example.com" }],
  ["a name with another address", { to: '"x <victim@example.com>" <bob@example.com>' }],
  ["a group", { to: "all: bob@example.com, victim@example.com;" }],
  ["a command behind the address", { to: "bob@example.com>\r\nRCPT TO:<victim@example.com" }],
  ["no address", { to: "bob" }],
  ["a header in Reply-To", { replyTo: "a@b.example\r\nBcc: victim@example.com" }],
  ["a header in Message-ID", { messageId: "<a@b>\r\nBcc: victim@example.com" }],
  ["a Message-ID without brackets", { messageId: "a@b" }],
  ["a header in References", { references: ["<a@b>", "<c@d>\nBcc: victim@example.com"] }],
  ["a header in a header", { headers: { "X-A": "1\r\nBcc: victim@example.com" } }],
  ["a header in a name", { headers: { "X-A: 1\r\nBcc": "victim@example.com" } }],
  ["Bcc", { headers: { Bcc: "victim@example.com" } }],
  ["cc in lower case", { headers: { cc: "victim@example.com" } }],
  ["another content type", { headers: { "Content-Type": "text/html" } }],
  ["another sender", { headers: { Sender: "ceo@acme.example" } }],
])("a mail with %s is not sent", async (_what, mail) => {
  const { port, mails } = await startServer();
  const { failure, id, send } = await plug(port);
  const error = await failure(id, send(mail));
  expect(error).toMatchObject({ kind: "bad_request", maybeDone: false });
  expect(error.message).not.toContain("victim");
  expect(mails).toEqual([]);
});

test("text that looks like headers, commands or an end of mail stays text", async () => {
  const { port, mails } = await startServer();
  const { call, id, send } = await plug(port, { fromName: 'Ada", <victim@example.com>' });
  await call(id, send({ text: "Hi\r\n.\r\nMAIL FROM:<x@y.z>\r\nRCPT TO:<victim@example.com>\r\nBcc: victim@example.com" }));
  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatchObject({ from: "ada@acme.example", to: ["bob@example.com"] });
  expect(mails[0]?.text).toContain("RCPT TO:<victim@example.com>");
});

test("nothing of a mail is read from the disk or another server", async () => {
  const { port, mails } = await startServer();
  const { call, id, send } = await plug(port);
  const path = "/etc/hostname" as unknown;
  await call(id, send({ text: "x", ...({ attachments: [{ path }], raw: { path } } as object) }));
  expect(mails.map(({ text }) => /attachment|hostname/i.test(text))).toEqual([false]);
  await expect(call(id, send({ html: { path } as unknown as string }))).rejects.toMatchObject({ name: "ConnectorError" });
  expect(mails).toHaveLength(1);
});

test("a wrong password needs a person; what the server echoes of it is scrubbed", async () => {
  const { port, tried } = await startServer();
  const { ctx, parts, id, failure, send } = await plug(port, { password: "wrong-password" });
  const outcome = await testConnector(ctx, parts, id, false);
  expect(outcome).toMatchObject({ ok: false, kind: "auth", health: { status: "needs_reauth" } });
  expect(outcome.reason).toContain("[redacted]");
  expect(JSON.stringify(outcome)).not.toMatch(/wrong-password|AGFkYQB3/);
  expect((await failure(id, send({}))).kind).toBe("auth");
  expect(tried).toHaveLength(1);
});

test("a test logs in and sends nothing", async () => {
  const { port, mails, tried } = await startServer();
  const { ctx, parts, id } = await plug(port);
  expect(await testConnector(ctx, parts, id, false)).toMatchObject({ ok: true, detail: { authenticated: true } });
  expect([mails, tried]).toEqual([[], ["ada"]]);
});

test.each([
  ["the recipient for good", { onRcptTo: 550 }, "bad_request"],
  ["the recipient for now", { onRcptTo: 451 }, "retry"],
  ["the sender", { onMailFrom: 553 }, "refused"],
  ["the content", { onData: 554 }, "bad_request"],
  ["the content for now", { onData: 452 }, "retry"],
])("a server that refuses %s is told as what it means", async (_what, refusal, kind) => {
  const refuse = (code: number) => Object.assign(new Error("no such luck"), { responseCode: code });
  const { onRcptTo, onMailFrom, onData } = refusal as Record<string, number>;
  const { port } = await startServer({
    ...(onRcptTo === undefined ? {} : { onRcptTo: (_to, _session, done) => done(refuse(onRcptTo)) }),
    ...(onMailFrom === undefined ? {} : { onMailFrom: (_from, _session, done) => done(refuse(onMailFrom)) }),
    ...(onData === undefined ? {} : { onData: (stream, _session, done) => void stream.resume().on("end", () => done(refuse(onData))) }),
  });
  const { failure, id, send } = await plug(port);
  expect(await failure(id, send({}))).toMatchObject({ kind, maybeDone: false, message: expect.stringContaining("no such luck") });
});

test("a mail whose receipt was not confirmed may have been sent, and says so", async () => {
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.write("220 mail.example ready\r\n");
    socket.on("data", (chunk) => {
      const text = chunk.toString();
      if (/^(EHLO|MAIL|RCPT)/.test(text)) socket.write("250 ok\r\n");
      else if (text.startsWith("DATA")) socket.write("354 go on\r\n");
      else if (text.endsWith("\r\n.\r\n")) socket.destroy();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { failure, id, send } = await plug((server.address() as AddressInfo).port, { username: undefined, password: undefined });
  expect(await failure(id, send({}))).toMatchObject({ kind: "retry", maybeDone: true });
});

test("a server whose certificate is not to be trusted, or that offers no encryption, hears no password and no mail", async () => {
  const implicit = await startServer({ secure: true });
  const upgrading = await startServer({ disabledCommands: [] });
  const plain = await startServer();
  for (const [server, security] of [[implicit, "tls"], [upgrading, "starttls"], [plain, "starttls"]] as const) {
    const { failure, id, send } = await plug(server.port, { security });
    expect([security, (await failure(id, send({}))).kind]).toEqual([security, "refused"]);
    expect([server.tried, server.mails]).toEqual([[], []]);
  }
});

test("a mail server on a private address is not connected to", async () => {
  const { add, failure } = await startPlugged();
  for (const host of ["10.0.0.1", "127.0.0.2", "169.254.169.254", "localhost.", "mail.internal", "2130706434"]) {
    const { id } = await add("smtp", { host: host.replace(/\.$/, ""), from: "a@b.example" }).catch(() => ({ id: undefined }));
    if (id === undefined) continue;
    const error = await failure(id, { do: "notify", message: "x", idempotencyKey: "k" });
    expect([host, error.kind]).toEqual([host, host === "localhost." ? "retry" : "refused"]);
  }
});
