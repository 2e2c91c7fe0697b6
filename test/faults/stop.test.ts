import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { owlbound } from "./process.ts";
import { chrome, expectStoredOnce, freshSite, loadUntilGone, newMessageId, nothingSent, serveFor, visitOf } from "./visits.ts";

/** A request whose headers the server has taken (it said `100 Continue`) and whose body it still waits for. */
async function begin(port: number, body: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  socket.write(`POST /v1/signals HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${chrome}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nExpect: 100-continue\r\n\r\n`);
  const [answer] = (await once(socket, "data")) as [string];
  expect(answer).toMatch(/^HTTP\/1\.1 100 /);
  return socket;
}

async function finish(socket: Socket, body: string): Promise<string> {
  let answer = "";
  socket.on("data", (text: string) => (answer += text));
  const end = once(socket, "close");
  socket.write(body);
  await end;
  return answer;
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}

test("SIGTERM under load: what was accepted is finished and stored, then the process ends by itself", async () => {
  const site = await freshSite();
  const sent = nothingSent();
  const server = await serveFor(site);
  const port = Number(new URL(server.url).port);
  const load = loadUntilGone(server.url, site.publishable, sent, 24);
  await expect.poll(() => sent.acknowledged.size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(300);
  const begun = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const messageId = newMessageId();
      sent.tried.add(messageId);
      const body = JSON.stringify({ ...visitOf(messageId), key: site.publishable });
      return { messageId, body, socket: await begin(port, body) };
    }),
  );

  const exit = server.kill("SIGTERM");
  await expect.poll(() => refuses(port), { timeout: 5000, interval: 10 }).toBe(true);
  for (const { messageId, body, socket } of begun) {
    const answer = await finish(socket, body);
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).toMatch(/^connection: close\r$/im);
    const { data } = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as { data: { signalId: string } };
    sent.acknowledged.set(messageId, data.signalId);
  }
  await load;
  // 1 is what it ends with when it could not finish within its 9 s.
  expect(await exit).toEqual({ code: 0, signal: null });
  expectStoredOnce(site, sent);
});

test("SIGTERM with an open live screen and idle keep-alive connections: the process still ends by itself", async () => {
  const site = await freshSite();
  const server = await serveFor(site);
  const { url } = await owlbound<{ url: string }>(site.dataDir, "console", "link", "--workspace", site.workspaceId);
  const session = await fetch(`${server.url}/console/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.url },
    body: JSON.stringify({ token: url.split("#setup=")[1] }),
  });
  const cookie = session.headers.get("set-cookie")?.split(";")[0] ?? "";
  const stream = await fetch(`${server.url}/console/api/stream`, { headers: { cookie } });
  expect(stream.status).toBe(200);
  const ended = stream.text().catch(() => "cut");
  expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  await ended;
});
