import { type Incoming, OutboundError, type Outgoing } from "../../../core/safe-fetch.ts";
import { ConnectorError } from "../call-words.ts";
import type { Outside } from "../provider.ts";

/** What a far side that asks for silence without saying for how long gets. */
const silenceUsualMs = 10_000;
/** No answer of a far side stops a connector for longer. */
const silenceMaxMs = 24 * 3_600_000;

export interface Answered extends Incoming {
  /** The body as JSON; undefined when it is none. */
  json: unknown;
}

/** One request to `who`. Throws ConnectorError when no answer came; every status is an answer. */
export async function ask(outside: Outside, who: string, url: string, request: Outgoing): Promise<Answered> {
  try {
    const answer = await outside.outbound(url, request);
    return { ...answer, json: jsonOf(answer.text) };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const reads = request.method === undefined || request.method === "GET" || request.method === "HEAD";
    // One text for all (security row 27): which of them it was is nobody's business but the log's.
    const kind = error.kind === "timeout" || error.kind === "network" ? "retry" : "refused";
    throw new ConnectorError(kind, `${who}: ${error.message}`, { cause: error, maybeDone: !reads && error.kind !== "refused" });
  }
}

export const sendJson = (body: unknown, headers: Readonly<Record<string, string>> = {}): Outgoing => ({
  method: "POST",
  headers: { "content-type": "application/json; charset=utf-8", accept: "application/json", ...headers },
  body: JSON.stringify(body),
});

/** The failure that a status stands for. `words`: what the far side says of it, when that is worth repeating. */
export function failureOf(outside: Outside, who: string, answer: Pick<Incoming, "status" | "headers">, words?: string): ConnectorError {
  const text = `${who} answered ${answer.status}${words === undefined || words === "" ? "" : `: ${words}`}`;
  const wait = retryAfterOf(answer.headers, outside.clock.now());
  const { status } = answer;
  if (status === 429 || (status === 503 && wait !== undefined)) return new ConnectorError("rate_limited", text, { retryAfterMs: wait ?? silenceUsualMs });
  if (status === 401 || status === 403 || status === 407) return new ConnectorError("auth", text);
  if (status === 408 || status === 409 || status === 425 || status >= 500) return new ConnectorError("retry", text, { maybeDone: status >= 500 });
  // What is not there, or moved, is a matter of the configuration and not of this call's content.
  if (status < 400 || [404, 405, 410].includes(status)) return new ConnectorError("refused", text);
  return new ConnectorError("bad_request", text);
}

export const rateLimited = (text: string, headers: Record<string, string>, now: number): ConnectorError =>
  new ConnectorError("rate_limited", text, { retryAfterMs: retryAfterOf(headers, now) ?? silenceUsualMs });

/** Milliseconds, from seconds, a date, or the millisecond header that some send. */
function retryAfterOf(headers: Record<string, string>, now: number): number | undefined {
  const exact = headers["retry-after-ms"];
  const typed = headers["retry-after"]?.trim();
  const ms = exact !== undefined && /^\d+(\.\d+)?$/.test(exact) ? Number(exact) : typed === undefined ? Number.NaN : /^\d+(\.\d+)?$/.test(typed) ? Number(typed) * 1000 : Date.parse(typed) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(Math.ceil(ms), 0), silenceMaxMs) : undefined;
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** The text at a path of own properties; undefined when there is none. */
export function textAt(json: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(json, path);
  return typeof value === "string" ? value : undefined;
}

export function valueAt(json: unknown, path: readonly string[]): unknown {
  let value = json;
  for (const name of path) value = typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  return value;
}

function jsonOf(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Where an API is asked: its own address, or another that the operator vouches for (a proxy of the house, a server of a test).
 * Answers a sentence when neither.
 */
export function checkBase(outside: Pick<Outside, "outbound">, base: string | undefined, official: string): { field: string; message: string } | undefined {
  if (base === undefined || base.replace(/\/$/, "") === official) return undefined;
  const url = new URL(base);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (outside.outbound.vouches(url.hostname, port)) return undefined;
  return { field: "baseUrl", message: `is ${official}, or a host that the operator lists in OWLBOUND_ALLOW_OUTBOUND` };
}
