/** One limit: at most `limit` (≥ 1) requests in any span of `windowMs`. */
export interface WindowSpec {
  windowMs: number;
  limit: number;
}

/**
 * What was counted in one window: buckets of (start, count), oldest first. Only the newest bucket still grows; the others
 * lie in chunks that are never changed, so that a new state shares them with the one before it.
 */
export interface WindowLog {
  windowMs: number;
  total: number;
  newestAt: number;
  newestCount: number;
  /** Index of the first live pair in the first chunk. */
  head: number;
  /** Flat pairs: start, count, start, count … */
  chunks: number[][];
}

/** Plain JSON. */
export interface WindowState {
  logs: WindowLog[];
}

export interface WindowView {
  limit: number;
  remaining: number;
  /** Epoch ms at which the oldest counted request leaves and one more fits. */
  resetAtMs: number;
  windowMs: number;
}

export interface Admission {
  admitted: boolean;
  state: WindowState;
  windows: WindowView[];
  /** Whole seconds ≥ 1, when refused: a request sent then is admitted if no other came between. */
  retryAfterS?: number;
}

const minuteMs = 60_000;
const chunkNumbers = 128;

/**
 * Counts one request against all windows, or, if one of them is full, against none. Windows up to a minute are exact;
 * longer ones count in buckets of a minute that leave when their last ms does, so that no true window ever holds more
 * than its limit. Pure: `before` is never changed, and the clock is the caller's.
 */
export function admit(before: WindowState | undefined, specs: readonly WindowSpec[], nowMs: number): Admission {
  const logs: WindowLog[] = [];
  let freeAtMs = nowMs;
  for (const spec of specs) {
    const log = pruned(findLog(before, spec.windowMs), spec.windowMs, nowMs);
    logs.push(log);
    if (log.total >= spec.limit) freeAtMs = Math.max(freeAtMs, leavesAt(log, log.total - spec.limit + 1));
  }
  const admitted = freeAtMs <= nowMs;
  if (admitted) for (let i = 0; i < logs.length; i++) logs[i] = counted(logs[i] ?? emptyLog(0), nowMs);

  const windows: WindowView[] = [];
  for (let i = 0; i < specs.length; i++) {
    const { limit, windowMs } = specs[i] ?? { limit: 0, windowMs: 0 };
    const log = logs[i] ?? emptyLog(windowMs);
    windows.push({ limit, remaining: Math.max(0, limit - log.total), resetAtMs: log.total === 0 ? nowMs : leavesAt(log, Math.max(1, log.total - limit + 1)), windowMs });
  }
  if (admitted) return { admitted, state: { logs }, windows };
  return { admitted, state: { logs }, windows, retryAfterS: Math.max(1, Math.ceil((freeAtMs - nowMs) / 1000)) };
}

const bucketMs = (windowMs: number) => (windowMs <= minuteMs ? 1 : minuteMs);

function findLog(state: WindowState | undefined, windowMs: number): WindowLog | undefined {
  if (state) for (const log of state.logs) if (log.windowMs === windowMs) return log;
  return undefined;
}

function emptyLog(windowMs: number): WindowLog {
  return { windowMs, total: 0, newestAt: 0, newestCount: 0, head: 0, chunks: [] };
}

/** From this moment on the bucket can't share a window with a new request. */
const expiry = (at: number, windowMs: number) => at + windowMs + bucketMs(windowMs) - 1;

/** The log without what has left the window. Answers the same object when nothing has. */
function pruned(log: WindowLog | undefined, windowMs: number, nowMs: number): WindowLog {
  if (!log || expiry(log.newestAt, windowMs) <= nowMs) return emptyLog(windowMs);
  // The clock was set back by more than the window: what it counted says nothing about now.
  if (log.newestAt > nowMs + windowMs) return emptyLog(windowMs);
  let { total, head } = log;
  let dropped = 0;
  while (dropped < log.chunks.length) {
    const chunk = log.chunks[dropped] ?? [];
    while (head < chunk.length && expiry(chunk[head] ?? 0, windowMs) <= nowMs) {
      total -= chunk[head + 1] ?? 0;
      head += 2;
    }
    if (head < chunk.length) break;
    head = 0;
    dropped++;
  }
  if (total === log.total) return log;
  return { windowMs, total, newestAt: log.newestAt, newestCount: log.newestCount, head, chunks: dropped === 0 ? log.chunks : log.chunks.slice(dropped) };
}

/** The log with one more request. A clock that was set back counts into the newest bucket. */
function counted(log: WindowLog, nowMs: number): WindowLog {
  const { windowMs, total, newestAt, newestCount, head } = log;
  const bucket = bucketMs(windowMs);
  const at = bucket === 1 ? nowMs : nowMs - (nowMs % bucket);
  if (total === 0) return { windowMs, total: 1, newestAt: at, newestCount: 1, head: 0, chunks: [] };
  if (at <= newestAt) return { windowMs, total: total + 1, newestAt, newestCount: newestCount + 1, head, chunks: log.chunks };
  return { windowMs, total: total + 1, newestAt: at, newestCount: 1, head, chunks: withBucket(log.chunks, newestAt, newestCount) };
}

function withBucket(chunks: number[][], at: number, count: number): number[][] {
  const copy = chunks.slice();
  const last = copy[copy.length - 1];
  if (last === undefined || last.length >= chunkNumbers) {
    copy.push([at, count]);
    return copy;
  }
  const grown = last.slice();
  grown.push(at, count);
  copy[copy.length - 1] = grown;
  return copy;
}

/** Epoch ms at which at least `count` of the oldest requests have left. */
function leavesAt(log: WindowLog, count: number): number {
  let left = 0;
  let index = log.head;
  for (const chunk of log.chunks) {
    for (; index < chunk.length; index += 2) {
      left += chunk[index + 1] ?? 0;
      if (left >= count) return expiry(chunk[index] ?? 0, log.windowMs);
    }
    index = 0;
  }
  return expiry(log.newestAt, log.windowMs);
}
