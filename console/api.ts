import type { FeedPage, InstallStatus, Overview } from "../api/console/contract.ts";

/** An answer that was not what was asked for. `code` is one of the error table, or OFFLINE when nothing answered. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** True where the session has ended or never began. */
export const isSignedOut = (error: unknown): boolean => error instanceof ApiFailure && error.status === 401;

const base = "/console/api";
const waitMs = 15_000;

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(base + path, { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(waitMs), ...init });
  } catch {
    throw new ApiFailure("OFFLINE", 0, "The server does not answer.");
  }
  noteClock(answer.headers.get("date"));
  if (answer.ok) return answer;
  const body: unknown = await answer.json().catch(() => null);
  const error = typeof body === "object" && body !== null && "error" in body ? (body.error as { code?: unknown; message?: unknown }) : {};
  throw new ApiFailure(String(error.code ?? "INTERNAL_ERROR"), answer.status, String(error.message ?? `The server answered ${answer.status}.`));
}

let aheadMs = 0;

/** The viewer's clock may be minutes off. The Date header counts whole seconds, so smaller differences are none. */
function noteClock(date: string | null): void {
  const differenceMs = date === null ? 0 : Date.parse(date) - Date.now();
  aheadMs = Math.abs(differenceMs) > 3000 ? differenceMs : 0;
}

/** Epoch ms by the server's clock, which stamps the signals. */
export const serverNow = (): number => Date.now() + aheadMs;

async function read<T>(path: string): Promise<T> {
  const answer = await call(path);
  try {
    // The server checks its own answers; both sides share the contract's types.
    return ((await answer.json()) as { data: T }).data;
  } catch {
    throw new ApiFailure("OFFLINE", answer.status, "The server's answer was cut short.");
  }
}

/** Trades a one-time token for a session cookie. Throws ApiFailure. */
export async function openSession(token: string): Promise<void> {
  await call("/session", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token }) });
}

/** Ends the session on the server. */
export async function closeSession(): Promise<void> {
  await call("/session", { method: "DELETE" });
}

export const readOverview = (): Promise<Overview> => read("/overview");
export const readInstall = (): Promise<InstallStatus> => read("/install");

/** A page of the feed, newest first, `limit` 1–200; `cursor` of the page before. */
export function readSignals(limit: number, cursor?: string): Promise<FeedPage> {
  return read(`/signals?limit=${limit}${cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
}

/** Where the live events come from. */
export const streamUrl = `${base}/stream`;
