/** What looks for due work, in turns of its own. */
export interface Looker {
  /** Something may be due: looks at once, or once more where it is looking already. */
  wake(): void;
  /** True from `stop` on; a look that runs then should end. */
  stopped(): boolean;
  /** Resolves when the look that runs has ended. */
  stop(): Promise<void>;
}

/**
 * Calls `look` when woken and every so often besides (for what other processes queued, and what fell due by time), never twice at once, until
 * stopped. `failed` hears why a look rejected; the next one tries again.
 */
export function startLooker(look: () => Promise<void>, everyMs: number, failed: (error: unknown) => void): Looker {
  let stopped = false;
  let looking: Promise<void> | undefined;
  let again = false;

  function wake(): void {
    if (stopped) return;
    again = true;
    looking ??= (async () => {
      while (again && !stopped) {
        again = false;
        await look().catch(failed);
      }
    })().finally(() => (looking = undefined));
  }

  const timer = setInterval(wake, everyMs).unref();
  return {
    wake,
    stopped: () => stopped,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}
