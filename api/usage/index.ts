export { capPeriods, findCreditCap, removeCreditCap, setCreditCap } from "./caps.ts";
export { checkCounts, findAlarms } from "./counts.ts";
export { chargeCredits, checkRoom, settle } from "./credits.ts";
export { type Answer, createIdempotency, type Idempotency, type IdempotentCall } from "./idempotency.ts";
export { createLedger, type Ledger } from "./ledger.ts";
export { createLimiter, type Limiter, type LimitHeaders, purgeWindows, RateLimitError } from "./limiter.ts";
export { insertUsage, purgeIdempotencyKeys } from "./queries.ts";
export { usageRoutes } from "./routes.ts";
export { sumDays } from "./sums.ts";
