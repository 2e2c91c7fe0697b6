import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { onTestFinished } from "vitest";
import { testCertificate, testKey } from "./tls.ts";

export interface ImapServer {
  port: number;
  /** Every command that it was sent, tags left out. */
  commands: string[];
}

/** A real IMAP4rev1 server on loopback, as far as a client that logs in and looks at one mailbox goes. */
export async function startImapServer(user: { name: string; password: string }, mailboxes: Record<string, number>, tls = false): Promise<ImapServer> {
  const commands: string[] = [];
  const open = new Set<Socket>();
  const talk = (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => {});
    const say = (text: string) => socket.write(`${text}\r\n`);
    say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready");
    let pending = "";
    let waiting: ((line: string) => void) | undefined;
    socket.on("data", (chunk) => {
      pending += chunk.toString("utf8");
      for (let end = pending.indexOf("\r\n"); end >= 0; end = pending.indexOf("\r\n")) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        const next = waiting;
        waiting = undefined;
        if (next) next(line);
        else command(line);
      }
    });

    function command(line: string): void {
      const [, tag = "*", name = "", rest = ""] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? [];
      commands.push(`${name.toUpperCase()} ${rest}`.trim());
      const logIn = (typed: string) => (typed === `\0${user.name}\0${user.password}` ? say(`${tag} OK logged in`) : say(`${tag} NO [AUTHENTICATIONFAILED] no such user or password`));
      const plain = (base64: string) => logIn(Buffer.from(base64, "base64").toString("utf8"));
      const words = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) => quoted?.replaceAll(/\\(.)/g, "$1") ?? bare ?? "");
      switch (name.toUpperCase()) {
        case "CAPABILITY":
          say("* CAPABILITY IMAP4rev1 AUTH=PLAIN");
          return void say(`${tag} OK done`);
        case "LOGIN":
          return void logIn(`\0${words[0]}\0${words[1]}`);
        case "AUTHENTICATE":
          if (words[1] !== undefined) return void plain(words[1]);
          waiting = plain;
          return void say("+ ");
        case "LIST":
        case "LSUB":
          for (const mailbox of Object.keys(mailboxes)) say(`* ${name.toUpperCase()} () "/" "${mailbox}"`);
          return void say(`${tag} OK done`);
        case "SELECT":
        case "EXAMINE": {
          const exists = mailboxes[words[0] ?? ""];
          if (exists === undefined) return void say(`${tag} NO [NONEXISTENT] no such mailbox`);
          for (const text of ["FLAGS (\\Seen)", `${exists} EXISTS`, "0 RECENT", "OK [UIDVALIDITY 1] .", "OK [UIDNEXT 9] ."]) say(`* ${text}`);
          return void say(`${tag} OK [READ-ONLY] done`);
        }
        case "LOGOUT":
          say("* BYE");
          say(`${tag} OK done`);
          return void socket.end();
        case "NOOP":
        case "CLOSE":
          return void say(`${tag} OK done`);
        default:
          say(`${tag} BAD not known here`);
      }
    }
  };
  const server = tls ? createTlsServer({ cert: testCertificate, key: testKey }, talk) : createServer(talk);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, commands };
}
