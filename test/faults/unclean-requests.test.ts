import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { startApi } from "../support/api.ts";

/** Sends bytes as they are and answers all that came back until the server closed. */
async function raw(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1").setEncoding("utf8");
  onTestFinished(() => void socket.destroy());
  let answer = "";
  socket.on("data", (text: string) => (answer += text));
  socket.on("error", () => {});
  const closed = once(socket, "close");
  socket.write(bytes);
  await closed;
  return answer;
}

const codeOf = (answer: string) => (JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as { error: { code: string; requestId: string } }).error;

test("giant headers are answered 431 in the error envelope, and the server serves on", async () => {
  const api = await startApi();
  const answer = await raw(api.url, `GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Giant: ${"a".repeat(20_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(codeOf(answer)).toMatchObject({ code: "HEADERS_TOO_LARGE", requestId: expect.stringMatching(/^req_/) as unknown });
  expect((await api.call("GET", "/v1/health")).status).toBe(200);
});

test("what is no HTTP is answered 400 in the error envelope, and the connection is closed", async () => {
  const api = await startApi();
  const answer = await raw(api.url, "\u0016\u0003\u0001 not http\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(codeOf(answer).code).toBe("VALIDATION_ERROR");
});

test("slow clients lose their sockets: headers within 15 s, the whole request within 30 s, looked at often", async () => {
  const { server } = (await startApi()).server.app;
  expect(server.headersTimeout).toBeGreaterThan(0);
  expect(server.headersTimeout).toBeLessThanOrEqual(15_000);
  expect(server.requestTimeout).toBeGreaterThan(0);
  expect(server.requestTimeout).toBeLessThanOrEqual(30_000);
});

test("one address can't hold more sockets than its share, and gets them back when it lets go", async () => {
  const api = await startApi({ flags: { "connections-per-address": "3" } });
  const open = async () => {
    const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    socket.write("GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
    const answered = await Promise.race([once(socket, "data").then(() => true), once(socket, "close").then(() => false)]);
    return { socket, answered };
  };
  const held = [await open(), await open(), await open()];
  expect(held.map((h) => h.answered)).toEqual([true, true, true]);
  expect((await open()).answered).toBe(false);
  held[0]?.socket.destroy();
  await expect.poll(async () => (await open()).answered, { timeout: 5000 }).toBe(true);
});

test("encoded bodies are refused with 415, whatever they would unfold to", async () => {
  const api = await startApi();
  const body = gzipSync(Buffer.alloc(50 * 1024 * 1024));
  for (const encoding of ["gzip", "br", "deflate", "identity, gzip"]) {
    const response = await fetch(`${api.url}/v1/signals`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": encoding, "x-api-key": api.publishable.key },
      body,
    });
    expect([encoding, response.status]).toEqual([encoding, 415]);
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe("UNSUPPORTED_MEDIA_TYPE");
  }
});

const fill = 64_000;
const nest = (open: string, close: string) => open.repeat(fill / (open.length + close.length)) + close.repeat(fill / (open.length + close.length));
const hostile: [string, string, number][] = [
  ["nested arrays", nest("[", "]"), 400],
  ["nested objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, 400],
  ["nested data", `{"type":"website_visit","data":{"a":${nest("[", "]").slice(100, -100)}}}`, 400],
  ["many keys", `{"type":"website_visit","data":{${Array.from({ length: 6000 }, (_, i) => `"k${i}":1`).join(",")}}}`, 400],
  ["a long text of quotes", `{"type":"website_visit","data":{"a":"${'\\"'.repeat(30_000)}"}}`, 400],
  ["nothing but a number", "9".repeat(fill), 400],
  ["more than 64 KB", " ".repeat(70_000), 413],
];

test.each(hostile)("64 KB of %s are refused, and the server serves on", async (_, body, status) => {
  const api = await startApi();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => api.call("POST", "/v1/signals", { key: api.publishable.key, headers: { "content-type": "text/plain" }, body })),
  );
  expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => status));
  expect(answers[0]?.body.error.requestId).toMatch(/^req_/);
  expect((await api.call("POST", "/v1/signals", { body: { type: "website_visit", data: {} } })).status).toBe(201);
});
