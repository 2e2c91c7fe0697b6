import type { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { Config } from "../../core/config.ts";
import type { SafeFetch } from "../../core/safe-fetch.ts";
import type { CallResult, ConnectorCall, Person } from "./call-words.ts";

/** What a provider is handed. */
export interface Outside {
  outbound: SafeFetch;
  clock: Clock;
  /** The operator's. */
  config: Config;
  /** Workspace and connector: what makes a key of ours unique at a far side that others use too. */
  scope: string;
}

/** What came of a call; `answer` of a model, `found` of a lookup. */
export type Done = CallResult & { answer?: unknown; found?: Person };

type Doing = ConnectorCall["do"];
type CallOf<D extends Doing> = Extract<ConnectorCall, { do: D }>;

interface Of<S extends z.ZodObject, D extends Doing> {
  slug: string;
  name: string;
  category: "messaging" | "email" | "crm" | "model" | "enrichment" | "webhook";
  /** Where a person finds what the configuration asks for. */
  docs: string;
  config: S;
  /** Fields that are sealed and never shown; all others may be shown. */
  secrets: readonly (keyof z.output<S> & string)[];
  /** What it can be asked to do. */
  calls: readonly D[];
  /** Where the secrets go to, without any secret: changed, they have to be given again. Undefined: nowhere. */
  target(config: z.output<S>): string | undefined;
  /** What only the operator's settings can allow; a sentence for the field when they do not. */
  check?(outside: Pick<Outside, "outbound" | "config">, config: z.output<S>): { field: string; message: string } | undefined;
  /** Proves over the network that calls would go through, with as little effect as the far side allows. Throws ConnectorError. */
  probe(outside: Outside, config: z.output<S>): Promise<CallResult["detail"]>;
  /** Throws ConnectorError. Its texts may hold what the far side said: the caller scrubs them. */
  call(outside: Outside, config: z.output<S>, call: CallOf<D>): Promise<Done>;
}

export type Provider = Of<z.ZodObject, Doing>;

/** Declares a provider; its own functions see its own configuration and the calls that it names, as parsed. */
export function provider<S extends z.ZodObject, const D extends Doing>(p: Of<S, D>): Provider {
  return p as unknown as Provider;
}
