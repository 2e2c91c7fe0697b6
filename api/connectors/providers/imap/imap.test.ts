import { createServer, type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startImapServer } from "../../../../test/support/imap-server.ts";
import { startPlugged } from "../../../../test/support/plugged.ts";
import { testConnector } from "../../service.ts";

const user = { name: "ada@example.com", password: 'correct "horse" \\ ß' };

async function probe(port: number, more: Record<string, unknown> = {}) {
  const { add, ctx, parts } = await startPlugged();
  const { id } = await add("imap", { host: "127.0.0.1", port, security: "none", username: user.name, password: user.password, ...more });
  return testConnector(ctx, parts, id, false);
}

test("a test logs in, looks at the mailbox without touching it, and logs out", async () => {
  const { port, commands } = await startImapServer(user, { INBOX: 7 });
  expect(await probe(port)).toMatchObject({ ok: true, detail: { mailbox: "INBOX", messages: 7 }, health: { status: "healthy" } });
  expect(commands.some((command) => command.startsWith("EXAMINE"))).toBe(true);
  expect(commands.filter((command) => /^(SELECT|STORE|EXPUNGE|DELETE)/.test(command))).toEqual([]);
  expect(commands.at(-1)).toBe("LOGOUT");
});

test("a wrong password needs a person, and is repeated nowhere", async () => {
  const { port } = await startImapServer(user, { INBOX: 7 });
  const outcome = await probe(port, { password: "wrong-password" });
  expect(outcome).toMatchObject({ ok: false, kind: "auth", health: { status: "needs_reauth" } });
  expect(JSON.stringify(outcome)).not.toContain("wrong-password");
});

test("a mailbox that is not there is told", async () => {
  const { port } = await startImapServer(user, { INBOX: 7 });
  expect(await probe(port, { mailbox: "Sent" })).toMatchObject({ ok: false, kind: "refused" });
});

test("a server whose certificate is not to be trusted, or that offers none, hears no password", async () => {
  const strange = await startImapServer(user, { INBOX: 7 }, true);
  expect(await probe(strange.port, { security: "tls" })).toMatchObject({ ok: false, kind: "refused" });
  const plain = await startImapServer(user, { INBOX: 7 });
  expect(await probe(plain.port, { security: "starttls" })).toMatchObject({ ok: false });
  expect([...strange.commands, ...plain.commands].filter((command) => /^(LOGIN|AUTHENTICATE)/.test(command))).toEqual([]);
});

test("a server that is private, gone or breaks off is told in one way", async () => {
  const broken = createServer((socket) => void socket.destroy());
  await new Promise<void>((resolve) => void broken.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void broken.close());
  expect(await probe((broken.address() as AddressInfo).port)).toMatchObject({ ok: false, kind: "retry" });
  const { add, ctx, parts } = await startPlugged();
  for (const host of ["10.0.0.1", "169.254.169.254", "mail.internal", "127.0.0.2", "0x7f.2"]) {
    const { id } = await add("imap", { host, username: "a", password: "secret-word" });
    expect([host, await testConnector(ctx, parts, id, false)]).toMatchObject([host, { ok: false, kind: "refused", reason: "The mailbox's server: The address could not be reached, or may not be." }]);
  }
});
