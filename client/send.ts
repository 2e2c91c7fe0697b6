import { OwlboundError } from "./error.ts";
import type { AnswerInfo, ClientOptions, ErrorDetail, WriteOptions } from "./types.ts";
import { retryAfterOf, retryWaitMs, sleep } from "./wait.ts";

export interface Settings extends Required<Omit<ClientOptions, "apiKey" | "onAnswer" | "allowSecretKeyInBrowser">>, Pick<ClientOptions, "onAnswer"> {
  /** Undefined where a cookie says who asks: the console. */
  apiKey: string | undefined;
}

/** One call, whatever the number of its attempts. */
export interface Outgoing {
  endpoint: string;
  method: string;
  /** After the base, query included. */
  path: string;
  body: unknown;
  /** Of a file, whose body is sent as it is. */
  contentType?: string;
}

const passing = new Set([408, 429, 502, 503, 504]);

/** `data` of the answer, the whole of a bare one, or the Response itself where it is a file. Throws OwlboundError, or the signal's reason. */
export async function send(settings: Settings, call: Outgoing, options: WriteOptions): Promise<unknown> {
  const retriesMax = options.retriesMax ?? settings.retriesMax;
  const headers: Record<string, string> = { Accept: "application/json" };
  if (settings.apiKey !== undefined) headers["X-API-Key"] = settings.apiKey;
  if (call.body !== undefined) headers["Content-Type"] = call.contentType ?? "application/json";
  // The same in every attempt: the server then carries it out once, also when an answer was lost on its way.
  if (call.method !== "GET") headers["Idempotency-Key"] = options.idempotencyKey ?? newKey();
  const init: RequestInit = { method: call.method, headers, redirect: "manual", ...(call.body === undefined ? {} : { body: call.contentType === undefined ? JSON.stringify(call.body) : (call.body as BodyInit) }) };

  for (let attempt = 1; ; attempt++) {
    let failure: OwlboundError;
    try {
      const { data, info } = await once(settings, call, init, options, attempt);
      if (info) settings.onAnswer?.(info);
      return data;
    } catch (error) {
      if (!(error instanceof OwlboundError)) throw error;
      failure = error;
    }
    const waitMs = retryWaitMs(attempt, failure.retryAfterS);
    if (attempt > retriesMax || !mayPass(failure) || waitMs > settings.retryWaitMaxMs) throw failure;
    await sleep(waitMs, options.signal);
  }
}

function mayPass({ status, code }: OwlboundError): boolean {
  return (status === 0 && code !== "REDIRECTED") || passing.has(status) || code === "BAD_ANSWER" || code === "IDEMPOTENCY_IN_PROGRESS";
}

/** `info` is missing for a file, of which no more is known than its Response says. */
interface Received {
  data: unknown;
  info?: AnswerInfo;
}

async function once(settings: Settings, call: Outgoing, init: RequestInit, options: WriteOptions, attempts: number): Promise<Received> {
  const { signal } = options;
  if (signal?.aborted) throw signal.reason;
  const timeoutMs = options.timeoutMs ?? settings.timeoutMs;
  // AbortSignal.any is younger than some of the platforms that this runs on.
  const ending = new AbortController();
  const end = () => ending.abort(signal?.reason);
  signal?.addEventListener("abort", end);
  let late = false;
  const timer = timeoutMs > 0 ? setTimeout(() => ((late = true), ending.abort()), timeoutMs) : undefined;
  try {
    const response = await settings.fetch(settings.baseUrl + call.path, { ...init, signal: ending.signal });
    if (response.ok && !isJson(response)) return { data: response };
    return received(settings, call, response, await response.text(), attempts);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof OwlboundError) throw error;
    if (late) throw new OwlboundError(`No answer within ${timeoutMs} ms.`, { code: "TIMEOUT", attempts }, error);
    throw new OwlboundError(`${settings.baseUrl} can't be reached.`, { code: "NETWORK_ERROR", attempts }, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

const isJson = (response: Response) => /^application\/json\b/.test(response.headers.get("content-type") ?? "");

interface Envelope {
  data?: unknown;
  meta?: { requestId?: string; credits?: { used?: number }; dryRun?: boolean };
  error?: { code?: string; message?: string; requestId?: string; details?: ErrorDetail[] };
}

function received(settings: Settings, call: Outgoing, response: Response, text: string, attempts: number): Received {
  const { status, headers } = response;
  const requestId = headers.get("x-request-id") ?? undefined;
  if ((status >= 300 && status < 400) || response.type === "opaqueredirect") {
    // The key must not follow to wherever it is.
    throw new OwlboundError(`${settings.baseUrl} answers with a redirect. Set baseUrl to where the API itself is.`, { code: "REDIRECTED", attempts });
  }
  let body: Envelope;
  try {
    body = JSON.parse(text) as Envelope;
  } catch (error) {
    // A page of a proxy, or an answer that was cut off.
    const code = response.ok ? "BAD_ANSWER" : `HTTP_${status}`;
    throw new OwlboundError(`The answer (${status}) is not JSON.`, { code, status, requestId, retryAfterS: retryAfterOf(headers.get("retry-after")), attempts }, error);
  }
  if (!response.ok) {
    const { code = `HTTP_${status}`, message = `The server answered ${status}.`, requestId: named, details } = body.error ?? {};
    throw new OwlboundError(message, { code, status, requestId: named ?? requestId, details, retryAfterS: retryAfterOf(headers.get("retry-after")), attempts });
  }
  return { data: body.meta === undefined ? body : body.data, info: infoOf(call.endpoint, response, body, attempts) };
}

function infoOf(endpoint: string, { status, headers }: Response, { meta }: Envelope, attempts: number): AnswerInfo {
  const limit = headers.get("x-ratelimit-limit");
  const number = (name: string) => Number(headers.get(name));
  return {
    endpoint,
    status,
    requestId: meta?.requestId ?? headers.get("x-request-id") ?? undefined,
    creditsUsed: meta?.credits?.used ?? 0,
    dryRun: meta?.dryRun === true,
    replayed: headers.get("idempotent-replayed") === "true",
    attempts,
    rateLimit: limit === null ? undefined : { limit: Number(limit), remaining: number("x-ratelimit-remaining"), resetAtS: number("x-ratelimit-reset") },
  };
}

/** Unique, not secret: platforms without randomUUID (Node 18, pages without TLS) make do with less. */
function newKey(): string {
  return globalThis.crypto?.randomUUID?.() ?? `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
}
