/** What of an address may leave the page. */

import { settings } from "./settings.ts";

/**
 * An address without private parameters, user name, and fragment unless that routes. The server looks again: at encoded
 * names, at more words, and at the length.
 */
export const clean = (address: string): string =>
  address
    .replace("hash" in settings ? "" : /#.*/, "")
    .replace(/([?&#])([^=&#]*(token|pass|secret|mail)|[^&#]*(@|%40))[^&#]*/gi, "$1");
