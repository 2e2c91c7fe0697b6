import type { Clock } from "../../core/clock.ts";
import { ApiError } from "../../core/errors.ts";
import { boundedCache } from "../../core/lru.ts";
import { admit, type WindowSpec, type WindowState } from "../../core/rate-window.ts";
import type { Store } from "../../store/store.ts";
import type { Plan } from "../../store/tables.ts";
import type { ActiveKey } from "../keys/index.ts";
import { deleteExpiredWindows, findWindow, lockWindow, saveWindow } from "./queries.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The published table; `unlimited` has no windows. */
const planWindows: Record<Plan, readonly WindowSpec[]> = {
  starter: [
    { windowMs: minuteMs, limit: 60 },
    { windowMs: hourMs, limit: 1000 },
    { windowMs: dayMs, limit: 10_000 },
  ],
  pro: [
    { windowMs: minuteMs, limit: 120 },
    { windowMs: hourMs, limit: 5000 },
    { windowMs: dayMs, limit: 50_000 },
  ],
  enterprise: [
    { windowMs: minuteMs, limit: 300 },
    { windowMs: hourMs, limit: 15_000 },
  ],
  unlimited: [],
};

export type LimitHeaders = {
  "x-ratelimit-limit": string;
  "x-ratelimit-remaining": string;
  "x-ratelimit-reset": string;
  "ratelimit-policy": string;
  ratelimit: string;
};

export interface LimiterSettings {
  visitorLimit: number;
  keyLimit: number;
}

export interface Limiter {
  /**
   * Counts one request of a key. Throws RATE_LIMIT_EXCEEDED with Retry-After, counting nothing; else answers the
   * headers of the window with the least left (undefined where no published window applies).
   */
  take(key: ActiveKey, visitorBucket: string): LimitHeaders | undefined | Promise<LimitHeaders | undefined>;
  /** What `take` would find, without counting. */
  windows(key: ActiveKey, visitorBucket: string): Promise<{ limit: number; remaining: number; resetAtMs: number; windowMs: number }[]>;
  /** Per address, asked only after a key lookup failed: slows down guessing. */
  takeFailure(addressBucket: string): void;
}

/** A RATE_LIMIT_EXCEEDED that carries the headers of its window. */
export class RateLimitError extends ApiError {
  readonly headers: LimitHeaders | undefined;
  constructor(retryAfterS: number, headers: LimitHeaders | undefined) {
    super("RATE_LIMIT_EXCEEDED", { retryAfterS });
    this.headers = headers;
  }
}

/** Unknown keys a minute and address before they become 429s; a misconfigured client still reads why. */
const failureSpecs: readonly WindowSpec[] = [{ windowMs: minuteMs, limit: 600 }];

