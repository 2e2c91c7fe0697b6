/** The same answers as settings.ts, for a chunk, which is not the current script. */

/** Publishable key of a tag. */
export const keyOf = (script: HTMLScriptElement): string | null =>
  script.dataset.key || new URL(script.src).searchParams.get("key");

/** Base URL of the collector's endpoints. */
export const collectorOf = (script: HTMLScriptElement): string =>
  script.dataset.collector || `${new URL(script.src).origin}/v1`;
