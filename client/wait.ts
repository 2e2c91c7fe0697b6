const backoffFirstMs = 500;
const backoffMaxMs = 8000;
const jitterMaxMs = 1000;

/**
 * How long to wait before the next attempt, ms. What the server asks for is kept, and a little added, so that clients that were
 * refused together do not come back together; without it the wait doubles from half a second up to eight.
 */
export function retryWaitMs(attempt: number, retryAfterS: number | undefined, random: () => number = Math.random): number {
  if (retryAfterS !== undefined) return retryAfterS * 1000 + random() * Math.min(jitterMaxMs, retryAfterS * 100);
  const most = Math.min(backoffFirstMs * 2 ** (attempt - 1), backoffMaxMs);
  return most / 2 + (random() * most) / 2;
}

/** Seconds of a Retry-After header, which may be a date as well; undefined where there is none to be understood. */
export function retryAfterOf(header: string | null, now: number = Date.now()): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}

/** Rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const ended = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", ended);
      resolve();
    }, ms);
    signal?.addEventListener("abort", ended, { once: true });
  });
}
