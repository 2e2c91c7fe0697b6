import { pagesOf } from "./pages.ts";
import { send, type Settings } from "./send.ts";
import type { ClientOptions, WriteOptions } from "./types.ts";

/**
 * What a call needs to know: method, path, whether a body, a file or a query is its argument; for lists the name of their rows, for files the
 * content type of one that does not say its own.
 */
export type TableEntry = readonly [method: string, path: string, input: "body" | "file" | "query" | "", more?: string];
export type EndpointTable = Readonly<Record<string, TableEntry>>;

/** `contacts.list` as `client.contacts.list`; index.d.ts has the exact types. */
export interface Untyped {
  [name: string]: Untyped & ((...args: unknown[]) => Promise<unknown>);
}

/** The client of these endpoints. Throws TypeError, naming the fix, for options that can't work. */
export function clientOf(table: EndpointTable, options: ClientOptions): Untyped {
  return callsOf(table, settingsOf(options));
}

/** One function for each endpoint of the table, whatever says who asks. */
export function callsOf(table: EndpointTable, settings: Settings): Untyped {
  const client: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(table)) {
    const names = key.split(".");
    const last = names.pop() ?? "";
    const place = names.reduce((within, name) => (within[name] ??= {}) as Record<string, unknown>, client);
    place[last] = (...args: unknown[]) => call(settings, key, entry, args);
  }
  return client as Untyped;
}

function settingsOf({ apiKey, baseUrl = "https://app.owlbound.ai/api/v1", timeoutMs = 30_000, retriesMax = 3, retryWaitMaxMs = 60_000, onAnswer, ...rest }: ClientOptions): Settings {
  if (typeof apiKey !== "string" || !/^gtm_[sp]k_/.test(apiKey)) throw new TypeError("createClient needs an apiKey: gtm_sk_… on a server, gtm_pk_… in a browser.");
  if (typeof document !== "undefined" && apiKey.startsWith("gtm_sk_") && rest.allowSecretKeyInBrowser !== true) {
    throw new TypeError("A secret key in a page can be read by whoever opens it. Use a publishable key (gtm_pk_…) here, and this one on your server.");
  }
  if (!/^(https?:\/\/|\/)/.test(baseUrl)) throw new TypeError(`baseUrl ${baseUrl} is no URL. Say where the API answers: https://app.owlbound.ai/api/v1`);
  const fetchOf = rest.fetch ?? globalThis.fetch;
  if (typeof fetchOf !== "function") throw new TypeError("There is no fetch here (Node before 18?). Pass one: createClient({ fetch }).");
  // Browsers refuse a fetch that is called as somebody's method.
  return { apiKey, baseUrl: baseUrl.replace(/\/+$/, ""), timeoutMs, retriesMax, retryWaitMaxMs, onAnswer, fetch: (input, init) => fetchOf(input, init) };
}

type Query = Record<string, unknown>;

/** Arguments in order: each part of the path, the body or a list's query, options. */
function call(settings: Settings, endpoint: string, [method, path, input, more]: TableEntry, args: unknown[]): Promise<unknown> {
  const rest = [...args];
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const value = rest.shift();
    if (typeof value !== "string" || value === "") throw new TypeError(`${endpoint} needs ${name}, a string that is not empty.`);
    return encodeURIComponent(value);
  });
  const given = input === "" ? undefined : rest.shift();
  const { query, ...options } = (rest.shift() ?? {}) as WriteOptions & { query?: Query };
  if (input === "file" && !isFile(given)) throw new TypeError(`${endpoint} needs a file: a string, a Blob (openAsBlob of node:fs makes one), an ArrayBuffer or bytes.`);
  const body = input === "body" || input === "file" ? given : undefined;
  const file = input === "file" ? { contentType: (given instanceof Blob && given.type) || (more ?? "") } : {};
  const rows = input === "file" ? undefined : more;
  const asked = (input === "query" ? given : query) as Query | undefined;
  const request = (page: Query) => {
    const search = searchOf({ ...asked, ...(options.dryRun && method !== "GET" ? { dry_run: true } : {}), ...page });
    return send(settings, { endpoint, method, path: filled + search, body, ...file }, options);
  };
  return rows === undefined ? request({}) : pagesOf((cursor) => request(cursor === undefined ? {} : { cursor }), rows);
}

const isFile = (given: unknown) => typeof given === "string" || given instanceof Blob || given instanceof ArrayBuffer || ArrayBuffer.isView(given);

function searchOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, String(value)]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
