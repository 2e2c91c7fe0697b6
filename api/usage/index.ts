export { checkCounts, findAlarms } from "./counts.ts";
export { type Answer, claimOnce, type IdempotentCall, once } from "./idempotency.ts";
export { createLedger, type Ledger } from "./ledger.ts";
export { createLimiter, type Limiter, type LimitHeaders, purgeWindows, RateLimitError } from "./limiter.ts";
export { insertUsage, purgeIdempotencyKeys } from "./queries.ts";
