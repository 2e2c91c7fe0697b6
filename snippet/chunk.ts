/** What the core hands to the chunk `more`, in this order, and what it gets: the calls that a page may make. */

import type { clean } from "./clean.ts";
import type { post, track } from "./delivery.ts";
import type { Own } from "./own.ts";
import type { visit } from "./page-visits.ts";

export type Calls = Record<string, ((...args: never[]) => unknown) | undefined>;

export type StartMore = (
  script: HTMLScriptElement,
  own: Own,
  send: typeof post,
  show: typeof visit,
  count: typeof track,
  strip: typeof clean,
  /** Where the core waits for the chunk: calls that the stub took, and how to go on. */
  held: unknown,
  stubbed: [name: string, args: never[]][] | undefined,
  start: () => void,
) => Calls;
