import type { IncomingMessage } from "node:http";

const bodyBytesMax = 8_192;

/** The body as text, or undefined once it is over the limit (the rest is read and thrown away, so that the answer arrives). */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return bytes > bodyBytesMax ? undefined : Buffer.concat(chunks).toString("utf8");
}
