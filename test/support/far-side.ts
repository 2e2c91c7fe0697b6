import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { testCertificate, testKey } from "./tls.ts";

export interface Heard {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage["headers"];
  httpVersion: string;
  body: string;
}

export interface FarSide {
  url: string;
  port: number;
  /** Every request that reached it, in order. */
  heard: Heard[];
}

/** What a far side answers: a status, headers and text or JSON; or whatever it does with the response itself. */
type Answer = { status?: number; headers?: Record<string, string>; body?: unknown } | ((response: ServerResponse) => void);

/** A real HTTP server on loopback that stands for somebody else's; gone when the test ends. */
export async function startFarSide(answer: (heard: Heard) => Answer | Promise<Answer>, options: { host?: string; port?: number; tls?: boolean } = {}): Promise<FarSide> {
  const heard: Heard[] = [];
  const listen = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, httpVersion: request.httpVersion, body: Buffer.concat(chunks).toString("utf8") };
    heard.push(one);
    const made = await answer(one);
    if (typeof made === "function") return made(response);
    const text = typeof made.body === "string" || made.body === undefined ? (made.body ?? "") : JSON.stringify(made.body);
    response.writeHead(made.status ?? 200, { "content-type": typeof made.body === "object" ? "application/json" : "text/plain", ...made.headers });
    response.end(text);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse) => void listen(request, response).catch(() => response.destroy());
  const server = options.tls ? createHttps({ cert: testCertificate, key: testKey }, onRequest) : createHttp(onRequest);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${options.tls ? "https" : "http"}://${options.host ?? "127.0.0.1"}:${port}`, port, heard };
}
