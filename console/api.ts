import type { FeedPage, InstallStatus, Overview } from "../api/console/contract.ts";
import { callsOf, type EndpointTable } from "../client/client.ts";
import { OwlboundError } from "../client/error.ts";
import type { CallOptions, Pages } from "../client/types.ts";

const base = "/console/api";

/** The console's own endpoints (api/console/routes.ts), as `@owlbound/client` has the public ones. */
const table: EndpointTable = {
  "session.open": ["POST", "/session", "body"],
  "session.close": ["DELETE", "/session", ""],
  "overview.get": ["GET", "/overview", ""],
  "install.get": ["GET", "/install", ""],
  "signals.list": ["GET", "/signals", "query", "signals"],
};

/** The same in types. Every call throws OwlboundError. */
interface ConsoleClient {
  session: {
    /** Trades a one-time token for a session cookie. */
    open(body: { token: string }, options?: CallOptions): Promise<unknown>;
    /** Ends the session on the server. */
    close(options?: CallOptions): Promise<unknown>;
  };
  overview: { get(): Promise<Overview> };
  install: { get(): Promise<InstallStatus> };
  signals: {
    /** The feed, newest first, `limit` 1–200 a page; `cursor` of the page before. */
    list(query: { limit: number; cursor?: string | undefined }): Pages<FeedPage, FeedPage["signals"][number]>;
  };
}

/** A cookie says who asks: a key that a page holds could be read by whoever opens it. */
export const client = callsOf(table, {
  apiKey: undefined,
  baseUrl: base,
  timeoutMs: 15_000,
  // Somebody is looking: what fails twice is shown, not waited for.
  retriesMax: 1,
  retryWaitMaxMs: 5000,
  fetch: async (input, init) => {
    const answer = await fetch(input, { ...init, cache: "no-store", credentials: "same-origin" });
    noteClock(answer.headers.get("date"));
    return answer;
  },
}) as unknown as ConsoleClient;

/** True where the session has ended or never began. */
export const isSignedOut = (error: unknown): boolean => error instanceof OwlboundError && error.status === 401;

/** True where the server answered and refused: asking again would change nothing. */
export const isRefused = (error: unknown): boolean => error instanceof OwlboundError && error.status >= 400 && error.status < 500;

let aheadMs = 0;

/** The viewer's clock may be minutes off. The Date header counts whole seconds, so smaller differences are none. */
function noteClock(date: string | null): void {
  const differenceMs = date === null ? 0 : Date.parse(date) - Date.now();
  aheadMs = Math.abs(differenceMs) > 3000 ? differenceMs : 0;
}

/** Epoch ms by the server's clock, which stamps the signals. */
export const serverNow = (): number => Date.now() + aheadMs;

/** Where the live events come from. */
export const streamUrl = `${base}/stream`;
