export { type Answer, once } from "./idempotency.ts";
export { createLedger, type Ledger } from "./ledger.ts";
export { createLimiter, type Limiter, type LimitHeaders, purgeWindows, RateLimitError } from "./limiter.ts";
export { purgeIdempotencyKeys } from "./queries.ts";
