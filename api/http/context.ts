import type { KeyRing, ActiveKey } from "../keys/index.ts";
import type { Ledger, Limiter } from "../usage/index.ts";
import type { CollectorParts } from "../../collector/index.ts";
import type { Config } from "../../core/config.ts";
import type { Cursors } from "../../core/cursor.ts";
import type { z } from "zod";
import type { RunNews } from "../../core/news.ts";
import type { SafeFetch } from "../../core/safe-fetch.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import type { Readable } from "node:stream";
import type { Ctx } from "../../store/context.ts";
import type { Write } from "../../store/store.ts";

/** What the server is made of; built once in cli, handed down. */
export interface Parts extends CollectorParts {
  config: Config;
  keys: KeyRing;
  limiter: Limiter;
  ledger: Ledger;
  cursors: Cursors;
  secret: string;
  /** The only way out to the network. */
  outbound: SafeFetch;
  runNews: RunNews;
  /** Says that a job was queued, once its transaction is durable: `call.after(call.parts.wakeJobs)`. */
  wakeJobs(): void;
  /** By the trusted proxies: socket address and X-Forwarded-For to the visitor's address. */
  addressOf(remote: string, forwardedFor: string | undefined): string;
  /** How browsers reach this server, without a slash at the end. */
  publicUrl(): string;
  distDir: string;
}

export interface Call<E extends Endpoint = Endpoint> {
  ctx: Ctx;
  key: ActiveKey;
  params: Output<E["params"]>;
  query: Output<E["query"]>;
  body: Output<E["body"]>;
  cursors: Cursors;
  parts: Parts;
  /** What limits count the caller's address as. */
  addressBucket: string;
  dryRun: boolean;
}

type Output<S> = [NonNullable<S>] extends [z.ZodType] ? z.output<NonNullable<S>> : undefined;

/** A call that writes: everything it does happens in one transaction, with its ledger row and its idempotency answer. */
export interface WriteCall<E extends Endpoint = Endpoint> extends Call<E> {
  tx: Write;
  /** Gives credits of this call back, e.g. when there was nothing to do: a negative ledger row. */
  refund(credits: number): void;
  /** Runs once the transaction is durable; not on a dry run. For what lives outside the store (caches, wake-ups). */
  after(effect: () => void): void;
}

/** A call with a file, before its transaction: what is kept of the file is stored in writes of its own. */
export interface UploadCall<E extends Endpoint = Endpoint> extends Call<E> {
  /** As it was sent, parameters included. */
  contentType: string;
  /** The file as it comes; ends with an ApiError where it is too large or cut off. To be read once. */
  bytes: AsyncIterable<Uint8Array>;
}

export interface Received<T> {
  value: T;
  /** Deletes what was stored of the file: the call failed, was dry, or repeated an earlier one. */
  discard(): Promise<void>;
}

/** An answer with another than the endpoint's first success status. */
export class Reply<T = unknown> {
  readonly status: number;
  readonly data: T;
  constructor(status: number, data: T) {
    this.status = status;
    this.data = data;
  }
}

/** Data that is JSON already. */
export class Written<T = unknown> {
  readonly json: string;
  /** What it is the JSON of; for the types alone. */
  declare readonly of: T;
  constructor(json: string) {
    this.json = json;
  }
}

/** A body that is streamed instead of the envelope: files. */
export class Download {
  readonly contentType: string;
  readonly filename: string;
  readonly body: Readable;
  constructor(contentType: string, filename: string, body: Readable) {
    this.contentType = contentType;
    this.filename = filename;
    this.body = body;
  }
}

export type Route =
  | { endpoint: Endpoint; handle(call: Call): Promise<unknown>; write?: undefined; receive?: undefined }
  | { endpoint: Endpoint; write(call: WriteCall): Promise<unknown>; handle?: undefined; receive?: undefined }
  | { endpoint: Endpoint; receive(call: UploadCall): Promise<Received<unknown>>; write(call: WriteCall, received: unknown): Promise<unknown>; handle?: undefined };

type DataOf<E extends Endpoint> = z.input<E["answers"][keyof E["answers"] & number]>;

/** Pairs a reading endpoint with its handler; what the handler answers is checked against the endpoint's schema by type. */
export function route<E extends Endpoint>(endpoint: E, handle: (call: Call<E>) => Promise<DataOf<E> | Reply<DataOf<E>> | Written<DataOf<E>> | Download>): Route {
  return { endpoint, handle: handle as (call: Call) => Promise<unknown> };
}

/**
 * Pairs a writing endpoint with its handler. The handler writes by `call.tx` only and may run again after a deadlock. Whatever
 * it throws takes all of it back; a dry run does so too, after the same checks and with the same answer.
 */
export function action<E extends Endpoint>(endpoint: E, write: (call: WriteCall<E>) => Promise<DataOf<E> | Reply<DataOf<E>>>): Route {
  return { endpoint, write: write as (call: WriteCall) => Promise<unknown> };
}

/**
 * Pairs an endpoint that takes a file with its two halves. `receive` reads the file and stores what is needed of it, outside of any
 * transaction, since it comes over the network; `write` is as that of an action, and makes it count. What a crash leaves between the
 * two belongs to nothing: its capability has to delete it some time later.
 */
export function upload<E extends Endpoint, T>(endpoint: E, receive: (call: UploadCall<E>) => Promise<Received<T>>, write: (call: WriteCall<E>, received: T) => Promise<DataOf<E> | Reply<DataOf<E>>>): Route {
  return { endpoint, receive, write } as unknown as Route;
}
