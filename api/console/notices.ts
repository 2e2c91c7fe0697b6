import type { Parts } from "../http/context.ts";
import { warningsOf } from "./warnings.ts";

/** Calls that come together look once; those that come meanwhile look once more. */
const gatherMs = 100;

/**
 * What changes on an open screen without a signal, sent when it is another than at the last look. Looks never overlap. `failed` is
 * called when the store could not be read.
 */
export function createNotices(parts: Parts, workspaceId: string, send: (event: string, data: unknown) => void, failed: () => void): { look(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  let stopped = false;
  let sentWarnings = "";

  async function run(): Promise<void> {
    const warnings = await warningsOf(parts.store, workspaceId, parts.clock.now());
    const text = JSON.stringify(warnings);
    if (text !== sentWarnings && !stopped) send("warnings", warnings);
    sentWarnings = text;
  }

  function begin(): void {
    timer = undefined;
    running = true;
    run().then(ended, failed);
  }

  function ended(): void {
    running = false;
    if (again && !stopped) look();
    again = false;
  }

  function look(): void {
    if (running) again = true;
    else timer ??= setTimeout(begin, gatherMs);
  }

  const offNews = parts.news.on((id) => id === workspaceId && look());
  return {
    look,
    stop: () => {
      offNews();
      clearTimeout(timer);
      stopped = true;
    },
  };
}
