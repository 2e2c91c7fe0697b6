import type { KeyRing, ActiveKey } from "../keys/index.ts";
import type { Ledger, Limiter } from "../usage/index.ts";
import type { CollectorParts } from "../../collector/index.ts";
import type { Config } from "../../core/config.ts";
import type { Cursors } from "../../core/cursor.ts";
import type { z } from "zod";
import type { Endpoint } from "../../core/endpoint.ts";
import type { Ctx } from "../../store/context.ts";

/** What the server is made of; built once in cli, handed down. */
export interface Parts extends CollectorParts {
  config: Config;
  keys: KeyRing;
  limiter: Limiter;
  ledger: Ledger;
  cursors: Cursors;
  secret: string;
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
  dryRun: boolean;
}

type Output<S> = [NonNullable<S>] extends [z.ZodType] ? z.output<NonNullable<S>> : undefined;

export interface Route {
  endpoint: Endpoint;
  handle(call: Call): Promise<unknown>;
}

/** Pairs an endpoint with its handler; what the handler answers is checked against the endpoint's schema by type. */
export function route<E extends Endpoint>(endpoint: E, handle: (call: Call<E>) => Promise<z.input<E["answers"][keyof E["answers"] & number]>>): Route {
  return { endpoint, handle: handle as Route["handle"] };
}
