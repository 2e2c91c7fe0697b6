const spaceMs = 800;
/** So that a read that hung does not silence the screen for minutes. */
const tookMaxMs = 500;

export interface Spaced {
  /** Runs at once, or right after the run that is under way: an older answer never comes last. */
  now(): void;
  /** Runs soon, however often it is called. */
  soon(): void;
  stop(): void;
}

/**
 * Spaces out a read that many events ask for, with one more run after the last of them and after a failure. Between
 * runs it waits twenty times what the last took, so that an open screen costs the server a twentieth of its time.
 */
export function spaced(run: () => Promise<unknown>, failed: (error: unknown) => void): Spaced {
  let timer = 0;
  let startedAt = -Infinity;
  let tookMs = 0;
  let running = false;
  let again = false;
  let stopped = false;

  const ended = () => {
    running = false;
    tookMs = Math.min(performance.now() - startedAt, tookMaxMs);
    if (again && !stopped) now();
  };
  const now = () => {
    clearTimeout(timer);
    timer = 0;
    again = running;
    if (running) return;
    running = true;
    startedAt = performance.now();
    run().then(ended, (error: unknown) => {
      failed(error);
      ended();
      if (!running) soon();
    });
  };
  const soon = () => {
    if (timer === 0 && !stopped) timer = window.setTimeout(now, Math.max(150, startedAt + Math.max(spaceMs, tookMs * 20) - performance.now()));
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  return { now, soon, stop };
}
