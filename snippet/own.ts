/** What the tag is in the midst of; the core and its chunks write into it. */

export interface Own {
  /** Bodies that wait, open at their end, by `<messageId>owlbound<path>`: memory, or the browser's storage where the mode says so. */
  box: Record<string, string>;
  /** By the same names: 1 while a body is on its way, 0 while it waits. */
  busy: Record<string, number>;
  /** Truthy while nothing may be recorded; the status once the collector refused this page's key. */
  off?: unknown;
  /** Visitor id, in modes that remember. */
  id?: string | undefined;
  /** messageId of the visit that is going on. */
  visit?: string;
  /** The text of the collector's last answer. */
  last?: string;
}

export const own: Own = { box: {}, busy: {} };
