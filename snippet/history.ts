/** The routes of a page that loads its next pages itself, where the browser has no Navigation API. */

import { listen } from "./guard.ts";

/** Calls `show` after each change of the address, by the page's router or the visitor, and once at the start. */
export function watchHistory(show: () => void): void {
  listen("popstate", show);
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    try {
      history[name] = function (...args) {
        original.apply(this, args);
        show();
      };
    } catch {
      // The page froze its history: its routes can't be seen, its loads can.
    }
  }
  // What changed before this was loaded.
  show();
}
