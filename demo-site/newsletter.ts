import type { IncomingMessage } from "node:http";
import { readBody } from "./body.ts";
import type { NewsletterState } from "./pages/newsletter.ts";

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
