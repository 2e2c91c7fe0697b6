// This file's text opens the package's index.d.ts: types only, and no imports.

export interface ClientOptions {
  /** A secret key (`gtm_sk_…`) on a server; a publishable one (`gtm_pk_…`) in a browser. */
  apiKey: string;
  /** Where the API answers, `/api/v1` included. Default: `https://app.owlbound.ai/api/v1`. */
  baseUrl?: string;
  /** For one attempt, in ms; 0 waits for ever. Default: 30,000. */
  timeoutMs?: number;
  /** Attempts after the first. Default: 3. */
  retriesMax?: number;
  /** A server that asks for a longer wait than this, in ms, is not asked again. Default: 60,000. */
  retryWaitMaxMs?: number;
  /** Another `fetch` than the platform's. */
  fetch?: typeof globalThis.fetch;
  /** Hears of each call that succeeded. */
  onAnswer?: (answer: AnswerInfo) => void;
  /** Secret keys are refused where there is a page, for whoever opens it can read them. True allows it all the same. */
  allowSecretKeyInBrowser?: boolean;
}

/** What may be said about any one call. */
export interface CallOptions {
  /** Ends the call, also while it waits to try again; its reason is what is thrown. */
  signal?: AbortSignal;
  timeoutMs?: number;
  retriesMax?: number;
}

/** What may be said about a call that writes. */
export interface WriteOptions extends CallOptions {
  /** Chosen for each call, and the same in all its attempts. Say your own to span restarts of your program. */
  idempotencyKey?: string;
  /** Checks everything, changes nothing and costs nothing. */
  dryRun?: boolean;
}

/** What is known of a call besides its data. */
export interface AnswerInfo {
  /** `contacts.list` */
  endpoint: string;
  status: number;
  requestId: string | undefined;
  creditsUsed: number;
  dryRun: boolean;
  /** True where the server had answered this Idempotency-Key before. */
  replayed: boolean;
  attempts: number;
  /** Of the window with the least left; undefined on plans without limits. */
  rateLimit: { limit: number; remaining: number; resetAtS: number } | undefined;
}

export interface ErrorDetail {
  /** The field, e.g. `steps.0.subject`. */
  path?: string;
  code?: string;
  message?: string;
  [more: string]: unknown;
}

/** Why a call failed. */
export interface Failure {
  /** Of the API's table (`NOT_FOUND`, …), or `NETWORK_ERROR`, `TIMEOUT`, `BAD_ANSWER`. */
  code: string;
  /** 0 where no answer came. */
  status: number;
  requestId: string | undefined;
  details: readonly ErrorDetail[];
  /** Seconds after which the server will take it; undefined where it did not say. */
  retryAfterS: number | undefined;
  attempts: number;
}

/** A list: awaited it is its first page; iterated it is every row of every page, fetched as they are needed. */
export interface Pages<Page, Row> extends Promise<Page>, AsyncIterable<Row> {
  /** Page by page. */
  pages(): AsyncIterable<Page>;
}