export function createLimiter(store: Store, clock: Clock, settings: LimiterSettings): Limiter {
  // On one machine the states live here and are written behind, sharing the commits that happen anyway; several nodes share them in the database.
  const states = boundedCache<string, WindowState>(100_000);
  const guards = boundedCache<string, WindowState>(100_000);
  const failures = boundedCache<string, WindowState>(20_000);
  const guardSpecs: readonly WindowSpec[] = settings.visitorLimit > 0 ? [{ windowMs: minuteMs, limit: settings.visitorLimit }] : [];
  const ceilingSpecs: readonly WindowSpec[] = settings.keyLimit > 0 ? [{ windowMs: 1000, limit: settings.keyLimit }] : [];
  const dirty = new Map<string, { workspaceId: string; bucket: string }>();

  /** Throws where one more does not fit; else answers the state with it. */
  function assertRoom(cache: typeof states, bucket: string, specs: readonly WindowSpec[], now: number): WindowState {
    const outcome = admit(cache.get(bucket), specs, now);
    if (!outcome.admitted) throw new RateLimitError(outcome.retryAfterS ?? 1, undefined);
    return outcome.state;
  }

  function inMemory(cache: typeof states, bucket: string, specs: readonly WindowSpec[], now: number): void {
    if (specs.length > 0) cache.set(bucket, assertRoom(cache, bucket, specs, now));
  }

  function persistSoon(workspaceId: string, bucket: string): void {
    const first = dirty.size === 0;
    dirty.set(workspaceId + bucket, { workspaceId, bucket });
    if (!first) return;
    store.later(async (tx) => {
      const batch = [...dirty.values()];
      dirty.clear();
      for (const entry of batch) {
        const state = states.get(entry.workspaceId + entry.bucket);
        if (state) await saveWindow(tx, entry.workspaceId, entry.bucket, state, clock.now() + dayMs);
      }
    });
  }

  async function takeShared(workspaceId: string, bucket: string, specs: readonly WindowSpec[]): Promise<LimitHeaders> {
    return store.write(async (tx) => {
      const now = clock.now();
      const outcome = admit(await lockWindow(tx, workspaceId, bucket), specs, now);
      if (!outcome.admitted) throw new RateLimitError(outcome.retryAfterS ?? 1, headersOf(outcome.windows, now));
      await saveWindow(tx, workspaceId, bucket, outcome.state, now + dayMs);
      return headersOf(outcome.windows, now);
    });
  }

  function takeLocal(workspaceId: string, bucket: string, specs: readonly WindowSpec[], state: WindowState | undefined): LimitHeaders {
    const now = clock.now();
    const outcome = admit(state, specs, now);
    const headers = headersOf(outcome.windows, now);
    if (!outcome.admitted) throw new RateLimitError(outcome.retryAfterS ?? 1, headers);
    states.set(workspaceId + bucket, outcome.state);
    persistSoon(workspaceId, bucket);
    return headers;
  }

  async function takeFirst(workspaceId: string, bucket: string, specs: readonly WindowSpec[]): Promise<LimitHeaders> {
    const saved = await findWindow(store.read, workspaceId, bucket);
    return takeLocal(workspaceId, bucket, specs, states.get(workspaceId + bucket) ?? saved);
  }

  function takeWindows(key: ActiveKey, bucket: string, specs: readonly WindowSpec[]): LimitHeaders | Promise<LimitHeaders> {
    if (store.dialect === "postgres") return takeShared(key.workspace.id, bucket, specs);
    const state = states.get(key.workspace.id + bucket);
    return state ? takeLocal(key.workspace.id, bucket, specs, state) : takeFirst(key.workspace.id, bucket, specs);
  }

  const bucketOf = (key: ActiveKey, visitorBucket: string) => (key.type === "publishable" ? `${key.id} ${visitorBucket}` : key.id);

  return {
    take: (key, visitorBucket) => {
      const specs = planWindows[key.workspace.plan];
      const bucket = bucketOf(key, visitorBucket);
      // The guard and the ceiling defend the machine; only the plan's windows are published and kept.
      if (specs.length === 0) {
        if (key.type === "publishable") inMemory(guards, bucket, guardSpecs, clock.now());
        return undefined;
      }
      if (key.type === "publishable") assertRoom(guards, key.id, ceilingSpecs, clock.now());
      const taken = takeWindows(key, bucket, specs);
      if (key.type !== "publishable" || ceilingSpecs.length === 0) return taken;
      // A visitor who is over the plan's windows is refused before, and takes no room from the key's other visitors.
      const counted = (headers: LimitHeaders) => {
        inMemory(guards, key.id, ceilingSpecs, clock.now());
        return headers;
      };
      return taken instanceof Promise ? taken.then(counted) : counted(taken);
    },
    windows: async (key, visitorBucket) => {
      const specs = planWindows[key.workspace.plan];
      if (specs.length === 0) return [];
      const bucket = bucketOf(key, visitorBucket);
      const state = states.get(key.workspace.id + bucket) ?? (await findWindow(store.read, key.workspace.id, bucket));
      const probe = admit(state, specs, clock.now());
      return probe.windows.map((w) => ({ ...w, remaining: probe.admitted ? w.remaining + 1 : w.remaining }));
    },
    takeFailure: (addressBucket) => {
      inMemory(failures, addressBucket, failureSpecs, clock.now());
    },
  };
}

/** Drops windows that no longer matter. */
export async function purgeWindows(store: Store, now: number): Promise<void> {
  await store.write((tx) => deleteExpiredWindows(tx, now));
}

function headersOf(windows: readonly { limit: number; remaining: number; resetAtMs: number; windowMs: number }[], now: number): LimitHeaders {
  let tightest = windows[0];
  if (!tightest) throw new Error("a limit without windows has no headers");
  for (const w of windows) if (w.remaining < tightest.remaining) tightest = w;
  const name = (ms: number) => (ms === minuteMs ? "minute" : ms === hourMs ? "hour" : "day");
  return {
    "x-ratelimit-limit": String(tightest.limit),
    "x-ratelimit-remaining": String(tightest.remaining),
    "x-ratelimit-reset": String(Math.ceil(tightest.resetAtMs / 1000)),
    "ratelimit-policy": windows.map((w) => `"${name(w.windowMs)}";q=${w.limit};w=${w.windowMs / 1000}`).join(", "),
    ratelimit: `"${name(tightest.windowMs)}";r=${tightest.remaining};t=${Math.max(0, Math.ceil((tightest.resetAtMs - now) / 1000))}`,
  };
}
