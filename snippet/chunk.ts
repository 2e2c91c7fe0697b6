/** What the core and the chunk `page` know of each other. */

import type { post } from "./delivery.ts";
import type { visit } from "./page-visits.ts";
import type { clean, who } from "./privacy.ts";

/** What both write into. What the chunk puts there neither throws nor rejects. */
export interface Shared {
  /** By the core: the text of the collector's last answer, the answer if it asked for a pause, or why there was none. */
  last?: unknown;
  /** By the core: messageId of the visit that is going on. */
  visit?: string;
  /** By the chunk: reports on that visit; with `over`, for the last time. */
  report?: (over?: boolean) => void;
  /** By the chunk. */
  doctor?: () => unknown;
}

/** What the chunk exports; the core hands over what it needs, in this order. */
export type StartPage = (
  own: Shared,
  send: typeof post,
  strip: typeof clean,
  tag: HTMLScriptElement,
  show: typeof visit,
  speaker: typeof who,
) => void;

export const shared: Shared = {};
