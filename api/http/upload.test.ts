import { connect } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { startApi } from "../../test/support/api.ts";
import { sendFile } from "../../test/support/imports.ts";

type Api = Awaited<ReturnType<typeof startApi>>;
const megabytes = 2 ** 20;

/** Sends the head of an upload, and as much of the body as is given, over a socket of its own; `answer` is all that comes back. */
function openUpload(api: Api, headers: string[], body = "") {
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.write([`POST /v1/imports HTTP/1.1`, "Host: x", "Content-Type: text/csv", ...headers, "", body].join("\r\n"));
  const answer = () =>
    new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += String(chunk);
        if (text.includes('"requestId"')) resolve(text);
      });
    });
  return { socket, answer };
}

const pieces = async (api: Api) => (await api.store.read.selectFrom("import_pieces").select("import_id").execute()).length;

describe("an upload", () => {
  test("that is too large is refused by its length before it comes, or once that many bytes came, decompressed (security row 11)", async () => {
    const api = await startApi();
    const told = await openUpload(api, [`X-API-Key: ${api.secret.key}`, `Content-Length: ${65 * megabytes}`]).answer();
    expect(told).toMatch(/^HTTP\/1.1 413 /);
    const bomb = gzipSync(Buffer.concat([Buffer.from("email\n"), Buffer.alloc(65 * megabytes, "a\n")]));
    expect(bomb.length).toBeLessThan(megabytes);
    const { status, body } = await sendFile(api, bomb, "", { headers: { "content-encoding": "gzip" } });
    expect([status, body.error.code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
    expect(await pieces(api)).toBe(0);
  });

  test("is not read before its sender is known", async () => {
    const api = await startApi();
    const more = [`Content-Length: ${60 * megabytes}`];
    expect(await openUpload(api, more).answer()).toMatch(/^HTTP\/1.1 401 /);
    const reader = await api.newKey({ scopes: ["contacts:read"] });
    expect(await openUpload(api, [...more, `X-API-Key: ${reader.key}`]).answer()).toMatch(/^HTTP\/1.1 403 /);
  });

  test("that breaks off leaves nothing behind", async () => {
    const api = await startApi();
    const { socket } = openUpload(api, [`X-API-Key: ${api.secret.key}`, `Content-Length: ${60 * megabytes}`], `email\n${"x@acme.test\n".repeat(100_000)}`);
    await expect.poll(() => pieces(api), { timeout: 60_000 }).toBeGreaterThan(0);
    socket.destroy();
    await expect.poll(() => pieces(api), { timeout: 60_000 }).toBe(0);
    expect((await api.call("GET", "/v1/imports")).body.data.imports).toEqual([]);
  });

  test("that is compressed otherwise, or not as it says, is refused with the reason", async () => {
    const api = await startApi();
    const csv = Buffer.from("email\na@acme.test\n");
    const refused = async (file: Uint8Array, encoding: string) => {
      const { status, body } = await sendFile(api, file, "", { headers: { "content-encoding": encoding } });
      return [status, body.error.details?.[0]?.code ?? body.error.code];
    };
    expect(await refused(brotliCompressSync(csv), "br")).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(await refused(csv, "gzip")).toEqual([400, "incomplete_body"]);
    expect(await refused(gzipSync(csv).subarray(0, -4), "gzip")).toEqual([400, "incomplete_body"]);
    expect(await refused(gzipSync(gzipSync(csv)), "gzip, gzip")).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(await pieces(api)).toBe(0);
  });
});
