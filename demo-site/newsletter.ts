import type { IncomingMessage } from "node:http";
import type { NewsletterState } from "./pages/newsletter.ts";

const bodyBytesMax = 8_192;

/** Reads a posted sign-up form. `problem` is set, in words for the visitor, when it cannot be accepted. */
export async function readNewsletter(request: IncomingMessage): Promise<NewsletterState> {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) return { problem: "Please use the form on this page." };
  const text = await readBody(request);
  if (text === undefined) return { problem: "That was more than the form can take. Please shorten it." };
  const fields = new URLSearchParams(text);
  const field = (name: string, lengthMax: number): string => (fields.get(name) ?? "").trim().slice(0, lengthMax);
  const state: NewsletterState = { email: field("email", 254), firstName: field("firstName", 80), company: field("company", 120) };
  // The browser checks first; this is for visitors whose browser did not.
  const complete = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(state.email ?? "");
  return complete ? state : { ...state, problem: "That does not look like an e-mail address. Something like name@company.com?" };
}

/** The body as text, or undefined once it is over the limit (the rest is read and thrown away, so that the answer arrives). */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return bytes > bodyBytesMax ? undefined : Buffer.concat(chunks).toString("utf8");
}
