/** Where the time comes from; handed down so that tests can move it. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
}

export const systemClock: Clock = { now: Date.now };

/**
 * A clock that stands still until told.
 * @internal used by tests, and by the engines that come next.
 */
export function fixedClock(startMs: number): Clock & { advance(ms: number): void } {
  let now = startMs;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}
